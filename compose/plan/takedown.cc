#include "compose/plan/takedown.h"

#include <algorithm>
#include <functional>
#include <set>

#include "base/error.h"
#include "compose/plan/service_order.h"

namespace stack::compose {
namespace {

using Indices = std::vector<std::size_t>;
using Dependencies = std::map<std::string, std::map<std::string, Dependency>>;  // service to what it depends on

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// "db:service_healthy:true,cache:service_started:false"
std::map<std::string, Dependency> read_label(const model::Container& container) {
  std::map<std::string, Dependency> result;
  const auto label = container.spec.labels.find("com.docker.compose.depends_on");
  if (label == container.spec.labels.end()) return result;
  for (const std::string_view item : split(label->second, ',')) {
    const auto parts = split(item, ':');
    Dependency dependency{.required = false};
    if (parts.size() > 1) dependency.condition = parse_condition(parts[1]).value_or(DependencyCondition::started);
    if (parts.size() > 2) dependency.restart = parts[2] == "true";
    result[std::string{parts[0]}] = dependency;
  }
  return result;
}

Dependencies dependencies_of(const Project* known, const Observed& observed) {
  Dependencies all;
  for (const model::Container& container : observed.containers) {
    if (!container.spec.one_off) all[container.spec.service] = read_label(container);
  }
  if (known == nullptr) return all;
  for (const auto& [name, service] : known->services) all[name] = service.depends_on;
  return all;
}

// Whether the containers that `run` made are meant as well.
enum class OneOffs { left_alone, included };

class Takedown {
 public:
  Takedown(const Project* known, const Observed& observed, const TakedownOptions& options, OneOffs one_offs)
      : known_(known), observed_(observed), options_(options), dependencies_(dependencies_of(known, observed)) {
    for (const model::Container& container : observed.containers) {
      const std::string& service = container.spec.service;
      if (container.spec.one_off && one_offs == OneOffs::left_alone) continue;
      const bool whole = options.services.empty();
      const bool taken = whole && is_unknown(service) ? options.remove_orphans : selected(service);
      if (taken || (options.remove_orphans && is_orphan(container))) by_service_[service].push_back(&container);
    }
    for (auto& [service, containers] : by_service_) {
      std::sort(containers.begin(), containers.end(),
                [](const auto* a, const auto* b) { return a->spec.name < b->spec.name; });
    }
  }

  Plan down() {
    Indices removed;
    for_each_service(Order::dependents_first, [&](const std::string& service, const Indices& after, Indices& mine) {
      for (const model::Container* container : by_service_.at(service)) {
        const Indices stopped = stop(*container, after, TakenDown{}, mine);
        removed.push_back(plan_.add(RemoveContainer{container->id, container->spec.name, options_.volumes},
                                    stopped.empty() ? after : stopped, TakenDown{}));
      }
    });
    resources(removed);
    for (const std::string& image : options_.images) plan_.add(RemoveImage{image}, removed, Requested{"--rmi"});
    plan_.for_good = true;
    return std::move(plan_);
  }

  Plan stop_all() {
    for_each_service(Order::dependents_first, [&](const std::string& service, const Indices& after, Indices& mine) {
      for (const model::Container* container : by_service_.at(service)) stop(*container, after, Requested{}, mine);
    });
    plan_.for_good = true;
    return std::move(plan_);
  }

  Plan remove_all() {
    for_each_service(Order::dependents_first, [&](const std::string& service, const Indices& after, Indices& mine) {
      for (const model::Container* container : by_service_.at(service)) {
        if (is_alive(container->state) && !options_.stop_first) continue;
        const Indices stopped = stop(*container, after, Requested{"--stop"}, mine);
        plan_.add(RemoveContainer{container->id, container->spec.name, options_.volumes},
                  stopped.empty() ? after : stopped, Requested{});
      }
    });
    plan_.for_good = true;
    return std::move(plan_);
  }

  // `operation_for(container)` for each that runs or is paused, all at the same time.
  Plan each_alive(const std::function<Operation(const model::Container&)>& operation_for) {
    for (const auto& [service, containers] : by_service_) {
      for (const model::Container* container : containers) {
        if (is_alive(container->state)) plan_.add(operation_for(*container), {}, Requested{});
      }
    }
    plan_.for_good = true;
    return std::move(plan_);
  }

  Plan start_all() {
    if (known_ != nullptr) add_dependencies();
    if (known_ == nullptr && observed_.containers.empty())
      throw Error(ErrorKind::not_found, "no container found for project \"" + options_.project + "\"");
    for_each_service(Order::dependencies_first, [&](const std::string& service, const Indices& after, Indices& mine) {
      start(service, after, mine, Requested{}, PartOf::itself);
    });
    if (options_.wait) final_waits();
    return std::move(plan_);
  }

  Plan restart_all() {
    if (!options_.no_deps) add_restarting_dependents();
    std::map<std::string, Indices> stopped;
    for_each_service(Order::dependents_first, [&](const std::string& service, const Indices& after, Indices& mine) {
      for (const model::Container* container : by_service_.at(service))
        stop(*container, after, Requested{}, mine, PartOf::restart);
      stopped[service] = mine;
    });
    for_each_service(Order::dependencies_first, [&](const std::string& service, Indices after, Indices& mine) {
      after.insert(after.end(), stopped[service].begin(), stopped[service].end());
      start(service, after, mine, Requested{}, PartOf::restart);
    });
    return std::move(plan_);
  }

 private:
  enum class Order { dependents_first, dependencies_first };

  bool selected(const std::string& service) const {
    if (options_.services.empty()) return takes_everything() || !known_->disabled.contains(service);
    return std::find(options_.services.begin(), options_.services.end(), service) != options_.services.end();
  }

  bool takes_everything() const { return known_ == nullptr || options_.everything; }

  bool is_unknown(const std::string& service) const {
    return !takes_everything() && !known_->services.contains(service) && !known_->disabled.contains(service);
  }

  // As `up` sees them: also what has ended of a `run`, whatever service it was of.
  bool is_orphan(const model::Container& container) const {
    const bool ended = container.state.status == model::Status::exited || container.state.status == model::Status::dead;
    return container.spec.one_off ? ended : is_unknown(container.spec.service);
  }

  Indices stop(const model::Container& container, const Indices& after, const Cause& cause, Indices& mine,
               PartOf part_of = PartOf::itself) {
    if (!is_alive(container.state)) return {};
    const std::size_t node =
        plan_.add(StopContainer{container.id, container.spec.name, options_.timeout, part_of}, after, cause);
    mine.push_back(node);
    return {node};
  }

  void start(const std::string& service, Indices after, Indices& mine, const Cause& cause, PartOf part_of) {
    const auto found = dependencies_.find(service);
    if (found != dependencies_.end()) {
      for (const auto& [name, how] : found->second) gate(name, how, service, after);
    }
    for (const model::Container* container : by_service_.at(service)) {
      if (part_of != PartOf::restart) check_not_paused(*container);
      if (part_of != PartOf::restart && is_alive(container->state)) continue;
      if (is_displaced(*container)) continue;
      // One that did not run has not been told as restarting yet.
      const bool whole = part_of == PartOf::restart && !is_alive(container->state);
      const PartOf told = whole ? PartOf::whole_restart : part_of;
      mine.push_back(plan_.add(StartContainer{container->spec.name, told}, after, cause));
    }
  }

  static void check_not_paused(const model::Container& container) {
    if (container.state.status != model::Status::paused) return;
    throw Error(ErrorKind::conflict, "container " + container.spec.name + " is paused")
        .remedy("resume it with: stack unpause " + container.spec.service);
  }

  // A recreate that was cut short has left two containers for one place: the one that runs has it, or else the newer one.
  bool is_displaced(const model::Container& container) const {
    const auto claim = [](const model::Container& c) { return std::pair{is_alive(c.state), c.created}; };
    return std::any_of(observed_.containers.begin(), observed_.containers.end(), [&](const model::Container& other) {
      return other.spec.service == container.spec.service && other.spec.replica == container.spec.replica &&
             !other.spec.one_off && !container.spec.one_off && claim(other) > claim(container);
    });
  }

  void final_waits() {
    for (const auto& [name, containers] : by_service_) {
      std::vector<std::string> names;
      bool checked = false;
      for (const model::Container* container : containers) {
        if (is_displaced(*container)) continue;
        names.push_back(container->spec.name);
        const auto& check = container->spec.healthcheck;
        checked = check && (check->test.empty() || check->test.front() != "NONE");
      }
      const auto condition = checked ? DependencyCondition::healthy : DependencyCondition::started;
      if (names.empty() || waits_.contains({name, condition})) continue;
      if (waits_.contains({name, DependencyCondition::completed})) continue;
      plan_.add(WaitFor{name, names, condition, true, true}, started_[name], Requested{"--wait"});
    }
  }

  void gate(const std::string& name, const Dependency& how, const std::string& dependent, Indices& after) {
    const auto containers = by_service_.find(name);
    if (how.condition == DependencyCondition::started || containers == by_service_.end()) return;
    if (containers->second.empty()) return;
    const auto [slot, fresh] = waits_.emplace(std::pair{name, how.condition}, 0);
    if (fresh) {
      std::vector<std::string> names;
      for (const model::Container* container : by_service_.at(name)) {
        if (!is_displaced(*container)) names.push_back(container->spec.name);
      }
      slot->second = plan_.add(WaitFor{name, names, how.condition, how.required}, started_[name], NeededBy{dependent});
    }
    after.push_back(slot->second);
  }

  void add_dependencies() {
    std::string missing;
    for (const std::string& service : services_in_order(*known_, options_.services, options_.no_deps)) {
      const auto [slot, fresh] = by_service_.try_emplace(service);
      if (fresh) {
        for (const model::Container& container : observed_.containers) {
          if (container.spec.service == service && !container.spec.one_off) slot->second.push_back(&container);
        }
      }
      if (!slot->second.empty() || known_->services.at(service).replicas() == 0) continue;
      plan_.warnings.push_back("service \"" + service + "\" has no container to start");
      if (missing.empty()) missing = service;
    }
    const bool some = std::any_of(observed_.containers.begin(), observed_.containers.end(),
                                  [](const model::Container& container) { return !container.spec.one_off; });
    if (some || missing.empty()) return;
    throw Error(ErrorKind::not_found, "service \"" + missing + "\" has no container to start")
        .remedy("make one with: stack up -d " + missing);
  }

  void add_restarting_dependents() {
    for (bool grown = true; grown;) {
      grown = false;
      for (const auto& [service, theirs] : dependencies_) {
        if (by_service_.contains(service)) continue;
        const bool follows = std::any_of(theirs.begin(), theirs.end(), [&](const auto& d) {
          return d.second.restart && by_service_.contains(d.first);
        });
        if (!follows) continue;
        for (const model::Container& container : observed_.containers) {
          if (container.spec.service == service && is_alive(container.state))
            by_service_[service].push_back(&container), grown = true;
        }
      }
    }
  }

  // Calls `body(service, after, mine)` in order; `after` are the nodes of all services that must be done before, `mine` collects
  // this service's own.
  void for_each_service(Order order, const std::function<void(const std::string&, const Indices&, Indices&)>& body) {
    started_.clear();
    std::set<std::string> done;
    const std::function<void(const std::string&)> visit = [&](const std::string& service) {
      if (!by_service_.contains(service) || !done.insert(service).second) return;
      Indices after;
      const auto before = [&](const std::string& other) {
        visit(other);
        const auto found = started_.find(other);
        if (found != started_.end()) after.insert(after.end(), found->second.begin(), found->second.end());
      };
      if (order == Order::dependencies_first) {
        for (const auto& [other, how] : dependencies_[service]) before(other);
      } else {
        for (const auto& [other, theirs] : dependencies_) {
          if (theirs.contains(service)) before(other);
        }
      }
      Indices mine;
      body(service, after, mine);
      started_[service] = mine.empty() ? after : mine;
    };
    for (const auto& [service, containers] : by_service_) visit(service);
  }

  // The project's containers that stay and use something, each with the way to take it down as well.
  std::string who_stays(const std::function<bool(const model::ContainerSpec&)>& uses) const {
    std::string text;
    for (const model::Container& container : observed_.containers) {
      const std::string& service = container.spec.service;
      const auto taken = by_service_.find(service);
      const bool goes = taken != by_service_.end() &&
                        std::find(taken->second.begin(), taken->second.end(), &container) != taken->second.end();
      if (goes || !uses(container.spec)) continue;
      text += (text.empty() ? "by " : ", ") + container.spec.name;
      if (known_ == nullptr) continue;
      const auto off = known_->disabled.find(service);
      if (off != known_->disabled.end() && !off->second.profiles.empty()) {
        text += " (take it down too with --profile " + off->second.profiles.front() + ")";
      } else if (is_orphan(container)) {
        text += " (orphan; take it down too with --remove-orphans)";
      }
    }
    return text;
  }

  // With services named, only what their containers are on.
  bool concerns(const std::string& network) const {
    if (options_.services.empty()) return true;
    return std::any_of(by_service_.begin(), by_service_.end(), [&](const auto& entry) {
      return std::any_of(entry.second.begin(), entry.second.end(), [&](const model::Container* container) {
        const auto& networks = container->spec.networks;
        return std::any_of(networks.begin(), networks.end(), [&](const auto& one) { return one.network == network; });
      });
    });
  }

  // Of the file: what it does not declare any more is somebody's data, and stays.
  std::set<std::string> declared_volumes() const {
    std::set<std::string> names;
    if (takes_everything()) return names;
    for (const auto& [key, volume] : known_->volumes) {
      if (!volume.external) names.insert(volume.name);
    }
    return names;
  }

  void resources(const Indices& removed) {
    for (const auto& [name, network] : observed_.networks) {
      if (network.spec.project == options_.project && concerns(name)) {
        const std::string kept_by = who_stays([&](const model::ContainerSpec& spec) {
          return std::any_of(spec.networks.begin(), spec.networks.end(),
                             [&](const auto& n) { return n.network == name; });
        });
        plan_.add(RemoveNetwork{network.id, name, {}, true, kept_by}, removed, TakenDown{});
      }
    }
    if (!options_.volumes) return;
    const std::set<std::string> declared = declared_volumes();
    for (const auto& [name, volume] : observed_.volumes) {
      const bool labelled = volume.spec.project == options_.project && !volume.spec.anonymous;
      if (takes_everything() ? labelled : declared.contains(name)) {
        const std::string kept_by = who_stays([&](const model::ContainerSpec& spec) {
          return std::any_of(spec.mounts.begin(), spec.mounts.end(),
                             [&](const auto& m) { return m.kind == model::MountKind::volume && m.source == name; });
        });
        plan_.add(RemoveVolume{name, true, kept_by}, removed, Requested{"--volumes"});
      }
    }
  }

  const Project* known_;
  const Observed& observed_;
  const TakedownOptions& options_;
  Dependencies dependencies_;
  std::map<std::string, std::vector<const model::Container*>> by_service_;
  std::map<std::string, Indices> started_;  // of the walk under way
  std::map<std::pair<std::string, DependencyCondition>, std::size_t> waits_;
  Plan plan_;
};

}  // namespace

Plan plan_down(const Project* known, const Observed& observed, const TakedownOptions& options) {
  return Takedown{known, observed, options, OneOffs::included}.down();
}
Plan plan_stop(const Project* known, const Observed& observed, const TakedownOptions& options) {
  return Takedown{known, observed, options, OneOffs::left_alone}.stop_all();
}
Plan plan_start(const Project* known, const Observed& observed, const TakedownOptions& options) {
  return Takedown{known, observed, options, OneOffs::left_alone}.start_all();
}
Plan plan_restart(const Project* known, const Observed& observed, const TakedownOptions& options) {
  return Takedown{known, observed, options, OneOffs::left_alone}.restart_all();
}
Plan plan_kill(const Project* known, const Observed& observed, const TakedownOptions& options) {
  return Takedown{known, observed, options, OneOffs::included}.each_alive([&](const model::Container& it) {
    return KillContainer{it.id, it.spec.name, options.signal.empty() ? "SIGKILL" : options.signal};
  });
}
Plan plan_pause(const Project* known, const Observed& observed, const TakedownOptions& options) {
  return Takedown{known, observed, options, OneOffs::left_alone}.each_alive([](const model::Container& it) {
    return PauseContainer{it.id, it.spec.name};
  });
}
Plan plan_unpause(const Project* known, const Observed& observed, const TakedownOptions& options) {
  return Takedown{known, observed, options, OneOffs::left_alone}.each_alive([](const model::Container& it) {
    return UnpauseContainer{it.id, it.spec.name};
  });
}
Plan plan_rm(const Project* known, const Observed& observed, const TakedownOptions& options) {
  return Takedown{known, observed, options, OneOffs::left_alone}.remove_all();
}

}  // namespace stack::compose
