#include "engine/state/coalesce.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace stack::state {
namespace {

// The row that a change is about.
struct KeyOf {
  using Key = std::pair<const char*, std::string>;
  Key operator()(const PutContainer& c) const { return {"container", c.value.id}; }
  Key operator()(const DeleteContainer& c) const { return {"container", c.id}; }
  Key operator()(const PutNetwork& c) const { return {"network", c.value.id}; }
  Key operator()(const DeleteNetwork& c) const { return {"network", c.id}; }
  Key operator()(const PutVolume& c) const { return {"volume", c.value.spec.name}; }
  Key operator()(const DeleteVolume& c) const { return {"volume", c.name}; }
  Key operator()(const PutProject& c) const { return {"project", c.value.name}; }
  Key operator()(const DeleteProject& c) const { return {"project", c.name}; }
  Key operator()(const AppendEvent& c) const { return {"event", std::to_string(c.value.sequence)}; }
  Key operator()(const PutMeta& c) const { return {"meta", c.key}; }
};

}  // namespace

std::vector<Change> coalesced(std::vector<Change> changes) {
  std::set<std::pair<std::string, std::string>> seen;
  std::uint64_t events = 0;
  std::vector<Change> kept;
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    if (std::holds_alternative<AppendEvent>(*change) && ++events > kEventsKept) continue;
    const auto [kind, key] = std::visit(KeyOf{}, *change);
    if (seen.emplace(kind, key).second) kept.push_back(std::move(*change));
  }
  std::reverse(kept.begin(), kept.end());
  return kept;
}

}  // namespace stack::state
