#include "compose/plan/reconcile.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "base/ids.h"
#include "compose/model/project_json.h"
#include "compose/plan/hand_over.h"
#include "compose/plan/hook_container.h"
#include "compose/plan/made_from.h"
#include "compose/plan/resource_spec.h"
#include "compose/plan/service_decisions.h"
#include "compose/plan/service_order.h"
#include "compose/plan/wanted_container.h"
#include "compose/print/compose_hash.h"

namespace stack::compose {
namespace {

using Kind = ReplicaDecision::Kind;
using Indices = std::vector<std::size_t>;

// The name that a container has, or had before an earlier recreate put it aside.
std::string name_before_aside(const model::Container& container) {
  const std::string& name = container.spec.name;
  const std::string prefix = std::string{short_id(container.id)} + "_";
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

class Reconciler {
 public:
  Reconciler(const Project& desired, const Observed& observed, const UpOptions& options)
      : desired_(desired), observed_(observed), options_(options) {}

  Plan run() {
    order_ = services_in_order(desired_, options_.services, options_.no_deps);
    for (auto& [name, decision] : decide_services(desired_, observed_, options_, order_))
      services_[name] = {std::move(decision), {}, {}, {}};
    for (const auto& [pull, cause] : options_.pulls) plan_.add(pull, {}, cause);
    for (const auto& [build, cause, after] : options_.builds) {
      Indices nodes;
      for (const std::size_t each : after) nodes.push_back(options_.pulls.size() + each);
      plan_.add(build, std::move(nodes), cause);
    }
    plan_.pulls = options_.pulls.size() + options_.builds.size();
    networks();
    volumes();
    for (const std::string& name : order_) {
      const Service& service = desired_.services.at(name);
      is_one_off(name) ? emit_one_off(service) : emit(service);
    }
    orphans();
    bystanders();
    waits_of_dependents();
    if (options_.wait && !options_.no_start) final_waits();
    hand_over(plan_, observed_);
    pulls_first();
    return std::move(plan_);
  }

 private:
  struct ServicePlan : ServiceDecision {
    Indices creates;                      // nodes that make its containers
    Indices starts;                       // nodes after which its containers run
    std::optional<std::size_t> waits[3];  // by DependencyCondition
  };

  // Nothing is touched before all images are there: a pull or a build that fails leaves everything as it is.
  void pulls_first() {
    Indices pulls(plan_.pulls);
    std::iota(pulls.begin(), pulls.end(), std::size_t{0});
    for (std::size_t i = pulls.size(); i < plan_.nodes.size(); ++i) {
      if (plan_.nodes[i].after.empty()) plan_.nodes[i].after = pulls;
    }
  }

  std::set<std::string> used_networks() const {
    std::set<std::string> keys;
    for (const std::string& name : order_) {
      for (const auto& [key, settings] : desired_.services.at(name).networks) keys.insert(key);
    }
    return keys;
  }

  void networks() {
    for (const std::string& key : used_networks()) {
      const auto wanted = desired_.networks.find(key);
      if (wanted == desired_.networks.end() || wanted->second.external) continue;
      const auto there = observed_.networks.find(wanted->second.name);
      if (there == observed_.networks.end()) {
        network_nodes_[key] = {plan_.add(CreateNetwork{network_spec(desired_, key, wanted->second)}, {}, Missing{})};
      } else if (is_recreated(desired_, wanted->second, there->second)) {
        replace_network(key, wanted->second, there->second);
      } else if (there->second.spec.project != desired_.name) {
        plan_.warnings.push_back("network " + there->first +
                                 " exists but was not made by this project; it is used as it is. "
                                 "Set external: true to say that this is meant");
      }
    }
  }

  void replace_network(const std::string& key, const Network& wanted, const model::Network& there) {
    const std::size_t removed =
        plan_.add(RemoveNetwork{there.id, there.spec.name, there.spec}, stop_users(there), DefinitionChanged{});
    network_nodes_[key] = {
        plan_.add(CreateNetwork{network_spec(desired_, key, wanted)}, {removed}, DefinitionChanged{})};
  }

  // Stops every container on a network, dependents before what they depend on.
  Indices stop_users(const model::Network& network) {
    Indices all;
    const auto stop_of = [&](const std::string& service, const Indices& after) {
      Indices mine;
      for (const model::Container& container : observed_.containers) {
        // One that is about to start again has no address just now.
        const auto& networks = container.spec.networks;
        const bool user =
            is_alive(container.state) && std::any_of(networks.begin(), networks.end(),
                                                     [&](const auto& one) { return one.network == network.spec.name; });
        if (!user || container.spec.service != service) continue;
        mine.push_back(stop_node(container, after, NetworkReplaced{network.spec.name}));
      }
      all.insert(all.end(), mine.begin(), mine.end());
      return mine.empty() ? after : mine;
    };
    std::map<std::string, Indices> dependents;  // the stops before those of a service
    for (auto name = order_.rbegin(); name != order_.rend(); ++name) {
      const Indices mine = stop_of(*name, dependents[*name]);
      for (const auto& [dependency, how] : desired_.services.at(*name).depends_on) {
        Indices& theirs = dependents[dependency];
        theirs.insert(theirs.end(), mine.begin(), mine.end());
      }
    }
    std::set<std::string> others;
    for (const model::Container& container : observed_.containers) {
      if (!services_.contains(container.spec.service)) others.insert(container.spec.service);
    }
    for (const std::string& name : others) stop_of(name, {});
    return all;
  }

  std::size_t stop_node(const model::Container& container, Indices after, Cause cause,
                        PartOf part_of = PartOf::itself) {
    const auto [slot, fresh] = stops_.emplace(container.id, 0);
    if (fresh) {
      slot->second = plan_.add(
          StopContainer{container.id, container.spec.name, options_.timeout, part_of, is_alive(container.state)},
          std::move(after), std::move(cause));
    }
    return slot->second;
  }

  void volumes() {
    for (const std::string& name : order_) {
      for (const ServiceMount& mount : desired_.services.at(name).volumes) {
        if (mount.type != "volume" || mount.source.empty() || volume_nodes_.contains(mount.source)) continue;
        const auto wanted = desired_.volumes.find(mount.source);
        if (wanted == desired_.volumes.end() || wanted->second.external) continue;
        const auto there = observed_.volumes.find(wanted->second.name);
        Indices& nodes = volume_nodes_[mount.source];
        if (there == observed_.volumes.end()) {
          nodes = {plan_.add(CreateVolume{volume_spec(desired_, mount.source, wanted->second)}, {}, Missing{})};
        } else if (there->second.spec.project != desired_.name) {
          plan_.warnings.push_back("volume " + there->first +
                                   " exists but was not made by this project; it is used as it is. "
                                   "Set external: true to say that this is meant");
        } else if (!is_made_from(there->second.spec, volume_hash(wanted->second), compose_hash(wanted->second))
                        .value_or(true)) {
          plan_.warnings.push_back("volume " + there->first +
                                   " was made with other options and keeps them, because recreating "
                                   "it would lose its data; remove it to have it recreated");
        }
      }
    }
  }

  Indices resources_of(const Service& service) const {
    Indices after;
    for (const auto& [key, settings] : service.networks) {
      const auto found = network_nodes_.find(key);
      if (found != network_nodes_.end()) after.insert(after.end(), found->second.begin(), found->second.end());
    }
    for (const ServiceMount& mount : service.volumes) {
      const auto found = volume_nodes_.find(mount.source);
      if (mount.type == "volume" && found != volume_nodes_.end())
        after.insert(after.end(), found->second.begin(), found->second.end());
    }
    for (const std::string& partner : partners_of(service)) {
      const auto found = services_.find(partner);
      if (found != services_.end())
        after.insert(after.end(), found->second.creates.begin(), found->second.creates.end());
    }
    return after;
  }

  // The nodes that a start of `service` waits for. Made only when something is started: a project at rest has an empty plan.
  Indices dependencies_of(const Service& service) {
    Indices after;
    for (const auto& [name, how] : service.depends_on) {
      const auto found = services_.find(name);
      if (found == services_.end() || found->second.names.empty()) continue;
      const ServicePlan& theirs = found->second;
      if (how.condition == DependencyCondition::started) {
        after.insert(after.end(), theirs.starts.begin(), theirs.starts.end());
      } else {
        after.push_back(wait_for(name, how, service.name));
      }
    }
    return after;
  }

  std::size_t wait_for(const std::string& name, const Dependency& how, const std::string& dependent) {
    ServicePlan& theirs = services_.at(name);
    auto& wait = theirs.waits[static_cast<int>(how.condition)];
    if (!wait) {
      WaitFor operation{name, theirs.names, how.condition, how.required};
      wait = plan_.add(std::move(operation), theirs.starts, NeededBy{dependent});
    } else if (how.required) {
      std::get<WaitFor>(plan_.nodes[*wait].operation).required = true;
    }
    return *wait;
  }

  // What runs already waits for nothing, but what was started here has to come to what those that run ask of it.
  void waits_of_dependents() {
    if (options_.no_start) return;
    for (const std::string& dependent : order_) {
      const Service& service = desired_.services.at(dependent);
      if (services_.at(dependent).names.empty()) continue;
      for (const auto& [name, how] : service.depends_on) {
        const auto found = services_.find(name);
        if (how.condition == DependencyCondition::started || found == services_.end()) continue;
        if (!found->second.starts.empty()) wait_for(name, how, dependent);
      }
    }
  }

  bool is_one_off(const std::string& service) const { return options_.one_off && options_.one_off->service == service; }

  void emit_one_off(const Service& service) {
    ServicePlan& mine = services_.at(service.name);
    Indices after = resources_of(service);
    const Indices dependencies = dependencies_of(service);
    after.insert(after.end(), dependencies.begin(), dependencies.end());
    CreateContainer create{one_off_spec(desired_, service, *options_.one_off, mine.image_id), {}, false, {}};
    mine.creates.push_back(plan_.add(std::move(create), std::move(after), Requested{"run"}));
  }

  void emit(const Service& service) {
    ServicePlan& mine = services_.at(service.name);
    const Indices resources = resources_of(service);
    std::optional<Indices> dependencies;
    const auto start = [&](const std::string& name, Indices after, Cause cause) {
      if (options_.no_start) return std::optional<std::size_t>{};
      if (!dependencies) dependencies = dependencies_of(service);
      after.insert(after.end(), dependencies->begin(), dependencies->end());
      const std::size_t node = plan_.add(StartContainer{name}, std::move(after), std::move(cause));
      mine.starts.push_back(node);
      return std::optional{node};
    };
    for (const ReplicaDecision& decision : mine.decisions) {
      const std::string name = replica_name(desired_, service, decision);
      switch (decision.kind) {
        case Kind::keep:
          if (const auto bounce = mine.bounced.find(name); bounce != mine.bounced.end()) {
            start(name, {stop_node(*decision.existing, {}, bounce->second)}, bounce->second);
          } else if (const auto stopped = stops_.find(decision.existing->id); stopped != stops_.end()) {
            Indices after = resources;
            after.push_back(stopped->second);
            start(name, after, NetworkRecreated{});
          } else {
            plan_.kept.push_back(name);
          }
          break;
        case Kind::start:
          start(name, resources, decision.cause);
          break;
        case Kind::create: {
          CreateContainer create{
              container_spec(desired_, service, decision.number, mine.image_id, mine.hash), {}, false, {}};
          mine.creates.push_back(plan_.add(std::move(create), resources, decision.cause));
          start(name, {mine.creates.back()}, decision.cause);
          break;
        }
        case Kind::recreate:
          recreate(service, mine, decision, resources, start);
          break;
        case Kind::remove: {
          const std::size_t stopped = stop_node(*decision.existing, {}, decision.cause);
          plan_.add(RemoveContainer{decision.existing->id, decision.existing->spec.name}, {stopped}, decision.cause);
          break;
        }
      }
    }
  }

  template <class Start>
  void recreate(const Service& service, ServicePlan& mine, const ReplicaDecision& decision, const Indices& resources,
                const Start& start) {
    const model::Container& old = *decision.existing;
    CreateContainer create{container_spec(desired_, service, decision.number, mine.image_id, mine.hash), old.id,
                           options_.renew_volumes, name_before_aside(old), !stops_.contains(old.id)};
    // As Docker Compose tells it: the container by its name without the project's.
    create.spec.labels["com.docker.compose.replace"] =
        service.container_name.empty() ? service.name + desired_.separator + std::to_string(decision.number)
                                       : service.container_name;
    const std::string name = create.spec.name;
    const std::size_t created = plan_.add(std::move(create), resources, decision.cause);
    mine.creates.push_back(created);
    // The old one stops late: only when everything that the new one waits for is there.
    Indices before_stop = dependencies_of_started(service);
    before_stop.push_back(created);
    const Indices dependents = stop_bounced(service.name, before_stop);
    before_stop.insert(before_stop.end(), dependents.begin(), dependents.end());
    const bool stops_later = !stops_.contains(old.id);
    const std::size_t stopped = stop_node(old, before_stop, decision.cause, PartOf::recreation);
    if (stops_later) std::get<StopContainer>(plan_.nodes[stopped].operation).replaced_by = name;
    const auto started = start(name, {created, stopped}, decision.cause);
    plan_.add(RemoveContainer{old.id, old.spec.name, false, PartOf::recreation}, {started.value_or(stopped)},
              decision.cause);
  }

  // What stops and starts with a service stops before it.
  Indices stop_bounced(const std::string& service, const Indices& after) {
    Indices all;
    for (const std::string& name : order_) {
      const auto edge = desired_.services.at(name).depends_on.find(service);
      if (edge == desired_.services.at(name).depends_on.end() || !edge->second.restart) continue;
      Indices before = after;
      const Indices theirs = stop_bounced(name, after);
      before.insert(before.end(), theirs.begin(), theirs.end());
      for (const ReplicaDecision& decision : services_.at(name).decisions) {
        if (decision.kind != Kind::keep || !services_.at(name).bounced.contains(decision.existing->spec.name)) continue;
        all.push_back(stop_node(*decision.existing, before, DependencyRecreated{service}));
      }
    }
    return all;
  }

  Indices dependencies_of_started(const Service& service) {
    return options_.no_start ? Indices{} : dependencies_of(service);
  }

  void orphans() {
    std::vector<std::string> names;
    for (const model::Container& container : observed_.containers) {
      const bool known =
          desired_.services.contains(container.spec.service) || desired_.disabled.contains(container.spec.service);
      const bool finished =
          container.state.status == model::Status::exited || container.state.status == model::Status::dead;
      if (container.spec.one_off ? !finished : known) continue;
      // One of a hook that failed is replaced when the hook runs again.
      if (known && container.spec.labels.contains(std::string{kHookLabel})) continue;
      names.push_back(container.spec.name);
      if (!options_.remove_orphans) continue;
      const std::size_t stopped = stop_node(container, {}, Orphan{});
      plan_.add(RemoveContainer{container.id, container.spec.name}, {stopped}, Orphan{});
    }
    if (names.empty() || options_.remove_orphans || options_.ignore_orphans) return;
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    plan_.warnings.push_back("found orphan containers (" + list +
                             ") for this project; if a service was renamed or removed, "
                             "--remove-orphans cleans them up");
  }

  // Containers that are none of this plan's business, but had to stop for a network.
  void bystanders() {
    for (const model::Container& container : observed_.containers) {
      const auto stopped = stops_.find(container.id);
      if (stopped == stops_.end() || (services_.contains(container.spec.service) && !container.spec.one_off)) continue;
      const bool goes = std::any_of(plan_.nodes.begin(), plan_.nodes.end(), [&](const Node& node) {
        const auto* remove = std::get_if<RemoveContainer>(&node.operation);
        return remove != nullptr && remove->id == container.id;
      });
      if (goes) continue;
      const auto service = desired_.services.find(container.spec.service);
      Indices after = service == desired_.services.end() ? Indices{} : dependencies_of(service->second);
      after.push_back(stopped->second);
      for (const auto& [key, nodes] : network_nodes_) after.insert(after.end(), nodes.begin(), nodes.end());
      plan_.add(StartContainer{container.spec.name}, std::move(after), NetworkRecreated{});
    }
  }

  void final_waits() {
    for (const std::string& name : order_) {
      ServicePlan& mine = services_.at(name);
      if (mine.names.empty()) continue;
      const Service& service = desired_.services.at(name);
      const bool checked = service.healthcheck && !service.healthcheck->disable;
      const auto condition = checked ? DependencyCondition::healthy : DependencyCondition::started;
      if (mine.waits[static_cast<int>(condition)] || mine.waits[static_cast<int>(DependencyCondition::completed)])
        continue;
      plan_.add(WaitFor{name, mine.names, condition, true, true}, mine.starts, Requested{"--wait"});
    }
  }

  const Project& desired_;
  const Observed& observed_;
  const UpOptions& options_;
  Plan plan_;
  std::vector<std::string> order_;
  std::map<std::string, ServicePlan> services_;
  std::map<std::string, Indices> network_nodes_, volume_nodes_;  // by key
  std::map<std::string, std::size_t> stops_;                     // by container id: nothing is stopped twice
};

}  // namespace

Plan reconcile(const Project& desired, const Observed& observed, const UpOptions& options) {
  return Reconciler{desired, observed, options}.run();
}

}  // namespace stack::compose
