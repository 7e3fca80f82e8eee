// What is wrong with the template of --format, in the words of Docker's client: Go's of the template, with the type that the command gives
// to it. Pure.
#pragma once

#include <string>

#include "base/format/template_error.h"
#include "cli/args/docker_app.h"

namespace stack::cli {

// `command`: as "docker image ls". The text is for standard error; where objects are inspected, a line end is printed before it.
struct DockerTemplateComplaint {
  DockerComplaint complaint;
  bool after_line_end = false;
};
DockerTemplateComplaint docker_template_complaint(const std::string& command, const format::TemplateFault& fault);

}  // namespace stack::cli
