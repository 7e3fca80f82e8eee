// A plan: operations with the reason for each, and which must be done before which. The value between deciding and doing.
//
// Nodes stand in topological order: a node depends on smaller indices only. Everything that is independent may run at the same
// time. print() is the picture that tests, --dry-run and bug reports share.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/model/container_spec.h"
#include "base/model/network_spec.h"
#include "base/model/volume_spec.h"
#include "compose/model/project.h"
#include "compose/model/service.h"

namespace stack::compose {

struct CreateNetwork {
  model::NetworkSpec spec;
};
// With `if_unused`, one that something still uses stays, which is told and no failure.
struct RemoveNetwork {
  std::string id, name;
  std::optional<model::NetworkSpec> replaced;  // what it was, when another of its name takes its place
  bool if_unused = false;
  std::string
      kept_by{};  // which containers of the project keep it, and how they could go as well: "by shop-psql-1 (...)"
};
struct CreateVolume {
  model::VolumeSpec spec;
};
struct RemoveVolume {
  std::string name;
  bool if_unused = false;
  std::string kept_by{};  // as above
};
// With `replaces`, an existing container (id) gives up its name to the new one, and its anonymous volumes unless renewed.
struct CreateContainer {
  model::ContainerSpec spec;
  std::string replaces;
  bool renew_volumes = false;
  std::string replaced_name;  // what the existing container is called when all of this comes to nothing
  bool stops_later = false;   // the existing container: the recreation ends when it has stopped
};
// A container that goes gives up its name before: until then it is called "<short id>_<name>".
struct PutAside {
  std::string id, name;
};
// What an operation is a part of, and therefore reported as: stopping the container that a new one replaces is the last step of the
// recreation of the new one, and removing it is no event of its own.
// A container that did not run is restarted by its start alone, which is the whole of it.
enum class PartOf { itself, recreation, restart, whole_restart };

// By name: the container may be one that the plan creates.
struct StartContainer {
  std::string name;
  PartOf part_of = PartOf::itself;
};
struct StopContainer {
  std::string id, name;
  std::optional<Nanos> grace;  // unset: the container's own
  PartOf part_of = PartOf::itself;
  bool was_running = true;
  std::string replaced_by{};  // part of a recreation: the name of the container that takes the place
};
struct RemoveContainer {
  std::string id, name;
  bool anonymous_volumes = false;
  PartOf part_of = PartOf::itself;
};
// Until every named container fulfils the condition, or one no longer can.
struct WaitFor {
  std::string service;
  std::vector<std::string> names;
  DependencyCondition condition = DependencyCondition::started;
  bool required = true;  // false: failing is a warning
  bool asked = false;    // by --wait, and not by what depends on it
};
using Operation = std::variant<CreateNetwork, RemoveNetwork, CreateVolume, RemoveVolume, CreateContainer, PutAside,
                               StartContainer, StopContainer, RemoveContainer, WaitFor>;

struct Node {
  Operation operation;
  std::vector<std::size_t> after;         // indices of nodes that must have succeeded
  std::string cause;                      // "configuration changed: environment"
  std::vector<std::size_t> takes_over{};  // of a start: the stops of the containers whose resources or names it has now
};

struct Plan {
  std::vector<Node> nodes;
  std::vector<std::string> warnings;
  std::vector<std::string> kept;  // names of the wanted containers that run already and stay as they are
  bool for_good = false;          // stop, down: nothing of it is undone when something fails

  [[nodiscard]] bool empty() const { return nodes.empty(); }
  std::size_t add(Operation operation, std::vector<std::size_t> after, std::string cause);
};

// What an operation is about, as progress shows it: "Container shop-web-1", "Network shop_inner", "Volume shop_data".
std::string subject(const Operation& operation);
// "create container shop-web-1".
std::string describe(const Operation& operation);
// Why the operation changes what exists, where nobody asked for that in so many words: of a recreation, and of what an `up` stops or
// replaces. Empty for everything else.
std::string unasked_cause(const Plan& plan, const Node& node);
// How many containers the plan creates, recreates, starts, stops, removes and leaves alone: "1 created, 4 recreated, 3 unchanged". What it
// does not do is left out; empty when it does nothing.
std::string summary(const Plan& plan);
// What the brackets of print() mean; empty when no node waits for another.
std::string legend(const Plan& plan);
// One line a node: "2 [0,1] start container shop-web-1 (service web: 0 of 3 replicas exist)".
std::string print(const Plan& plan);

}  // namespace stack::compose
