#include "cli/commands/config.h"

#include <iostream>
#include <set>

#include "compose/load/config_output.h"
#include "compose/load/explain.h"
#include "compose/model/project_json.h"
#include "engine/base/file.h"

namespace stack::cli {
namespace {

std::string lines(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += name + "\n";
  return text;
}

template <class Map>
std::set<std::string> keys(const Map& map) {
  std::set<std::string> names;
  for (const auto& [name, value] : map) names.insert(name);
  return names;
}

// "*" or names separated by commas: "service hash" a line.
std::string hashes(const compose::Project& project, const std::string& which) {
  std::set<std::string> wanted;
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
    if (service == project.services.end()) throw Error(ErrorKind::not_found, "no such service: " + name);
    text += name + " " + compose::service_hash(service->second, project) + "\n";
  }
  return text;
}

std::string with_newline(std::string text) {
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

std::string text_of(const ConfigFlags& flags, const compose::LoadResult& loaded) {
  const bool json = flags.format == "json";
  if (flags.environment) {
    std::string text;
    for (const auto& [name, value] : loaded.variables) text += name + "=" + value + "\n";
    return text;
  }
  if (!flags.explain.empty()) {
    const auto explained = compose::explain(loaded, flags.explain);
    return json ? compose::explanation_json(explained) : compose::explanation_text(explained);
  }
  if (!loaded.project)
    return json ? compose::config_json(loaded.tree) : with_newline(compose::config_yaml(loaded.tree));
  const compose::Project& project = *loaded.project;
  if (flags.list_services) return lines(keys(project.services));
  if (flags.list_volumes) return lines(keys(project.volumes));
  if (flags.list_networks) return lines(keys(project.networks));
  if (!flags.hash.empty()) return hashes(project, flags.hash);
  if (flags.list_images || flags.list_profiles) {
    std::set<std::string> names;
    for (const auto* services : {&project.services, &project.disabled}) {
      for (const auto& [name, service] : *services) {
        if (flags.list_profiles) names.insert(service.profiles.begin(), service.profiles.end());
        if (flags.list_images && services == &project.services) {
          names.insert(service.image.empty() ? project.name + "-" + name : service.image);
        }
      }
    }
    return lines(names);
  }
  // As the original prints them: YAML ends with a newline, JSON does not.
  return json ? compose::config_json(project) : with_newline(compose::config_yaml(project));
}

}  // namespace

int config(Session& session, const ConfigFlags& flags) {
  if (flags.format != "yaml" && flags.format != "json") {
    throw Error(ErrorKind::invalid, "unsupported --format \"" + flags.format + "\"").remedy("use yaml or json");
  }
  compose::LoadOptions wanted = session.load_options();
  wanted.services = flags.services;
  wanted.interpolate = !flags.no_interpolate;
  wanted.resolve_paths = !flags.no_path_resolution;
  wanted.normalise = !flags.no_normalize;
  wanted.consistency = !flags.no_consistency;
  wanted.resolve_env = !flags.no_env_resolution;
  if (flags.list_services || flags.list_profiles || flags.list_volumes || flags.list_networks)
    wanted.resolve_env = false;
  if (flags.list_profiles) wanted.profiles = {"*"};
  const compose::LoadResult loaded = session.load(std::move(wanted));
  if (flags.quiet) return 0;
  const std::string text = text_of(flags, loaded);
  if (flags.output.empty()) {
    std::cout << text;
  } else {
    replace_file(flags.output, text, Durable::no);
  }
  return 0;
}

}  // namespace stack::cli
