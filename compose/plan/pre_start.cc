#include "compose/plan/pre_start.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "compose/plan/hook_container.h"

namespace stack::compose {
namespace {

using Indices = std::vector<std::size_t>;

class PreStart {
 public:
  PreStart(Plan& plan, const Project& project, const Observed& observed)
      : plan_(plan), project_(project), observed_(observed), planned_(plan.nodes.size()) {
    for (const model::Container& container : observed.containers) {
      if (!container.spec.one_off) existing_[container.spec.name] = &container;
    }
    for (std::size_t i = 0; i < planned_; ++i) {
      const Operation& operation = plan_.nodes[i].operation;
      if (const auto* stop = std::get_if<StopContainer>(&operation)) stopped_.insert(stop->id);
      const auto* create = std::get_if<CreateContainer>(&operation);
      if (create != nullptr && !create->spec.one_off) made_[create->spec.name] = replica_of(create->spec);
    }
  }

  void run() {
    for (const auto* services : {&project_.services, &project_.disabled}) {
      for (const auto& [name, service] : *services) {
        if (!service.pre_start.empty()) place(service);
      }
    }
    if (plan_.nodes.size() > planned_) put_in_order();
  }

 private:
  // What has to be known of a container.
  struct Replica {
    std::string service;
    std::string image_id;
    int number = 0;
  };
  // A container of the service that the plan starts.
  struct Start {
    std::size_t node = 0;
    std::string name;
    std::string image_id;
    int replica = 0;
    bool fresh = false;  // it has never run
    Indices after{};     // what it waits for, the hooks so far among them
  };

  static Replica replica_of(const model::ContainerSpec& spec) { return {spec.service, spec.image_id, spec.replica}; }

  std::vector<Start> starts_of(const Service& service) const {
    std::vector<Start> starts;
    for (std::size_t i = 0; i < planned_; ++i) {
      const auto* start = std::get_if<StartContainer>(&plan_.nodes[i].operation);
      if (start == nullptr) continue;
      const auto made = made_.find(start->name);
      const auto there = existing_.find(start->name);
      if (made == made_.end() && there == existing_.end()) continue;
      const bool fresh = made != made_.end() || there->second->state.status == model::Status::created;
      const Replica replica = made != made_.end() ? made->second : replica_of(there->second->spec);
      if (replica.service == service.name) starts.push_back({i, start->name, replica.image_id, replica.number, fresh});
    }
    std::stable_sort(starts.begin(), starts.end(), [](const auto& a, const auto& b) { return a.replica < b.replica; });
    return starts;
  }

  bool stays_running(const Service& service) const {
    return std::any_of(existing_.begin(), existing_.end(), [&](const auto& item) {
      const model::Container& container = *item.second;
      return container.spec.service == service.name && is_alive(container.state) && !stopped_.contains(container.id);
    });
  }

  // The nodes that come after one of the starts.
  std::set<std::size_t> behind(const std::vector<Start>& starts) const {
    std::set<std::size_t> found;
    for (const Start& start : starts) found.insert(start.node);
    for (std::size_t i = 0; i < planned_; ++i) {
      const Indices& after = plan_.nodes[i].after;
      if (std::any_of(after.begin(), after.end(), [&](std::size_t node) { return found.contains(node); }))
        found.insert(i);
    }
    return found;
  }

  void place(const Service& service) {
    std::vector<Start> starts = starts_of(service);
    if (std::none_of(starts.begin(), starts.end(), [](const Start& start) { return start.fresh; })) return;
    const std::set<std::size_t> later = behind(starts);
    for (Start& start : starts) {
      start.after = plan_.nodes[start.node].after;
      std::erase_if(start.after, [&](std::size_t node) { return later.contains(node); });
    }
    const bool runs = stays_running(service);
    for (std::size_t i = 0; i < service.pre_start.size(); ++i) {
      if (service.pre_start[i].per_replica) {
        for (Start& start : starts) {
          if (start.fresh) start.after = {add(service, i, start, start.after, start.replica)};
        }
      } else if (!runs) {
        once(service, i, starts);
      }
    }
    for (const Start& start : starts) {
      Indices& after = plan_.nodes[start.node].after;
      std::copy_if(start.after.begin(), start.after.end(), std::back_inserter(after),
                   [this](std::size_t node) { return node >= planned_; });
    }
  }

  void once(const Service& service, std::size_t index, std::vector<Start>& starts) {
    std::set<std::size_t> all;
    for (const Start& start : starts) all.insert(start.after.begin(), start.after.end());
    const Start& first = *std::find_if(starts.begin(), starts.end(), [](const Start& start) { return start.fresh; });
    const std::size_t node = add(service, index, first, {all.begin(), all.end()}, 0);
    for (Start& start : starts) start.after = {node};
  }

  std::size_t add(const Service& service, std::size_t index, const Start& start, Indices after, int replica) {
    const Hook& hook = service.pre_start[index];
    std::string image_id = start.image_id;
    if (const std::string own = own_image(service, hook); !own.empty()) {
      const auto image = observed_.images.find(own);
      image_id = image == observed_.images.end() ? std::string{} : image->second.id;
    }
    model::ContainerSpec spec = hook_container_spec(project_, service, index, start.name, image_id, replica);
    const std::string name = spec.name;
    RunHook run{name, {}, service.name, HookPoint::pre_start, static_cast<std::int32_t>(index), std::move(spec)};
    before_.push_back(start.node);
    const Cause cause = plan_.nodes[start.node].cause;
    return plan_.add(std::move(run), std::move(after), cause);
  }

  // Each hook before the start that it is for, everything else as it was, and no node before one that it waits for.
  void put_in_order() {
    const std::size_t count = plan_.nodes.size();
    const auto key = [this](std::size_t node) {
      return node < planned_ ? std::tuple{node, 1, node} : std::tuple{before_[node - planned_], 0, node};
    };
    std::vector<std::size_t> open(count), place(count);
    std::vector<Indices> next(count);
    std::set<std::tuple<std::size_t, int, std::size_t>> ready;
    for (std::size_t i = 0; i < count; ++i) {
      open[i] = plan_.nodes[i].after.size();
      for (const std::size_t before : plan_.nodes[i].after) next[before].push_back(i);
      if (open[i] == 0) ready.insert(key(i));
    }
    std::vector<Node> ordered;
    while (!ready.empty()) {
      const std::size_t node = std::get<2>(*ready.begin());
      ready.erase(ready.begin());
      place[node] = ordered.size();
      ordered.push_back(std::move(plan_.nodes[node]));
      for (const std::size_t each : next[node]) {
        if (--open[each] == 0) ready.insert(key(each));
      }
    }
    for (Node& node : ordered) {
      for (std::size_t& index : node.after) index = place[index];
      for (std::size_t& index : node.takes_over) index = place[index];
      std::sort(node.after.begin(), node.after.end());
    }
    plan_.nodes = std::move(ordered);
  }

  Plan& plan_;
  const Project& project_;
  const Observed& observed_;
  const std::size_t planned_;                                // nodes without the hooks
  std::map<std::string, const model::Container*> existing_;  // by name
  std::map<std::string, Replica> made_;                      // by name
  std::set<std::string> stopped_;                            // ids
  Indices before_;                                           // of each hook: the start that it is for
};

}  // namespace

void add_pre_start(Plan& plan, const Project& project, const Observed& observed) {
  PreStart{plan, project, observed}.run();
}

}  // namespace stack::compose
