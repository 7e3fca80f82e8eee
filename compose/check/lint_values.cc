#include <algorithm>
#include <array>
#include <set>

#include "compose/check/lint_rules.h"
#include "compose/source/origin.h"

namespace stack::compose {
namespace {

bool secret_name(std::string name) {
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  static constexpr std::array<std::string_view, 9> kParts{
      "PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY", "ACCESS_KEY", "CREDENTIAL"};
  static constexpr std::array<std::string_view, 8> kHarmless{"_FILE", "_PATH",   "_NAME",   "_ID",
                                                             "_TTL",  "_EXPIRY", "_LENGTH", "_HASH"};
  return std::ranges::any_of(kParts, [&](std::string_view it) { return name.find(it) != std::string::npos; }) &&
         std::ranges::none_of(kHarmless, [&](std::string_view it) { return name.ends_with(it); });
}

bool switch_word(const std::string& text) {
  static constexpr std::array<std::string_view, 8> kWords{"yes", "no", "true", "false", "on", "off", "0", "1"};
  return std::ranges::find(kWords, text) != kWords.end();
}

class ValueLint {
 public:
  ValueLint(const Project& project, const Node& model, LintReport& report)
      : project_(project), model_(model), report_(report) {}

  void run() {
    if (const Node* services = model_.find("services")) {
      for (const auto& [name, service] : services->entries) {
        secrets(service.find("environment"), "services." + name + ".environment",
                "anyone who can read the file can read it");
        const Node* const build = service.find("build");
        const Node* const args = build == nullptr ? nullptr : build->find("args");
        secrets(args, "services." + name + ".build.args", "it stays in the image's history");
        added_ports(service, "services." + name + ".ports");
      }
    }
    each_service(project_, [&](const Service& service) { passed_on(service); });
    env_file_variables();
    unused();
  }

 private:
  void secrets(const Node* environment, const std::string& path, const char* why) {
    if (environment == nullptr) return;
    for (const auto& [name, value] : environment->entries) {
      if (!value.is(Kind::string) || value.text.empty() || switch_word(value.text) || value.text.starts_with('/') ||
          is_from_variable(value) || !secret_name(name)) {
        continue;
      }
      report_.add("secret_in_environment", std::string{"the value of "} + name + " stands here: " + why,
                  "use secrets, or a variable", path + "." + name, value.key_place());
    }
  }

  // Ports of several files add up, which surprises those who wanted another one.
  void added_ports(const Node& service, const std::string& path) {
    const Node* const ports = service.find("ports");
    if (ports == nullptr) return;
    std::map<std::string, const Node*> earlier;
    for (std::size_t i = 0; i < ports->items.size(); ++i) {
      const Node& port = ports->items[i];
      std::string target;
      for (const char* key : {"target", "protocol", "host_ip"}) {
        const Node* const part = port.find(key);
        target += (part == nullptr ? "" : scalar_text(*part)) + "/";
      }
      const auto [at, added] = earlier.emplace(std::move(target), &port);
      const Node& first = *at->second;
      if (added || !port.file || !first.file || *port.file == *first.file) continue;
      report_
          .add("port_added", "this is published beside the mapping of the earlier file, and does not replace it",
               "write ports: !override to replace the earlier list", path + "[" + std::to_string(i) + "]", port.place())
          .related.push_back({first.place(), "the earlier one"});
    }
  }

  void passed_on(const Service& service) {
    for (const auto& [name, value] : service.environment) {
      if (value) continue;
      report_.add("unset_passthrough", "the variable " + name + " is not set, so the container does not get it",
                  "set it, or give it a value here", service, "environment." + name);
    }
  }

  // Where the files use a variable that is not set, and an env_file sets it: that is for the container alone.
  void env_file_variables() {
    std::map<std::string, SourcePlace> of_files;
    each_service(project_, [&](const Service& service) {
      const Node* services = model_.find("services");
      const Node* const node = services == nullptr ? nullptr : services->find(service.name);
      const Node* const environment = node == nullptr ? nullptr : node->find("environment");
      for (const auto& [name, value] : service.environment) {
        if (environment != nullptr && environment->find(name) != nullptr) continue;
        const auto place = service.places.find("environment." + name);
        if (place != service.places.end()) of_files.emplace(name, place->second);
      }
    });
    if (!of_files.empty()) find_uses(model_, "", of_files);
  }

  void find_uses(const Node& node, const std::string& path, const std::map<std::string, SourcePlace>& of_files) {
    for (const Origin* step = node.origin.get(); step != nullptr; step = step->inner.get()) {
      for (const auto& it : step->variables) {
        const auto found = of_files.find(it.name);
        const bool missing = it.source == VariableSource::unset || it.source == VariableSource::fallback;
        if (!missing || found == of_files.end()) continue;
        report_
            .add("env_file_variable", "the variable " + it.name + " is set for the container only, not for this file",
                 "set it in .env, or give the file with --env-file", path, node.place())
            .related.push_back({found->second, "it is set here"});
      }
    }
    for (const auto& [key, value] : node.entries) find_uses(value, path.empty() ? key : path + "." + key, of_files);
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      find_uses(node.items[i], path + "[" + std::to_string(i) + "]", of_files);
    }
  }

  void unused() {
    std::map<std::string, std::set<std::string>> used;
    each_service(project_, [&](const Service& service) {
      for (const auto& [name, settings] : service.networks) used["networks"].insert(name);
      for (const auto& mount : service.volumes) {
        if (mount.type == "volume") used["volumes"].insert(mount.source);
      }
      for (const auto& grant : service.secrets) used["secrets"].insert(grant.source);
      for (const auto& grant : service.configs) used["configs"].insert(grant.source);
      for (const auto& [name, settings] : service.models) used["models"].insert(name);
      if (!service.build) return;
      for (const auto& grant : service.build->secrets) used["secrets"].insert(grant.source);
    });
    constexpr std::pair<const char*, const char*> kSections[] = {{"networks", "unused_network"},
                                                                 {"volumes", "unused_volume"},
                                                                 {"secrets", "unused_secret"},
                                                                 {"configs", "unused_config"},
                                                                 {"models", "unused_model"}};
    for (const auto& [section, rule] : kSections) {
      const Node* const resources = model_.find(section);
      if (resources == nullptr) continue;
      for (const auto& [name, resource] : resources->entries) {
        if (used[section].contains(name) || resource.key_place().line == 0) continue;
        report_.add(rule, "no service uses this", "remove it", std::string{section} + "." + name, resource.key_place());
      }
    }
  }

  const Project& project_;
  const Node& model_;
  LintReport& report_;
};

}  // namespace

void lint_values(const Project& project, const Node& model, LintReport& report) {
  ValueLint{project, model, report}.run();
}

}  // namespace stack::compose
