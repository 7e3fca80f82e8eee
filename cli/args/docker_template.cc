#include "cli/args/docker_template.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace stack::cli {
namespace {

using Fault = format::TemplateFault;

// Table: what a command's template is played over, where that is a structure of Go's.
struct Subject {
  std::string_view command, type;
};
constexpr std::array kSubjects{
    Subject{"docker container ls", "*formatter.ContainerContext"},
    Subject{"docker container stats", "*container.statsContext"},
    Subject{"docker context ls", "*formatter.clientContextContext"},
    Subject{"docker events", "*events.Message"},
    Subject{"docker history", "*image.historyContext"},
    Subject{"docker image history", "*image.historyContext"},
    Subject{"docker image ls", "*formatter.imageContext"},
    Subject{"docker images", "*formatter.imageContext"},
    Subject{"docker info", "system.dockerInfo"},
    Subject{"docker network ls", "*network.networkContext"},
    Subject{"docker ps", "*formatter.ContainerContext"},
    Subject{"docker stats", "*container.statsContext"},
    Subject{"docker system df", "*formatter.diskUsageImagesContext"},
    Subject{"docker system events", "*events.Message"},
    Subject{"docker system info", "system.dockerInfo"},
    Subject{"docker version", "system.versionInfo"},
    Subject{"docker volume inspect", "volume.Volume"},
    Subject{"docker volume ls", "*formatter.volumeContext"},
};

bool is_syntax(const Fault& fault) {
  return fault.kind != Fault::Kind::no_field && fault.kind != Fault::Kind::bad_call;
}

std::string syntax_words(const Fault& fault) {
  switch (fault.kind) {
    case Fault::Kind::no_end:
      return "unexpected EOF";
    case Fault::Kind::no_close:
      return "unclosed action";
    case Fault::Kind::no_function:
      return "function \"" + fault.name + "\" not defined";
    default:
      return fault.reason;
  }
}

std::string missing_field_words(std::string_view type, const Fault& fault) {
  const std::string cannot = "can't evaluate field " + fault.name + " in type ";
  if (type.empty()) {
    const bool keys = fault.in == Fault::In::root || fault.in == Fault::In::object;
    return keys ? "map has no entry for key \"" + fault.name + "\"" : cannot + "interface {}";
  }
  if (fault.in == Fault::In::root) return cannot + std::string{type};
  if (fault.in == Fault::In::object && type == "*events.Message") return cannot + "events.Actor";
  if (fault.in == Fault::In::text) return cannot + "string";
  return fault.in == Fault::In::nothing ? "nil pointer evaluating interface {}." + fault.name : cannot + "interface {}";
}

}  // namespace

DockerTemplateComplaint docker_template_complaint(const std::string& command, const Fault& fault) {
  const auto* subject = std::ranges::find(kSubjects, command, &Subject::command);
  const std::string_view type = subject == kSubjects.end() ? "" : subject->type;
  const bool lists = command == "docker ps" || command == "docker container ls";
  const bool syntax = is_syntax(fault), inspects = !type.starts_with('*');
  const std::string name = command == "docker version" ? "version" : "";
  std::string text = "template: " + name + ":1";
  if (syntax) {
    text += ": " + syntax_words(fault);
  } else {
    text += ":" + std::to_string(fault.offset) + ": executing \"" + name + "\" at <" + fault.source + ">: " +
            (fault.kind == Fault::Kind::no_field ? missing_field_words(type, fault)
                                                 : "error calling " + fault.name + ": " + fault.reason);
  }
  if (lists) {
    text = (syntax ? "failed to parse template: " : "failed to execute template: ") + text;
  } else if (command.ends_with("events")) {
    text = "Error parsing format: " + text;
  } else if (syntax || (!command.ends_with("info") && command != "docker version")) {
    text = "template parsing error: " + text;
  }
  const int exit_code = command.ends_with("events") || (syntax && command.ends_with("inspect")) ? 64 : 1;
  return {.complaint = {text + "\n", exit_code}, .after_line_end = inspects && !syntax};
}

}  // namespace stack::cli
