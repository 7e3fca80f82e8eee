#include "cli/commands/providers.h"

#include <algorithm>
#include <iostream>

#include "base/letter_case.h"
#include "cli/commands/model_plugin.h"
#include "cli/commands/provider_call.h"
#include "compose/graph/graph.h"

namespace stack::cli {
namespace {

// The services that are to be brought up, dependencies first.
std::vector<std::string> in_order(const compose::Project& project, const std::vector<std::string>& services,
                                  bool no_deps) {
  const compose::Graph graph{project.services};
  std::set<std::string> meant{services.begin(), services.end()};
  if (services.empty()) {
    for (const auto& [name, service] : project.services) meant.insert(name);
  } else if (!no_deps) {
    meant = graph.with_dependencies(meant);
  } else {
    // Without what a provider says of itself they would not be as they were.
    for (const std::string& name : services) {
      const auto found = project.services.find(name);
      if (found == project.services.end()) continue;
      for (const auto& [dependency, how] : found->second.depends_on) {
        const auto other = project.services.find(dependency);
        if (other != project.services.end() && other->second.provider) meant.insert(dependency);
      }
    }
  }
  std::vector<std::string> names;
  for (const std::vector<std::string>& level : graph.levels())
    std::copy_if(level.begin(), level.end(), std::back_inserter(names),
                 [&](const std::string& name) { return meant.contains(name); });
  return names;
}

void set(compose::Service& service, const std::string& provider, const ProviderVariables& variables,
         const ProviderSurroundings& around) {
  // A service may be called what no variable can; a shell reaches the second name.
  std::string plain = upper(provider);
  for (char& c : plain) {
    if (c == '-' || c == '.') c = '_';
  }
  for (const auto& [name, value] : variables.prefixed)
    service.environment[upper(provider) + "_" + name] = service.environment[plain + "_" + name] = value;
  for (const auto& [name, value] : variables.raw) {
    const auto before = service.environment.find(name);
    if (before != service.environment.end() && before->second != value)
      around.warn("provider \"" + provider + "\" overrides the variable " + name + " of service \"" + service.name +
                  "\"");
    service.environment[name] = value;
  }
}

ProviderSurroundings surroundings(Session& session, const compose::Variables& variables, ProgressView& view) {
  ProviderSurroundings around{.environment = {variables.begin(), variables.end()},
                              .show = [&view](const model::ProgressEvent& event) { view.show(event); },
                              .warn = [&view](const std::string& text) { view.show(api::Notice{text}); }};
  around.environment["DOCKER_HOST"] = "unix://" + session.socket_path();
  return around;
}

// Of a dry run; JSON is for the plan alone.
void announce(const Session& session, const ProgramCall& call) {
  if (session.progress_mode() == ProgressMode::json) return;
  std::cout << "run " << call.program;
  for (const std::string& word : call.arguments) std::cout << " " << word;
  std::cout << "\n";
}

bool uses_models(const compose::Project& project) {
  return std::any_of(project.services.begin(), project.services.end(),
                     [](const auto& item) { return !item.second.models.empty(); });
}

bool has_providers(const compose::Project& project) {
  return std::any_of(project.services.begin(), project.services.end(),
                     [](const auto& item) { return item.second.provider.has_value(); });
}

}  // namespace

compose::Project without_providers(const compose::Project& project) {
  compose::Project rest = project;
  for (auto* services : {&rest.services, &rest.disabled}) {
    std::erase_if(*services, [](const auto& item) { return item.second.provider.has_value(); });
    for (auto& [name, service] : *services) {
      service.models.clear();
      std::erase_if(service.depends_on, [&](const auto& item) {
        const auto found = project.services.find(item.first);
        return found != project.services.end() && found->second.provider;
      });
    }
  }
  return rest;
}

void bring_up_providers(Session& session, compose::Project& project, const compose::Variables& variables,
                        std::vector<std::string>& services, bool no_deps) {
  if (!has_providers(project) && !uses_models(project)) return;
  ProgressView view{session.progress_mode(), session.easel()};
  const ProviderSurroundings around = surroundings(session, variables, view);
  const std::vector<std::string> order = in_order(project, services, no_deps);
  const bool dry = session.options().dry_run;
  if (!dry) provide_models(project, order, around);
  for (const std::string& name : order) {
    const compose::Service& service = project.services.at(name);
    if (!service.provider) continue;
    const auto call = provider_call(project, service, "up", around);
    if (!call) continue;
    if (dry) {
      announce(session, *call);
      continue;
    }
    const ProviderVariables told = run_provider(project, service, "up", *call, around);
    for (auto& [other, dependent] : project.services) {
      if (dependent.depends_on.contains(name)) set(dependent, name, told, around);
    }
  }
  const bool named = !services.empty();
  std::erase_if(services, [&](const std::string& name) {
    const auto found = project.services.find(name);
    return found != project.services.end() && found->second.provider;
  });
  project = without_providers(project);
  if (!named || !services.empty()) return;
  project.disabled.merge(project.services);
  project.services.clear();
}

void end_providers(Session& session, const compose::Project& project, const compose::Variables& variables,
                   const std::vector<std::string>& services, const std::string& verb) {
  if (!has_providers(project)) return;
  ProgressView view{session.progress_mode(), session.easel()};
  const ProviderSurroundings around = surroundings(session, variables, view);
  std::vector<std::string> order = in_order(project, {}, false);
  std::erase_if(order, [&](const std::string& name) {
    return !services.empty() && std::find(services.begin(), services.end(), name) == services.end();
  });
  std::reverse(order.begin(), order.end());
  std::optional<Error> failure;
  for (const std::string& name : order) {
    const compose::Service& service = project.services.at(name);
    if (!service.provider) continue;
    try {
      const auto call = provider_call(project, service, verb, around);
      if (call && session.options().dry_run) announce(session, *call);
      if (call && !session.options().dry_run) run_provider(project, service, verb, *call, around);
    } catch (const Error& error) {
      if (interrupted.load()) throw;
      if (!failure) failure = error;
    }
  }
  if (failure) throw *std::move(failure);
}

}  // namespace stack::cli
