#include "engine/service/given_objects.h"

#include <algorithm>
#include <set>

#include "compose/model/project_names.h"
#include "engine/service/failure_place.h"

namespace stack::service {
namespace {

void check_external(const compose::Project& project, const std::vector<std::string>& services,
                    const compose::Observed& observed) {
  bool network_missing = false, volume_missing = false, mode_missing = false;
  std::vector<std::string> missing;
  for (const std::string& name : services) {
    const compose::Service& service = project.services.at(name);
    for (const auto& [key, settings] : service.networks) {
      const auto network = project.networks.find(key);
      if (network == project.networks.end() || !network->second.external ||
          observed.networks.contains(network->second.name))
        continue;
      network_missing = true;
      missing.push_back(located(compose::find_place(project.places, "networks." + key), "networks." + key,
                                "network " + network->second.name + " declared as external, but could not be found"));
    }
    const std::string of_mode = compose::network_of_mode(service);
    if (!of_mode.empty() && of_mode != "bridge" && !observed.networks.contains(of_mode)) {
      mode_missing = true;
      missing.push_back(located(service.place_of("network_mode"), "services." + name + ".network_mode",
                                "network " + of_mode + " not found"));
    }
    for (const compose::ServiceMount& mount : service.volumes) {
      const auto volume = mount.type == "volume" ? project.volumes.find(mount.source) : project.volumes.end();
      if (volume == project.volumes.end() || !volume->second.external || observed.volumes.contains(volume->second.name))
        continue;
      volume_missing = true;
      missing.push_back(located(compose::find_place(project.places, "volumes." + mount.source),
                                "volumes." + mount.source,
                                "external volume \"" + volume->second.name + "\" not found"));
    }
  }
  std::sort(missing.begin(), missing.end());
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  const char* remedy =
      network_missing && volume_missing
          ? "start the project that declares the network, create the volume with stack volume create, or remove "
            "external: true to let this project make them"
      : mode_missing && !network_missing && !volume_missing
          ? "create it with stack network create, or write none, host, bridge, service:NAME or container:NAME"
      : network_missing ? "start the project that declares it, or remove external: true to let this project make it"
                        : "create it with stack volume create, or remove external: true to let this project make it";
  throw_all(ErrorKind::not_found, missing, remedy);
}

// What Compose made under this key for another project is shared, with a warning of the plan.
void check_labels(const compose::Project& project, const std::vector<std::string>& services,
                  const compose::Observed& observed) {
  constexpr const char* kLabel = "com.docker.compose.network";
  std::set<std::string> wrong;
  for (const std::string& name : services) {
    for (const auto& [key, settings] : project.services.at(name).networks) {
      const auto wanted = project.networks.find(key);
      if (wanted == project.networks.end() || wanted->second.external) continue;
      const auto there = observed.networks.find(wanted->second.name);
      if (there == observed.networks.end() || there->second.spec.project == project.name) continue;
      const auto label = there->second.spec.labels.find(kLabel);
      const std::string found = label == there->second.spec.labels.end() ? "" : label->second;
      if (found == key || there->second.spec.key == key) continue;
      wrong.insert(located(compose::find_place(project.places, "networks." + key), "networks." + key,
                           "network " + there->first + " was found but has incorrect label " + kLabel + " set to \"" +
                               found + "\" (expected: \"" + key + "\")"));
    }
  }
  throw_all(ErrorKind::conflict, {wrong.begin(), wrong.end()},
            "to use a network that is there, write external: true; else give this one another name");
}

}  // namespace

void check_given_objects(const compose::Project& project, const std::vector<std::string>& services,
                         const compose::Observed& observed) {
  check_external(project, services, observed);
  check_labels(project, services, observed);
}

}  // namespace stack::service
