#include "engine/state/coalesce.h"

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
  Key operator()(const PutRevision& c) const {
    return {"revision", c.value.project + "/" + std::to_string(c.value.number)};
  }
  Key operator()(const AppendEvent& c) const { return {"event", std::to_string(c.value.sequence)}; }
  Key operator()(const PutMeta& c) const { return {"meta", c.key}; }
};

}  // namespace

void coalesce(std::vector<Change>& changes) {
  std::set<std::pair<std::string, std::string>> seen;
  std::uint64_t events = 0;
  std::vector<bool> superseded(changes.size());
  for (std::size_t i = changes.size(); i-- > 0;) {
    const bool old_event = std::holds_alternative<AppendEvent>(changes[i]) && ++events > kEventsKept;
    const auto [kind, key] = std::visit(KeyOf{}, changes[i]);
    superseded[i] = old_event || !seen.emplace(kind, key).second;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (superseded[i]) continue;
    if (kept != i) changes[kept] = std::move(changes[i]);
    ++kept;
  }
  changes.erase(changes.begin() + static_cast<std::ptrdiff_t>(kept), changes.end());
}

}  // namespace stack::state
