#include "compose/plan/hand_over.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <queue>
#include <set>

#include "compose/plan/resource.h"

namespace stack::compose {
namespace {

using Indices = std::vector<std::size_t>;

bool contains(const Indices& list, std::size_t node) { return std::find(list.begin(), list.end(), node) != list.end(); }

void insert(Indices& list, std::size_t node) {
  const auto at = std::lower_bound(list.begin(), list.end(), node);
  if (at == list.end() || *at != node) list.insert(at, node);
}

class HandOver {
 public:
  HandOver(Plan& plan, const Observed& observed) : plan_(plan), observed_(observed) {
    for (const model::Container& container : observed.containers) {
      by_id_[container.id] = &container;
      by_name_[container.spec.name] = &container;
    }
    for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
      if (const auto* stop = get<StopContainer>(i)) stops_[stop->id] = i;
      if (const auto* start = get<StartContainer>(i)) starts_[start->name] = i;
      if (const auto* remove = get<RemoveContainer>(i)) removals_[remove->id] = i;
      if (const auto* create = get<CreateContainer>(i)) creates_[create->spec.name] = i;
    }
  }

  void run() {
    networks();
    names();
    holdings();
    addresses_of_networks();
    fixed_addresses_first();
    removals();
    sort();
  }

 private:
  // By kind, place and, but for ports, value: what may collide has the same key.
  using Key = std::tuple<Resource::Kind, std::string, std::string>;
  struct Held {
    Resource resource;
    std::size_t stop;
  };

  template <class T>
  const T* get(std::size_t i) const {
    return std::get_if<T>(&plan_.nodes[i].operation);
  }
  Indices& after(std::size_t i) { return plan_.nodes[i].after; }

  static Key key_of(const Resource& resource) {
    return {resource.kind, resource.where, resource.kind == Resource::Kind::host_port ? "" : resource.what};
  }

  // What the node starts: a container of this plan, or one that is there.
  const model::ContainerSpec* started_spec(std::size_t start) const {
    const std::string& name = get<StartContainer>(start)->name;
    if (const auto made = creates_.find(name); made != creates_.end()) return &get<CreateContainer>(made->second)->spec;
    const auto there = by_name_.find(name);
    return there == by_name_.end() ? nullptr : &there->second->spec;
  }

  void networks() {
    for (std::size_t made = 0; made < plan_.nodes.size(); ++made) {
      const auto* create = get<CreateNetwork>(made);
      for (std::size_t gone = 0; create != nullptr && gone < plan_.nodes.size(); ++gone) {
        const auto* remove = get<RemoveNetwork>(gone);
        if (remove == nullptr) continue;
        const auto there = observed_.networks.find(remove->name);
        if (there != observed_.networks.end() && collide(create->spec, there->second)) insert(after(made), gone);
      }
    }
  }

  void names() {
    std::map<std::string, std::size_t> aside;  // by id
    for (const auto& [name, made] : creates_) {
      const auto holder = by_name_.find(name);
      if (holder == by_name_.end()) continue;
      const std::string& id = holder->second->id;
      if (id == get<CreateContainer>(made)->replaces || !removals_.contains(id)) continue;
      const auto [slot, fresh] = aside.emplace(id, 0);
      if (fresh) slot->second = plan_.add(PutAside{id, name}, after(made), NameNeeded{});
      insert(after(made), slot->second);
      const auto start = starts_.find(name);
      if (start != starts_.end() && stops_.contains(id)) connect(stops_.at(id), start->second);
    }
  }

  void holdings() {
    std::map<Key, std::vector<Held>> held;
    for (const auto& [id, stop] : stops_) {
      const auto there = by_id_.find(id);
      if (there == by_id_.end()) continue;
      for (Resource& resource : held_by(*there->second)) {
        const Key key = key_of(resource);
        held[key].push_back({std::move(resource), stop});
      }
    }
    for (const auto& [name, start] : starts_) {
      const model::ContainerSpec* spec = started_spec(start);
      if (spec == nullptr) continue;
      for (const Resource& wanted : wanted_by(*spec)) {
        const auto holders = held.find(key_of(wanted));
        if (holders == held.end()) continue;
        for (const Held& each : holders->second) {
          if (!collide(wanted, each.resource) || is_itself(each.stop, name)) continue;
          connect(each.stop, start);
        }
      }
    }
  }

  // A fixed address goes with its network: who had one can have it again only when nothing is on the new network.
  void addresses_of_networks() {
    std::set<std::string> replaced;
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      const auto* remove = get<RemoveNetwork>(i);
      if (remove != nullptr && remove->replaced) replaced.insert(remove->name);
    }
    for (const auto& [id, stop] : stops_) {
      const auto there = by_id_.find(id);
      if (replaced.empty() || there == by_id_.end()) continue;
      for (const Resource& wanted : wanted_by(there->second->spec)) {
        if (wanted.kind != Resource::Kind::address || !replaced.contains(wanted.where)) continue;
        for (const auto& [name, start] : starts_) {
          if (is_on(start, wanted.where) && !is_itself(stop, name)) insert(plan_.nodes[start].takes_over, stop);
        }
      }
    }
  }

  bool is_on(std::size_t start, const std::string& network) const {
    const model::ContainerSpec* spec = started_spec(start);
    return spec != nullptr && std::any_of(spec->networks.begin(), spec->networks.end(),
                                          [&](const auto& attachment) { return attachment.network == network; });
  }

  // Whether a start is of the very container that stops: nothing changes hands.
  bool is_itself(std::size_t stop, const std::string& name) const {
    return !creates_.contains(name) && get<StopContainer>(stop)->name == name;
  }

  void connect(std::size_t stop, std::size_t start) {
    insert(plan_.nodes[start].takes_over, stop);
    if (contains(after(start), stop)) return;
    if (follows(stop, start)) detach(stop, start);
    insert(after(start), stop);
  }

  // Whether `late` can only be done after `early`.
  bool follows(std::size_t late, std::size_t early) const {
    std::vector<bool> seen(plan_.nodes.size(), false);
    Indices open{late};
    while (!open.empty()) {
      const std::size_t node = open.back();
      open.pop_back();
      if (node == early) return true;
      for (const std::size_t before : plan_.nodes[node].after) {
        if (seen[before]) continue;
        seen[before] = true;
        open.push_back(before);
      }
    }
    return false;
  }

  // Makes `node`, which is a stop or something that it waits for, wait no longer for `start`.
  void detach(std::size_t node, std::size_t start) {
    for (const std::size_t before : Indices{after(node)}) {
      if (!follows(before, start)) continue;
      if (get<StartContainer>(before) != nullptr || get<WaitFor>(before) != nullptr) {
        std::erase(after(node), before);
      } else {
        detach(before, start);
      }
    }
  }

  // The engine gives nobody an address by chance that a container wants for itself, once that is created.
  void fixed_addresses_first() {
    using Family = std::pair<std::string, bool>;  // network, IPv6
    std::map<Family, Indices> wanting;            // creates
    for (const auto& [name, made] : creates_) {
      for (const Resource& resource : wanted_by(get<CreateContainer>(made)->spec)) {
        if (resource.kind != Resource::Kind::address) continue;
        wanting[{resource.where, resource.what.find(':') != std::string::npos}].push_back(made);
      }
    }
    for (const auto& [name, start] : starts_) {
      const model::ContainerSpec* spec = started_spec(start);
      if (spec == nullptr || wanting.empty()) continue;
      for (const model::Attachment& attachment : spec->networks) {
        for (const bool ipv6 : {false, true}) {
          const bool by_chance = (ipv6 ? attachment.ipv6_address : attachment.ipv4_address).empty();
          const auto creates = wanting.find({attachment.network, ipv6});
          if (!by_chance || creates == wanting.end()) continue;
          for (const std::size_t made : creates->second) insert(after(start), made);
        }
      }
    }
  }

  void removals() {
    // The stops and starts that are linked, each by the least of them.
    Indices root(plan_.nodes.size());
    std::iota(root.begin(), root.end(), std::size_t{0});
    const auto group_of = [&](std::size_t node) {
      while (root[node] != node) node = root[node] = root[root[node]];
      return node;
    };
    for (const auto& [name, start] : starts_) {
      for (const std::size_t stop : plan_.nodes[start].takes_over) root[group_of(start)] = group_of(stop);
    }
    Indices all;
    std::map<std::size_t, Indices> by_group;
    for (const auto& [name, start] : starts_) {
      all.push_back(start);
      by_group[group_of(start)].push_back(start);
    }
    for (const auto& [id, removal] : removals_) {
      const auto stop = stops_.find(id);
      if (get<RemoveContainer>(removal)->part_of != PartOf::recreation) {
        wait_for(removal, all);
      } else if (stop != stops_.end()) {
        wait_for(removal, by_group[group_of(stop->second)]);
      }
    }
  }

  void wait_for(std::size_t node, const Indices& others) {
    Indices& list = after(node);
    list.insert(list.end(), others.begin(), others.end());
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }

  // What can be done comes in the order in which it was decided.
  void sort() {
    const std::size_t count = plan_.nodes.size();
    std::vector<std::size_t> open(count, 0), place(count, 0);
    std::vector<Indices> successors(count);
    std::priority_queue<std::size_t, Indices, std::greater<>> ready;
    for (std::size_t i = 0; i < count; ++i) {
      open[i] = after(i).size();
      for (const std::size_t before : after(i)) successors[before].push_back(i);
      if (open[i] == 0) ready.push(i);
    }
    std::vector<Node> sorted;
    sorted.reserve(count);
    while (!ready.empty()) {
      const std::size_t node = ready.top();
      ready.pop();
      place[node] = sorted.size();
      sorted.push_back(std::move(plan_.nodes[node]));
      for (const std::size_t next : successors[node]) {
        if (--open[next] == 0) ready.push(next);
      }
    }
    for (Node& node : sorted) {
      for (Indices* list : {&node.after, &node.takes_over}) {
        for (std::size_t& before : *list) before = place[before];
        std::sort(list->begin(), list->end());
      }
    }
    plan_.nodes = std::move(sorted);
  }

  Plan& plan_;
  const Observed& observed_;
  std::map<std::string, const model::Container*> by_id_, by_name_;
  std::map<std::string, std::size_t> stops_, removals_;  // by id
  std::map<std::string, std::size_t> starts_, creates_;  // by name
};

}  // namespace

void hand_over(Plan& plan, const Observed& observed) {
  if (!plan.empty()) HandOver{plan, observed}.run();
}

}  // namespace stack::compose
