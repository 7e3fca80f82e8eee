#include "compose/run/roll_back.h"

#include <algorithm>

namespace stack::compose {

namespace {

class RollBack {
 public:
  RollBack(const Plan& plan, const std::vector<NodeState>& states) : plan_(plan), states_(states) {
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      nothing_started_ = nothing_started_ && !(get<StartContainer>(i) && succeeded(i));
    }
  }

  std::vector<Undo> run() {
    const std::size_t count = plan_.nodes.size();
    for (std::size_t i = 0; i < count; ++i) finish_replacement(i);
    for (std::size_t i = count; i-- > 0;) unmake_container(i);
    if (nothing_started_) {
      for (std::size_t i = count; i-- > 0;) unmake_network(i);
    }
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

  void finish_replacement(std::size_t i) {
    const auto* remove = get<RemoveContainer>(i);
    if (remove == nullptr || remove->part_of != PartOf::recreation || succeeded(i)) return;
    if (ready(i)) undo_.push_back(plan_.nodes[i].operation);
  }

  void unmake_container(std::size_t i) {
    const auto* create = get<CreateContainer>(i);
    if (create == nullptr || !succeeded(i)) return;
    const std::string& name = create->spec.name;
    bool to_start = false, started = false;
    for (std::size_t k = i + 1; k < plan_.nodes.size(); ++k) {
      const auto* start = get<StartContainer>(k);
      if (start == nullptr || start->name != name) continue;
      to_start = true;
      started = started || succeeded(k);
    }
    if (!to_start || started) return;
    undo_.push_back(RemoveContainer{name, name, true});
    if (!create->replaces.empty()) undo_.push_back(GiveBack{create->replaces, name});
  }

  void unmake_network(std::size_t i) {
    const auto* network = get<CreateNetwork>(i);
    if (network != nullptr && succeeded(i)) undo_.push_back(RemoveNetwork{network->spec.name, network->spec.name, {}});
  }

  void remake_network(std::size_t i) {
    const auto* network = get<RemoveNetwork>(i);
    if (network == nullptr || !network->replaced || !succeeded(i)) return;
    bool made_anew = false;
    for (std::size_t k = i + 1; k < plan_.nodes.size(); ++k) {
      const auto* create = get<CreateNetwork>(k);
      made_anew = made_anew || (create != nullptr && create->spec.name == network->name && succeeded(k));
    }
    if (!made_anew || nothing_started_) undo_.push_back(CreateNetwork{*network->replaced});
  }

  void start_again(std::size_t i) {
    const auto* stop = get<StopContainer>(i);
    if (stop == nullptr || !stop->was_running || !succeeded(i)) return;
    bool to_start = false;
    for (std::size_t k = i + 1; k < plan_.nodes.size(); ++k) {
      const auto* start = get<StartContainer>(k);
      const auto& before = plan_.nodes[k].after;
      if (start == nullptr || std::find(before.begin(), before.end(), i) == before.end()) continue;
      to_start = true;
      // It could not be started: trying again would only fail again.
      const bool same = start->name == stop->name && !is_replaced(stop->id);
      if (succeeded(k) || (same && states_[k] == NodeState::failed)) return;
    }
    if (to_start) undo_.push_back(StartContainer{stop->id});
  }

  bool is_replaced(const std::string& id) const {
    return std::any_of(plan_.nodes.begin(), plan_.nodes.end(), [&](const Node& node) {
      const auto* create = std::get_if<CreateContainer>(&node.operation);
      return create != nullptr && create->replaces == id;
    });
  }

  const Plan& plan_;
  const std::vector<NodeState>& states_;
  bool nothing_started_ = true;
  std::vector<Undo> undo_;
};

}  // namespace

std::vector<Undo> roll_back(const Plan& plan, const std::vector<NodeState>& states) {
  return RollBack{plan, states}.run();
}

}  // namespace stack::compose
