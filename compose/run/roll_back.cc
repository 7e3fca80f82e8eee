#include "compose/run/roll_back.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace stack::compose {

namespace {

class RollBack {
 public:
  RollBack(const Plan& plan, const std::vector<NodeState>& states) : plan_(plan), states_(states) {
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      if (get<StartContainer>(i) != nullptr && succeeded(i)) running_.insert(i);
      if (const auto* start = get<StartContainer>(i)) starts_[start->name] = i;
      if (const auto* create = get<CreateContainer>(i)) creates_[create->spec.name] = i;
      if (const auto* create = get<CreateContainer>(i); create != nullptr && !create->replaces.empty())
        successors_[create->replaces] = i;
      if (const auto* remove = get<RemoveContainer>(i)) removals_[remove->id] = i;
    }
  }

  std::vector<Operation> run() {
    const std::size_t count = plan_.nodes.size();
    find_heirs();
    decide();
    for (std::size_t i = 0; i < count; ++i) finish_removal(i);
    for (std::size_t i = count; i-- > 0;) give_way(i);
    for (std::size_t i = count; i-- > 0;) unmake_container(i);
    for (std::size_t i = count; i-- > 0;) give_back(i);
    for (std::size_t i = count; i-- > 0;) unmake_network(i);
    for (std::size_t i = 0; i < count; ++i) remake_network(i);
    for (std::size_t i = count; i-- > 0;) start_again(i);
    return std::move(undo_);
  }

 private:
  template <class T>
  const T* get(std::size_t i) const {
    return std::get_if<T>(&plan_.nodes[i].operation);
  }
  bool succeeded(std::size_t i) const { return states_[i] == NodeState::succeeded; }
  bool ready(std::size_t i) const {
    const auto& before = plan_.nodes[i].after;
    return std::all_of(before.begin(), before.end(), [&](std::size_t node) { return succeeded(node); });
  }

  static std::optional<std::size_t> found(const std::map<std::string, std::size_t>& map, const std::string& key) {
    const auto it = map.find(key);
    return it == map.end() ? std::nullopt : std::optional{it->second};
  }

  // Gone, or about to be: nothing keeps it from being removed.
  bool goes(const std::string& id) const {
    const auto removal = found(removals_, id);
    return removal && (succeeded(*removal) || (ready(*removal) && !returning_.contains(id)));
  }

  // The node that starts the very container that a stop stopped.
  std::optional<std::size_t> own_start(const StopContainer& stop) const {
    return creates_.contains(stop.name) ? std::nullopt : found(starts_, stop.name);
  }

  // The starts of what replaces the container, or has something of it now.
  const std::vector<std::size_t>& heirs_of(std::size_t stop) { return heirs_[stop]; }

  void find_heirs() {
    std::map<std::string, std::size_t> stops;  // by id
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      if (const auto* stop = get<StopContainer>(i)) stops[stop->id] = i;
    }
    for (const auto& [name, start] : starts_) {
      std::set<std::size_t> before{plan_.nodes[start].takes_over.begin(), plan_.nodes[start].takes_over.end()};
      if (const auto made = found(creates_, name)) {
        if (const auto stop = found(stops, get<CreateContainer>(*made)->replaces)) before.insert(*stop);
      }
      for (const std::size_t stop : before) heirs_[stop].push_back(start);
    }
  }

  bool is_served(std::size_t i, const std::vector<std::size_t>& heirs) const {
    const auto& stop = *get<StopContainer>(i);
    if (const auto own = own_start(stop)) {
      // A restart changes nothing: what could not be started would only fail again.
      const bool hopeless = states_[*own] == NodeState::failed && get<StartContainer>(*own)->part_of == PartOf::restart;
      return running_.contains(*own) || hopeless;
    }
    return goes(stop.id) || (!heirs.empty() && std::all_of(heirs.begin(), heirs.end(),
                                                           [&](auto heir) { return running_.contains(heir); }));
  }

  // Which containers start again, and which have to give way to them.
  void decide() {
    for (bool grown = true; grown;) {
      grown = false;
      for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
        const auto* stop = get<StopContainer>(i);
        if (stop == nullptr || !stop->was_running || states_[i] == NodeState::waiting || returning_.contains(stop->id))
          continue;
        const std::vector<std::size_t>& heirs = heirs_of(i);
        if (is_served(i, heirs)) continue;
        returning_.insert(stop->id);
        grown = true;
        for (const std::size_t heir : heirs) {
          if (running_.erase(heir) > 0) giving_way_.insert(heir);
        }
      }
    }
  }

  void finish_removal(std::size_t i) {
    const auto* remove = get<RemoveContainer>(i);
    if (remove == nullptr || succeeded(i) || !ready(i) || returning_.contains(remove->id)) return;
    undo_.push_back(plan_.nodes[i].operation);
  }

  void give_way(std::size_t i) {
    if (!giving_way_.contains(i)) return;
    const std::string& name = get<StartContainer>(i)->name;
    undo_.push_back(StopContainer{name, name, {}});
    if (creates_.contains(name)) undo_.push_back(RemoveContainer{name, name});
  }

  void unmake_container(std::size_t i) {
    const auto* create = get<CreateContainer>(i);
    if (create == nullptr || !succeeded(i)) return;
    const auto start = found(starts_, create->spec.name);
    const bool in_vain = start ? !running_.contains(*start) : returning_.contains(create->replaces);
    if (!in_vain) return;
    unmade_.insert(i);
    const bool is_removed = start && giving_way_.contains(*start);
    if (!is_removed) undo_.push_back(RemoveContainer{create->spec.name, create->spec.name, true});
  }

  // To containers that were put aside, for a replacement that came to nothing or for one that has their name.
  void give_back(std::size_t i) {
    if (!succeeded(i)) return;
    if (const auto* create = get<CreateContainer>(i);
        create != nullptr && unmade_.contains(i) && !create->replaces.empty())
      name_again(create->replaces, create->replaced_name);
    const auto* aside = get<PutAside>(i);
    if (aside == nullptr || goes(aside->id)) return;
    const auto successor = found(successors_, aside->id);
    const bool replaced = successor && succeeded(*successor) && !unmade_.contains(*successor);
    const auto taker = found(creates_, aside->name);
    const bool free = !taker || !succeeded(*taker) || unmade_.contains(*taker);
    if (!replaced && free) name_again(aside->id, aside->name);
  }

  void name_again(const std::string& id, const std::string& name) {
    if (named_.insert(id).second) undo_.push_back(RenameContainer{id, name});
  }

  // By something that runs, or was made and stays.
  bool is_used(std::size_t network) const {
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      const bool stays = running_.contains(i) || (get<CreateContainer>(i) && succeeded(i) && !unmade_.contains(i));
      const auto& before = plan_.nodes[i].after;
      if (stays && std::find(before.begin(), before.end(), network) != before.end()) return true;
    }
    return false;
  }

  void unmake_network(std::size_t i) {
    const auto* network = get<CreateNetwork>(i);
    if (network == nullptr || !succeeded(i) || is_used(i)) return;
    undo_.push_back(RemoveNetwork{network->spec.name, network->spec.name, {}});
    gone_.insert(network->spec.name);
  }

  void remake_network(std::size_t i) {
    const auto* network = get<RemoveNetwork>(i);
    if (network == nullptr || !network->replaced || !succeeded(i)) return;
    const bool there = std::any_of(plan_.nodes.begin(), plan_.nodes.end(), [&](const Node& node) {
      const auto* create = std::get_if<CreateNetwork>(&node.operation);
      return create != nullptr && create->spec.name == network->name &&
             succeeded(static_cast<std::size_t>(&node - plan_.nodes.data())) && !gone_.contains(network->name);
    });
    if (!there) undo_.push_back(CreateNetwork{*network->replaced});
  }

  void start_again(std::size_t i) {
    const auto* stop = get<StopContainer>(i);
    if (stop != nullptr && returning_.contains(stop->id)) undo_.push_back(StartContainer{stop->id});
  }

  const Plan& plan_;
  const std::vector<NodeState>& states_;
  std::map<std::string, std::size_t> starts_, creates_;       // by name
  std::map<std::string, std::size_t> removals_, successors_;  // by id, of what goes and what is replaced
  std::map<std::size_t, std::vector<std::size_t>> heirs_;     // starts, by stop
  std::set<std::size_t> running_;                             // starts that succeeded and stay
  std::set<std::size_t> giving_way_;                          // starts that succeeded in vain
  std::set<std::size_t> unmade_;                              // creates
  std::set<std::string> gone_;                                // names of networks that were made and are removed
  std::set<std::string> returning_, named_;  // ids of containers that start again, that get their name back
  std::vector<Operation> undo_;
};

}  // namespace

std::vector<Operation> roll_back(const Plan& plan, const std::vector<NodeState>& states) {
  return plan.for_good ? std::vector<Operation>{} : RollBack{plan, states}.run();
}

}  // namespace stack::compose
