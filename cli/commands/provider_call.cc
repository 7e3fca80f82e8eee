#include "cli/commands/provider_call.h"

#include <algorithm>

#include "base/error.h"
#include "cli/commands/provider_messages.h"
#include "cli/view/printable.h"
#include "compose/print/config_output.h"
#include "compose/source/json_writer.h"

namespace stack::cli {
namespace {

using model::Action;

Error placed(Error error, const compose::Service& service) {
  const std::string where = compose::to_text(service.place_of("provider"));
  return error.context((where.empty() ? "" : where + ": ") + "services." + service.name + ".provider");
}

const std::vector<ProviderParameter>* parameters_of(const ProviderMetadata& metadata, const std::string& verb) {
  if (verb == "stop") return metadata.stop ? &*metadata.stop : nullptr;
  return verb == "up" ? &metadata.up : &metadata.down;
}

// A program without this verb prints something else, or fails: it gets all options then.
ProviderMetadata metadata_of(const std::string& program, const ProviderSurroundings& around) {
  std::string output;
  const ProgramEnd end =
      run_program({program, {"compose", "metadata"}, around.environment}, [&](std::string_view line) {
        output += std::string{line} + "\n";
        return std::string{};
      });
  return end.code == 0 ? parse_provider_metadata(output) : ProviderMetadata{};
}

std::string program_of(const std::string& type, const ProviderSurroundings& around) {
  if (type == "compose") throw Error(ErrorKind::invalid, "\"compose\" is not a valid provider type");
  std::string program = find_program(type, around.environment);
  if (!program.empty()) return program;
  throw Error(ErrorKind::not_found, "there is no program for the provider type \"" + type + "\"")
      .remedy("install docker-" + type + " among the plugins of Docker's client, or put docker-" + type + ", compose-" +
              type + " or " + type + " on the PATH");
}

std::string first_line(const std::string& text) { return printable(text.substr(0, text.find('\n'))); }

// The service as `config --format json` has it, on one line.
std::string config_line(const compose::Project& project, const compose::Service& service) {
  compose::Project one;
  one.name = project.name;
  one.services.emplace(service.name, service);
  const auto member = [](const compose::Value& value, const std::string& name) {
    const auto* object = std::get_if<compose::Value::Object>(&value.data);
    if (object == nullptr) return compose::Value{};
    const auto found =
        std::find_if(object->begin(), object->end(), [&](const auto& item) { return item.first == name; });
    return found == object->end() ? compose::Value{} : found->second;
  };
  return compose::write_json(member(member(compose::config_value(one), "services"), service.name)) + "\n";
}

Action action_of(const std::string& verb) {
  return verb == "up" ? Action::create : verb == "down" ? Action::remove : Action::stop;
}

}  // namespace

std::optional<ProgramCall> provider_call(const compose::Project& project, const compose::Service& service,
                                         const std::string& verb, const ProviderSurroundings& around) {
  const compose::Provider& provider = *service.provider;
  try {
    ProgramCall call{program_of(provider.type, around), {}, around.environment};
    const ProviderMetadata metadata = metadata_of(call.program, around);
    const std::vector<ProviderParameter>* known = parameters_of(metadata, verb);
    if (known == nullptr) return std::nullopt;
    for (const ProviderParameter& parameter : *known) {
      if (parameter.required && !provider.options.contains(parameter.name)) {
        throw Error(ErrorKind::invalid, "the provider \"" + provider.type + "\" needs the option \"" + parameter.name +
                                            "\" for its " + verb)
            .remedy("write it under provider.options");
      }
    }
    call.arguments = {"compose", "--project-name=" + project.name, verb};
    for (const auto& [name, values] : provider.options) {
      const bool wanted = !metadata.known || std::any_of(known->begin(), known->end(),
                                                         [&](const auto& parameter) { return parameter.name == name; });
      for (const std::string& value : wanted ? values : compose::Strings{})
        call.arguments.push_back("--" + name + "=" + value);
    }
    call.arguments.push_back(service.name);
    return call;
  } catch (const Error& error) {
    throw placed(error, service);
  }
}

ProviderVariables run_provider(const compose::Project& project, const compose::Service& service,
                               const std::string& verb, const ProgramCall& call, const ProviderSurroundings& around) {
  const model::Subject subject{model::SubjectKind::service, service.name};
  const Action action = action_of(verb);
  ProviderVariables variables;
  std::optional<Error> complaint;
  const auto take = [&](std::string_view line) -> std::string {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos || complaint) return {};
    const ProviderMessage message = parse_provider_message(line);
    const std::size_t equals = std::min(message.text.find('='), message.text.size());
    switch (message.word) {
      case ProviderWord::info:
        around.show(model::Started{.subject = subject, .action = action, .details = first_line(message.text)});
        break;
      case ProviderWord::error:
        complaint = Error(printable(message.text, true));
        break;
      case ProviderWord::set_env:
        variables.prefixed[message.text.substr(0, equals)] = message.text.substr(equals + 1);
        break;
      case ProviderWord::raw_set_env:
        variables.raw[message.text.substr(0, equals)] = message.text.substr(equals + 1);
        break;
      case ProviderWord::get_service_config:
        return config_line(project, service);
      case ProviderWord::debug:
        break;
    }
    return {};
  };
  around.show(model::Started{.subject = subject, .action = action});
  try {
    const ProgramEnd end = run_program(call, take);
    if (complaint) throw *complaint;
    if (end.code != 0) {
      const std::string said = printable(end.last_words.substr(0, end.last_words.find_last_not_of("\r\n") + 1), true);
      throw Error(call.program + " exited with code " + std::to_string(end.code) + (said.empty() ? "" : ": " + said));
    }
  } catch (const Error& error) {
    around.show(model::Failed{subject, action, first_line(error.message())});
    throw placed(error, service);
  }
  around.show(model::Finished{.subject = subject, .action = action});
  return variables;
}

}  // namespace stack::cli
