#include "compose/load/select.h"

#include <algorithm>

#include <fnmatch.h>

#include "base/suggest.h"
#include "compose/graph/graph.h"

namespace stack::compose {
namespace {

bool fits(const std::string& name, const std::vector<std::string>& patterns) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) {
    return pattern == name || fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
  });
}

template <class Map>
void keep(Map& map, const std::set<std::string>& used) {
  std::erase_if(map, [&](const auto& entry) { return !used.contains(entry.first); });
}

}  // namespace

void warn_of_profiles(const Project& project, const std::vector<std::string>& given, Diagnostics& diagnostics) {
  std::set<std::string> known;
  for (const auto& [name, service] : project.services) known.insert(service.profiles.begin(), service.profiles.end());
  for (const std::string& profile : given) {
    if (profile.empty() || profile == "*" || known.contains(profile)) continue;
    Diagnostic found;
    found.severity = Severity::warning;
    found.code = "unknown_profile";
    found.message = "no service has the profile \"" + profile + "\"";
    found.remedy = did_you_mean(profile, {known.begin(), known.end()});
    diagnostics.push_back(std::move(found));
  }
}

void apply_profiles(Project& project, const std::vector<std::string>& profiles,
                    const std::vector<std::string>& wanted) {
  std::set<std::string> active(profiles.begin(), profiles.end());
  if (active.empty()) active.insert("");  // a service says profiles: ["", debug] to run also when none is chosen
  const bool all = active.contains("*");
  for (const auto& [name, service] : project.services) {
    if (fits(name, wanted)) active.insert(service.profiles.begin(), service.profiles.end());
  }
  for (auto it = project.services.begin(); it != project.services.end();) {
    const auto& own = it->second.profiles;
    const bool on =
        all || own.empty() || std::ranges::any_of(own, [&](const auto& profile) { return active.contains(profile); });
    const auto here = it++;
    if (!on) project.disabled.insert(project.services.extract(here));
  }
}

void select_services(Project& project, const std::vector<std::string>& wanted, bool dependencies,
                     Diagnostics& diagnostics) {
  if (wanted.empty()) return;
  std::set<std::string> chosen;
  std::vector<std::string_view> known;
  for (const auto& [name, service] : project.services) {
    known.emplace_back(name);
    if (fits(name, wanted)) chosen.insert(name);
  }
  for (const auto& name : wanted) {
    if (std::ranges::any_of(chosen, [&](const std::string& it) { return fits(it, {name}); })) continue;
    Diagnostic found;
    found.code = "no_such_service";
    found.message = "no such service: " + name;
    found.remedy = did_you_mean(name, known);
    diagnostics.push_back(std::move(found));
  }
  if (dependencies) chosen = Graph{project.services}.with_dependencies(chosen);
  for (auto it = project.services.begin(); it != project.services.end();) {
    const auto here = it++;
    if (!chosen.contains(here->first)) project.disabled.insert(project.services.extract(here));
  }
  if (dependencies) return;
  for (auto& [name, service] : project.services) {
    std::erase_if(service.depends_on, [&](const auto& entry) { return !chosen.contains(entry.first); });
  }
}

namespace {

// Secrets of the builds of services that were not selected, but are contexts of others.
void add_context_secrets(const Project& project, const Service& service, std::set<std::string>& secrets) {
  constexpr std::string_view kService = "service:";
  if (!service.build) return;
  for (const auto& [alias, value] : service.build->additional_contexts) {
    if (!value.starts_with(kService)) continue;
    const auto other = project.disabled.find(value.substr(kService.size()));
    if (other == project.disabled.end() || !other->second.build) continue;
    for (const auto& grant : other->second.build->secrets) secrets.insert(grant.source);
  }
}

}  // namespace

void prune_resources(Project& project) {
  std::set<std::string> networks, volumes, secrets, configs, models;
  for (const auto& [name, service] : project.services) {
    for (const auto& [network, settings] : service.networks) networks.insert(network);
    for (const auto& mount : service.volumes) {
      if (mount.type == "volume") volumes.insert(mount.source);
    }
    for (const auto& grant : service.secrets) secrets.insert(grant.source);
    for (const auto& grant : service.configs) configs.insert(grant.source);
    if (service.build) {
      for (const auto& grant : service.build->secrets) secrets.insert(grant.source);
    }
    add_context_secrets(project, service, secrets);
    for (const auto& [model, settings] : service.models) models.insert(model);
  }
  keep(project.networks, networks);
  keep(project.volumes, volumes);
  keep(project.secrets, secrets);
  keep(project.configs, configs);
  keep(project.models, models);
}

}  // namespace stack::compose
