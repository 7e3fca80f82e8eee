// What a plan can ask of an engine: one small struct an operation. Values.
//
// Whoever handles operations does so by std::visit without a default, so that a new one does not compile until it is handled.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/enum_words.h"
#include "base/model/container_spec.h"
#include "base/model/network_spec.h"
#include "base/model/progress_event.h"
#include "base/model/volume_spec.h"
#include "compose/model/service.h"

namespace stack::compose {

// --- images ----------------------------------------------------------------------------------------------------------
struct PullImage {
  std::string reference;
  std::string platform{};               // empty: this machine's
  std::string policy{};                 // Compose's pull_policy
  std::vector<std::string> services{};  // that want it
  SourcePlace place{};                  // of the first one's `image`
};
// What is built stands in the service's `build`, and as a spec in the request.
struct BuildImage {
  std::string service;    // the first of those that share it
  std::string reference;  // the name that the image gets
};
// With `if_unused`, what something still uses stays, which is reported and no failure: here and below.
struct RemoveImage {
  std::string reference;
  bool if_unused = true;
};

// --- networks and volumes --------------------------------------------------------------------------------------------
struct CreateNetwork {
  model::NetworkSpec spec;
};
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

// --- containers ------------------------------------------------------------------------------------------------------
// What an operation is a part of, and therefore reported as: stopping the container that a new one replaces is the last step of the
// recreation of the new one, and removing it is no event of its own.
// A container that did not run is restarted by its start alone, which is the whole of it.
enum class PartOf { itself, recreation, restart, whole_restart };
constexpr auto words_of(PartOf) {
  using enum PartOf;
  return std::array{Word{itself, "itself"}, Word{recreation, "recreation"}, Word{restart, "restart"},
                    Word{whole_restart, "whole_restart"}};
}

// With `replaces`, an existing container (id) gives up its name to the new one, and its anonymous volumes unless renewed.
struct CreateContainer {
  model::ContainerSpec spec;
  std::string replaces;
  bool renew_volumes = false;
  std::string replaced_name;  // what the existing container is called when all of this comes to nothing
  bool stops_later = false;   // the existing container: the recreation ends when it has stopped
};
// Changes what needs no new container. Nothing plans it: as Docker Compose does, `up` recreates.
struct UpdateContainer {
  std::string id, name;
  model::Resources resources{};
  model::RestartPolicy restart{};
};
// A container that goes gives up its name before: until then it is called "<short id>_<name>".
struct PutAside {
  std::string id, name;
};
// Gives a container another name, which must be free: one that was put aside gets its own back by this.
struct RenameContainer {
  std::string id, new_name;
};
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
struct KillContainer {
  std::string id, name;
  std::string signal = "SIGKILL";
};
struct PauseContainer {
  std::string id, name;
};
struct UnpauseContainer {
  std::string id, name;
};
struct RemoveContainer {
  std::string id, name;
  bool anonymous_volumes = false;
  PartOf part_of = PartOf::itself;
};

enum class HookPoint { pre_start, post_start, pre_stop };
constexpr auto words_of(HookPoint) {
  using enum HookPoint;
  return std::array{Word{pre_start, "pre_start"}, Word{post_start, "post_start"}, Word{pre_stop, "pre_stop"}};
}
// The hook with this index in the service's list of the point.
struct RunHook {
  std::string container;  // its name, which one that takes its place may have by then; of pre_start: the hook's own
  std::string id;         // empty: the one that has the name
  std::string service;
  HookPoint point = HookPoint::post_start;
  std::int32_t index = 0;
  std::optional<model::ContainerSpec> spec{};  // of pre_start: the container that runs it
};

// Until every named container fulfils the condition, or one no longer can.
struct WaitFor {
  std::string service;
  std::vector<std::string> names;
  DependencyCondition condition = DependencyCondition::started;
  bool required = true;  // false: failing is a warning
  bool asked = false;    // by --wait, and not by what depends on it
};

using Operation =
    std::variant<PullImage, BuildImage, RemoveImage, CreateNetwork, RemoveNetwork, CreateVolume, RemoveVolume,
                 CreateContainer, UpdateContainer, PutAside, RenameContainer, StartContainer, StopContainer,
                 KillContainer, PauseContainer, UnpauseContainer, RemoveContainer, RunHook, WaitFor>;

// What an operation is about, as progress shows it. Equal for the steps of one thing.
model::Subject subject(const Operation& operation);
// "create container shop-web-1".
std::string describe(const Operation& operation);
// Whether the plan's failure to do it is only reported: what is still in use stays.
bool may_stay(const Operation& operation);

}  // namespace stack::compose
