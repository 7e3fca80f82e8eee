#include "cli/commands/publish_checks.h"

namespace stack::cli {
namespace {

using compose::Diagnostic;
using compose::Diagnostics;
using compose::Severity;

Diagnostic about(const compose::Service& service, const std::string& name, const std::string& attribute) {
  return {.path = "services." + name + (attribute.empty() ? "" : "." + attribute),
          .place = service.place_of(attribute)};
}

bool from_variable(const compose::FileObject& object) { return !object.environment.empty(); }

}  // namespace

Diagnostics obstacles(const compose::Project& project, bool with_env, bool asked) {
  Diagnostics found;
  const auto variables = [&](Diagnostic it, const std::string& message) {
    it.code = "unpublished_variables";
    it.message = message;
    it.remedy = "use --with-env to publish it, or take it out";
    found.push_back(std::move(it));
  };
  for (const auto& [name, service] : project.services) {
    if (service.image.empty() && service.build) {
      Diagnostic it = about(service, name, "build");
      it.code = "only_built";
      it.message = "this service can only be built, and what it is built of is not published";
      it.remedy = "give it an image: as well, and push that";
      found.push_back(std::move(it));
    }
    if (with_env) continue;
    if (!service.env_file.empty()) variables(about(service, name, "env_file"), "a file of variables would be missing");
    if (asked && !service.environment.empty()) {
      variables(about(service, name, "environment"), "environment variables would be published");
    }
  }
  if (with_env || !asked) return found;
  for (const auto& [name, config] : project.configs) {
    if (!from_variable(config)) continue;
    variables({.path = "configs." + name, .place = compose::find_place(project.places, "configs." + name)},
              "this config is the value of a variable");
  }
  return found;
}

Diagnostics missing_there(const compose::Project& project) {
  Diagnostics found;
  const auto objects = [&](const char* section, const std::map<std::string, compose::FileObject>& all) {
    for (const auto& [name, object] : all) {
      if (object.file.empty()) continue;
      const std::string path = std::string{section} + "." + name;
      found.push_back({.severity = Severity::warning,
                       .code = "not_published",
                       .message = "this file is not published: who runs the project has to have it",
                       .path = path + ".file",
                       .place = compose::find_place(project.places, path)});
    }
  };
  objects("configs", project.configs);
  objects("secrets", project.secrets);
  for (const auto& [name, service] : project.services) {
    if (service.label_file.empty()) continue;
    Diagnostic it = about(service, name, "label_file");
    it.severity = Severity::warning;
    it.code = "not_published";
    it.message = "files of labels are not published: who runs the project has to have them";
    found.push_back(std::move(it));
  }
  return found;
}

std::vector<Concern> concerns(const compose::Project& project, const std::vector<compose::SensitiveValue>& sensitive) {
  std::string binds, secrets, variables;
  for (const auto& [name, service] : project.services) {
    for (const compose::ServiceMount& mount : service.volumes) {
      if (mount.type == "bind") binds += "  " + name + ": " + mount.source + ":" + mount.target + "\n";
    }
    for (const auto& [key, value] : service.environment) {
      variables += "  " + name + ": " + key + (value ? "=" + *value : "") + "\n";
    }
    for (const compose::EnvFile& file : service.env_file) variables += "  " + name + ": all of " + file.path + "\n";
  }
  for (const auto& [name, config] : project.configs) {
    if (from_variable(config)) variables += "  config " + name + ": " + config.environment + "\n";
  }
  for (const compose::SensitiveValue& value : sensitive) {
    secrets += "  " + to_text(value.place) + ": " + value.path + ": " + value.kind + ", " + value.hint + "\n";
  }
  std::vector<Concern> all;
  if (!binds.empty()) {
    all.push_back({"These folders and files of this machine are named, and not published themselves:\n" + binds,
                   "Publish the names?"});
  }
  if (!secrets.empty())
    all.push_back({"This looks like secrets, which anybody could then read:\n" + secrets, "Publish it?"});
  if (!variables.empty()) {
    all.push_back({"These variables are published, which may tell secrets:\n" + variables, "Publish them?"});
  }
  return all;
}

}  // namespace stack::cli
