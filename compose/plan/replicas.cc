#include "compose/plan/replicas.h"

#include <algorithm>
#include <set>

#include "compose/plan/difference.h"
#include "compose/plan/wanted_container.h"

namespace stack::compose {
namespace {

using Kind = ReplicaDecision::Kind;

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// Why this container is not what it should be; empty when it is.
std::string divergence(const ReplicaInput& input, const model::Container& container) {
  const model::ContainerSpec wanted =
      container_spec(input.project, input.service, container.spec.replica, input.image_id, input.hash);
  if (container.spec.config_hash != input.hash) {
    const std::vector<std::string> changed = changed_attributes(container.spec, wanted);
    return changed.empty() ? "configuration changed" : "configuration changed: " + join(changed);
  }
  if (container.spec.image_id != input.image_id) return "image changed: " + wanted.image;
  for (const model::Endpoint& endpoint : container.state.endpoints) {
    const auto& gone = input.replaced_networks;
    if (std::find(gone.begin(), gone.end(), endpoint.network_id) != gone.end()) {
      return "network changed: " + endpoint.network;
    }
  }
  // A recreate that was cut short has left the old container under another name.
  if (container.spec.name != wanted.name) return "left over from an earlier recreate";
  return {};
}

bool is_running(const model::Container& container) {
  return container.state.status == model::Status::running || container.state.status == model::Status::restarting;
}

}  // namespace

std::vector<ReplicaDecision> decide_replicas(const ReplicaInput& input) {
  struct Candidate {
    const model::Container* container;
    std::string divergence;
  };
  std::vector<Candidate> candidates;
  for (const model::Container* container : input.existing) {
    std::string why = input.policy == RecreatePolicy::never ? std::string{} : divergence(input, *container);
    if (why.empty() && input.policy == RecreatePolicy::force) why = input.forced_by;
    candidates.push_back({container, std::move(why)});
  }
  // Those that are right come first, then low numbers: scaling down takes obsolete and high ones.
  std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    if (a.divergence.empty() != b.divergence.empty()) return a.divergence.empty();
    if (a.container->spec.replica != b.container->spec.replica)
      return a.container->spec.replica < b.container->spec.replica;
    return a.container->created > b.container->created;
  });

  std::vector<ReplicaDecision> survivors, created, removed;
  std::set<int> numbers;
  int highest = 0;
  for (const Candidate& candidate : candidates) {
    const model::Container& container = *candidate.container;
    const int number = container.spec.replica;
    highest = std::max(highest, number);
    if (numbers.contains(number)) {
      removed.push_back({Kind::remove, &container, number, "another container has its number"});
    } else if (static_cast<int>(survivors.size()) >= input.wanted) {
      removed.push_back(
          {Kind::remove, &container, number,
           "scale is " + std::to_string(input.wanted) + ", " + std::to_string(candidates.size()) + " exist"});
    } else {
      numbers.insert(number);
      const Kind kind = !candidate.divergence.empty() ? Kind::recreate
                        : is_running(container)       ? Kind::keep
                                                      : Kind::start;
      std::string cause = candidate.divergence;
      if (kind == Kind::start) cause = model::to_string(container.state.status);
      survivors.push_back({kind, &container, number, std::move(cause)});
    }
  }
  while (static_cast<int>(survivors.size() + created.size()) < input.wanted) {
    created.push_back({Kind::create, nullptr, ++highest,
                       std::to_string(survivors.size()) + " of " + std::to_string(input.wanted) + " replicas exist"});
  }
  std::stable_sort(survivors.begin(), survivors.end(),
                   [](const auto& a, const auto& b) { return a.number < b.number; });
  survivors.insert(survivors.end(), created.begin(), created.end());
  survivors.insert(survivors.end(), removed.begin(), removed.end());
  return survivors;
}

}  // namespace stack::compose
