#include "compose/plan/rivals.h"

#include <map>
#include <set>

#include "compose/plan/resource.h"

namespace stack::compose {
namespace {

using ResourceKind = Resource::Kind;

// Whether one of it is all that there is: a range may have room for both.
bool is_single(const Resource& resource) {
  return resource.kind == ResourceKind::address || resource.kind == ResourceKind::mac_address ||
         (resource.kind == ResourceKind::host_port && resource.first == resource.last);
}

std::string text_of(const Resource& resource) {
  switch (resource.kind) {
    case ResourceKind::host_port:
      return "port " + std::to_string(resource.first) + "/" + resource.where + " of the host";
    case ResourceKind::mac_address:
      return "MAC address " + resource.what + " on the network " + resource.where;
    case ResourceKind::address:
    case ResourceKind::place:
      break;
  }
  return "address " + resource.what + " on the network " + resource.where;
}

std::string key_of(const Resource& resource) {
  return resource.where + " " +
         (resource.kind == ResourceKind::host_port ? std::to_string(resource.first) : resource.what);
}

// What runs when the plan has been played, by name.
std::map<std::string, model::ContainerSpec> running_after(const Plan& plan, const Observed& observed) {
  std::map<std::string, model::ContainerSpec> running, there;
  std::set<std::string> ended;
  for (const Node& node : plan.nodes) {
    if (const auto* stop = std::get_if<StopContainer>(&node.operation)) ended.insert(stop->id);
    if (const auto* remove = std::get_if<RemoveContainer>(&node.operation)) ended.insert(remove->id);
  }
  for (const model::Container& container : observed.containers) {
    there.emplace(container.spec.name, container.spec);
    if (model::is_alive(container.state) && !ended.contains(container.id))
      running.emplace(container.spec.name, container.spec);
  }
  for (const Node& node : plan.nodes) {
    if (const auto* create = std::get_if<CreateContainer>(&node.operation))
      there.insert_or_assign(create->spec.name, create->spec);
  }
  for (const Node& node : plan.nodes) {
    const auto* start = std::get_if<StartContainer>(&node.operation);
    const auto found = start == nullptr ? there.end() : there.find(start->name);
    if (found != there.end()) running.insert_or_assign(found->first, found->second);
  }
  return running;
}

}  // namespace

std::vector<Rivalry> find_rivals(const Plan& plan, const Observed& observed) {
  std::set<std::string> completed;
  for (const Node& node : plan.nodes) {
    const auto* wait = std::get_if<WaitFor>(&node.operation);
    if (wait != nullptr && wait->condition == DependencyCondition::completed) completed.insert(wait->service);
  }
  // What each wants, by what could be wanted twice; replicas that share their port stand there once.
  std::map<std::string, std::vector<std::pair<std::string, Resource>>> wanted;
  std::vector<Rivalry> found;
  std::set<std::string> told;
  const auto tell = [&](const std::string& service, const Resource& resource, std::string message) {
    if (!told.insert(service + message).second) return;
    found.push_back({service, resource.kind == ResourceKind::host_port ? "ports" : "networks", std::move(message)});
  };
  for (const auto& [name, spec] : running_after(plan, observed)) {
    if (completed.contains(spec.service)) continue;
    for (const Resource& resource : wanted_by(spec)) {
      if (!is_single(resource)) continue;
      bool known = false;
      auto& same = wanted[key_of(resource)];
      for (const auto& [other, theirs] : same) {
        known = known || (other == spec.service && theirs == resource);
        if (other == spec.service && resource.kind != ResourceKind::host_port) {
          tell(spec.service, resource,
               "the " + text_of(resource) + " is for one container, and several replicas are wanted");
        } else if (other != spec.service && collide(resource, theirs)) {
          tell(spec.service, resource,
               "the " + text_of(resource) + " is taken by service " + other + " already; only one of them can run");
        }
      }
      if (!known) same.emplace_back(spec.service, resource);
    }
  }
  return found;
}

}  // namespace stack::compose
