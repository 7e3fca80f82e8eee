// Build checks: what BuildKit's frontend says of a Dockerfile that is right and could be better, with its rules and its words. Pure.
//
// Findings are problems of severity warning whose code is the rule's name (check_rules.h); their order is BuildKit's: what reading the
// text shows, then names and casing of everything, then each FROM, then the instructions stage by stage.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/dockerfile/build_arguments.h"
#include "base/dockerfile/check_directive.h"
#include "base/dockerfile/ignore_file.h"

namespace stack::dockerfile {

// What an image says that a stage begins with.
struct ImageFacts {
  Variables environment;
  bool shell = false;  // it has a SHELL of its own
};

struct CheckInput {
  const Dockerfile& file;
  const Problems& reading;     // what parsing reported; with errors among it only what the text shows is checked
  const Variables& automatic;  // platform_arguments()
  const Variables& build_arguments;
  // Nothing: the image is not known, and which variables it sets neither.
  std::function<std::optional<ImageFacts>(const std::string& reference)> image;
  std::function<bool(const std::string& reference)> valid_reference;
  const IgnoreFile* ignored = nullptr;     // of the main context
  std::optional<std::string> only_target;  // the instructions of stages that it does not need are left out
};

// All inputs are read before it returns. Findings that `directive` does not want are left out; other problems of `reading` are not in it.
Problems build_checks(const CheckInput& input, const CheckDirective& directive);

// "lint violation found for rules: A, B", each once, in alphabetical order. Empty: there are no findings.
std::string violation_text(const Problems& findings);

}  // namespace stack::dockerfile
