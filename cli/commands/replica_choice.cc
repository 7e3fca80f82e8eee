#include "cli/commands/replica_choice.h"

#include <algorithm>

#include "compose/model/no_such_service.h"

namespace stack::cli {
namespace {

// What would help: another number, more replicas, a service that stays, or a start.
std::string way_to_run(const std::string& service, int index, const std::vector<model::Container>& replicas) {
  const auto has_number = [&](const model::Container& it) { return index == 0 || it.spec.replica == index; };
  const auto meant = std::find_if(replicas.begin(), replicas.end(), has_number);
  if (meant == replicas.end() && !replicas.empty()) {
    return "it has " + std::to_string(replicas.size()) + (replicas.size() == 1 ? " container" : " containers") +
           "; for more use: stack up -d --scale " + service + "=" + std::to_string(index);
  }
  if (meant != replicas.end() && meant->state.status == model::Status::exited) {
    return meant->spec.name + " exited with code " + std::to_string(meant->state.exit_code) +
           ", and this needs a container that runs; see: stack logs " + service;
  }
  return "start it with: stack up -d " + service;
}

std::string which(int index) { return index == 0 ? "" : " container #" + std::to_string(index); }

std::vector<model::Container> replicas_of(Session& session, const std::string& project, const std::string& service) {
  std::vector<model::Container> replicas = session.engine().containers(project, true);
  std::erase_if(replicas, [&](const auto& it) { return it.spec.service != service || it.spec.one_off; });
  return replicas;
}

}  // namespace

void check_service(Session& session, const Session::Target& target, const std::string& service) {
  if (!target.project || target.project->services.contains(service) || target.project->disabled.contains(service))
    return;
  const std::vector<model::Container> there = session.engine().containers(target.name, true);
  const bool left = std::ranges::any_of(there, [&](const auto& each) { return each.spec.service == service; });
  if (!left) throw compose::no_such_service(*target.project, service);
}

model::Container running_replica(Session& session, const Session::Target& target, const std::string& service,
                                 int index) {
  check_service(session, target, service);
  if (auto found = session.engine().replica(target.name, service, index)) return std::move(*found);
  throw Error(ErrorKind::not_found, "service \"" + service + "\" is not running" + which(index))
      .remedy(way_to_run(service, index, replicas_of(session, target.name, service)));
}

model::Container running_replica(Session& session, const std::string& service, int index) {
  return running_replica(session, session.target({}), service, index);
}

model::Container any_replica(Session& session, const std::string& service, int index) {
  const Session::Target target = session.target({});
  check_service(session, target, service);
  std::vector<model::Container> replicas = replicas_of(session, target.name, service);
  std::erase_if(replicas, [&](const model::Container& it) { return index != 0 && it.spec.replica != index; });
  const auto first = std::min_element(replicas.begin(), replicas.end(),
                                      [](const auto& a, const auto& b) { return a.spec.replica < b.spec.replica; });
  if (first == replicas.end())
    throw Error(ErrorKind::not_found,
                "service \"" + service + "\" has no container" + (index > 0 ? " #" + std::to_string(index) : ""));
  return *first;
}

}  // namespace stack::cli
