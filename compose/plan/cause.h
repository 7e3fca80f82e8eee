// Why an operation is planned: a value that says what differs and where that stands in the user's file. Pure.
//
// Texts are made at the edges by to_text(); programs and revisions get the JSON form (plan_json.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/enum_words.h"
#include "base/model/container_state.h"
#include "compose/model/place.h"

namespace stack::compose {

enum class ChangeKind { changed, added, removed };
constexpr auto words_of(ChangeKind) {
  using enum ChangeKind;
  return std::array{Word{changed, "changed"}, Word{added, "added"}, Word{removed, "removed"}};
}

// One attribute in which what exists differs from what is wanted.
struct AttributeChange {
  std::string path;  // in the Compose file's terms: "environment.GREETING"
  ChangeKind kind = ChangeKind::changed;
  // One short line each; absent for what is long, has no such form, or sounds like a secret.
  std::optional<std::string> before{}, after{};
  SourcePlace place{};  // of the new value, or of what it should stand in
  bool operator==(const AttributeChange&) const = default;
};

// Asked for in so many words: by a flag ("--wait"), or by the command itself.
struct Requested {
  std::string flag{};
  bool operator==(const Requested&) const = default;
};
struct Missing {  // it does not exist
  bool operator==(const Missing&) const = default;
};
struct TooFewReplicas {
  int existing = 0, wanted = 0;
  bool operator==(const TooFewReplicas&) const = default;
};
struct TooManyReplicas {
  int existing = 0, wanted = 0;
  bool operator==(const TooManyReplicas&) const = default;
};
struct DuplicateReplica {  // another container has its number
  bool operator==(const DuplicateReplica&) const = default;
};
struct NotRunning {
  model::Status status = model::Status::exited;
  bool operator==(const NotRunning&) const = default;
};
struct ConfigurationChanged {
  std::vector<AttributeChange> changes;  // empty: only where nothing of a container shows it
  bool operator==(const ConfigurationChanged&) const = default;
};
struct ImageChanged {
  std::string reference, before, after;  // ids
  bool operator==(const ImageChanged&) const = default;
};
struct DefinitionChanged {  // of a network
  bool operator==(const DefinitionChanged&) const = default;
};
struct NetworkReplaced {  // a network that it is on
  std::string network;
  bool operator==(const NetworkReplaced&) const = default;
};
struct NetworkRecreated {  // it was stopped for that, and starts again
  bool operator==(const NetworkRecreated&) const = default;
};
struct PartnerRecreated {  // a service of whose first container it has a namespace or volumes
  std::string service;
  bool operator==(const PartnerRecreated&) const = default;
};
struct DependencyRecreated {
  std::string service;
  bool operator==(const DependencyRecreated&) const = default;
};
struct InterruptedRecreation {  // it has the name of a container that was to be replaced
  bool operator==(const InterruptedRecreation&) const = default;
};
struct NameNeeded {  // another container gets its name
  bool operator==(const NameNeeded&) const = default;
};
struct Orphan {
  bool operator==(const Orphan&) const = default;
};
struct TakenDown {
  bool operator==(const TakenDown&) const = default;
};
struct NeededBy {
  std::string service;
  bool operator==(const NeededBy&) const = default;
};
// An image is pulled: because it is missing, because the one that is there is for another platform, or because its policy asks the
// registry although it is there.
struct PullWanted {
  std::string policy;
  bool present = false;
  std::string platform{}, present_for{};  // the wanted one and that of the image here, where they do not go together
  SourcePlace place{};  // of the service's image
  bool operator==(const PullWanted&) const = default;
};

using Cause = std::variant<Requested, Missing, TooFewReplicas, TooManyReplicas, DuplicateReplica, NotRunning,
                           ConfigurationChanged, ImageChanged, DefinitionChanged, NetworkReplaced, NetworkRecreated,
                           PartnerRecreated, DependencyRecreated, InterruptedRecreation, NameNeeded, Orphan, TakenDown,
                           NeededBy, PullWanted>;

// "environment.GREETING: Hello -> Moin", "labels.tier removed", "healthcheck".
std::string to_text(const AttributeChange& change);
// "configuration changed: environment.A: 1 -> 2, healthcheck"; of one map, at most a few keys.
std::string to_text(const Cause& cause);

}  // namespace stack::compose
