#include "compose/plan/cause.h"

#include <map>

#include "base/model/progress_event.h"

namespace stack::compose {
namespace {

constexpr std::size_t kKeysMax = 4;  // of one map

// "environment" of "environment.A"; empty for an attribute that is no map.
std::string map_of(const std::string& path) {
  const std::size_t dot = path.find('.');
  return dot == std::string::npos ? std::string{} : path.substr(0, dot);
}

std::string list_of(const std::vector<AttributeChange>& changes) {
  std::map<std::string, std::size_t> of_map, shown;
  for (const AttributeChange& change : changes) ++of_map[map_of(change.path)];
  std::string text;
  const auto add = [&](const std::string& item) { text += (text.empty() ? "" : ", ") + item; };
  for (const AttributeChange& change : changes) {
    const std::string map = map_of(change.path);
    if (map.empty() || shown[map] < kKeysMax) {
      add(to_text(change));
    } else if (shown[map] == kKeysMax) {
      add(std::to_string(of_map[map] - kKeysMax) + " more of " + map);
    }
    ++shown[map];
  }
  return text;
}

struct Text {
  std::string operator()(const Requested& c) const { return c.flag.empty() ? "requested" : "requested by " + c.flag; }
  std::string operator()(const Missing&) const { return "it does not exist"; }
  std::string operator()(const TooFewReplicas& c) const {
    return std::to_string(c.existing) + " of " + std::to_string(c.wanted) + " replicas exist";
  }
  std::string operator()(const TooManyReplicas& c) const {
    return "scale is " + std::to_string(c.wanted) + ", " + std::to_string(c.existing) + " exist";
  }
  std::string operator()(const DuplicateReplica&) const { return "another container has its number"; }
  std::string operator()(const NotRunning& c) const { return std::string{model::to_string(c.status)}; }
  std::string operator()(const ConfigurationChanged& c) const {
    return c.changes.empty() ? "configuration changed" : std::string{model::kConfigurationChanged} + list_of(c.changes);
  }
  std::string operator()(const ImageChanged& c) const { return "image changed: " + c.reference; }
  std::string operator()(const DefinitionChanged&) const { return "its definition changed"; }
  std::string operator()(const NetworkReplaced& c) const { return "network changed: " + c.network; }
  std::string operator()(const NetworkRecreated&) const { return "its network was recreated"; }
  std::string operator()(const PartnerRecreated& c) const { return "service " + c.service + " is recreated"; }
  std::string operator()(const DependencyRecreated& c) const { return "dependency " + c.service + " is recreated"; }
  std::string operator()(const InterruptedRecreation&) const { return "left over from an earlier recreate"; }
  std::string operator()(const NameNeeded&) const { return "its name goes to another container"; }
  std::string operator()(const Orphan&) const { return "orphan"; }
  std::string operator()(const TakenDown&) const { return "the project is taken down"; }
  std::string operator()(const NeededBy& c) const { return c.service + " depends on it"; }
  std::string operator()(const PullWanted& c) const {
    if (!c.present) return "it is not here";
    if (!c.platform.empty()) return "platform: " + c.platform + ", the image here is for " + c.present_for;
    return "pull policy: " + c.policy;
  }
};

}  // namespace

std::string to_text(const AttributeChange& change) {
  switch (change.kind) {
    case ChangeKind::changed:
      return change.path + (change.before && change.after ? ": " + *change.before + " -> " + *change.after : "");
    case ChangeKind::added:
      return change.path + " added" + (change.after ? ": " + *change.after : "");
    case ChangeKind::removed:
      return change.path + " removed";
  }
  return change.path;
}

std::string to_text(const Cause& cause) { return std::visit(Text{}, cause); }

}  // namespace stack::compose
