#include "cli/commands/config_lists.h"

#include <algorithm>
#include <set>

#include "compose/model/project_names.h"
#include "compose/print/compose_hash.h"
#include "compose/source/json_writer.h"
#include "compose/source/yaml_writer.h"

namespace stack::cli {
namespace {

using Names = std::set<std::string>;

std::string lines(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += name + "\n";
  return text;
}

template <class Map>
Names keys(const Map& map) {
  Names names;
  for (const auto& [name, value] : map) names.insert(name);
  return names;
}

Names models(const compose::Project& project) {
  Names names;
  for (const auto& [name, model] : project.models) names.insert(model.model);
  return names;
}

Names profiles(const compose::Project& project) {
  Names names;
  for (const auto* services : {&project.services, &project.disabled}) {
    for (const auto& [name, service] : *services) names.insert(service.profiles.begin(), service.profiles.end());
  }
  return names;
}

// One line a service, also when several share an image.
std::string images(const compose::Project& project) {
  std::multiset<std::string> names;
  for (const auto& [name, service] : project.services) {
    if (!service.provider) names.insert(compose::image_reference(project, service));
  }
  std::string text;
  for (const std::string& name : names) text += name + "\n";
  return text;
}

// "*" or names separated by commas: "service hash" a line.
std::string hashes(const compose::Project& project, const std::string& which) {
  Names wanted;
  if (which == "*") {
    wanted = keys(project.services);
  } else {
    for (std::size_t at = 0; at <= which.size();) {
      const std::size_t end = std::min(which.find(',', at), which.size());
      wanted.insert(which.substr(at, end - at));
      at = end + 1;
    }
  }
  std::string text;
  for (const std::string& name : wanted) {
    const auto service = project.services.find(name);
    if (service == project.services.end()) {
      const bool disabled = project.disabled.contains(name);
      throw Error(ErrorKind::not_found, "no such service: " + name + (disabled ? ": disabled" : ": not found"));
    }
    text += name + " " + compose::compose_hash(service->second) + "\n";
  }
  return text;
}

}  // namespace

std::optional<std::string> config_list(const ConfigFlags& flags, const compose::Project& project) {
  if (flags.list_services) return lines(keys(project.services));
  if (flags.list_volumes) return lines(keys(project.volumes));
  if (flags.list_networks) return lines(keys(project.networks));
  if (flags.list_models) return lines(models(project));
  if (!flags.hash.empty()) return hashes(project, flags.hash);
  if (flags.list_profiles) return lines(profiles(project));
  if (flags.list_images) return images(project);
  return std::nullopt;
}

std::string variables_text(const std::vector<compose::VariableUse>& variables, const std::string& format) {
  using compose::Value;
  const bool json = format == "json";
  if (json || format == "yaml") {
    Value::Object object;
    for (const auto& it : variables) {
      object.emplace_back(it.name, Value::Object{{json ? "Name" : "name", it.name},
                                                 {json ? "DefaultValue" : "defaultvalue", it.default_value},
                                                 {json ? "PresenceValue" : "presencevalue", it.alternate_value},
                                                 {json ? "Required" : "required", it.required}});
    }
    return json ? compose::write_json(object, 4) + "\n" : compose::write_yaml(object);
  }
  // Cells of at least 20 characters, three blanks between, nothing added to the last.
  constexpr std::size_t kLeast = 20, kGap = 3;
  std::vector<std::vector<std::string>> rows{{"NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE"}};
  for (const auto& it : variables) {
    rows.push_back({it.name, it.required ? "true" : "false", it.default_value, it.alternate_value});
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      std::size_t width = kLeast;
      for (const auto& other : rows) width = std::max(width, other[i].size() + kGap);
      text += row[i] + std::string(width - row[i].size(), ' ');
    }
    text += row.back() + "\n";
  }
  return text;
}

}  // namespace stack::cli
