// The members of operations and causes, one table each: what the plan's JSON form is made from. A member is named here once.
#pragma once

#include <string_view>
#include <type_traits>

#include "compose/model/same.h"
#include "compose/plan/plan.h"

namespace stack::compose {

template <class T>
struct PlanName;  // the stable word of an operation or a cause
#define STACK_PLAN_NAME(Type, word)                 \
  template <>                                       \
  struct PlanName<Type> {                           \
    static constexpr std::string_view value = word; \
  };
STACK_PLAN_NAME(PullImage, "pull_image")
STACK_PLAN_NAME(BuildImage, "build_image")
STACK_PLAN_NAME(RemoveImage, "remove_image")
STACK_PLAN_NAME(CreateNetwork, "create_network")
STACK_PLAN_NAME(RemoveNetwork, "remove_network")
STACK_PLAN_NAME(CreateVolume, "create_volume")
STACK_PLAN_NAME(RemoveVolume, "remove_volume")
STACK_PLAN_NAME(CreateContainer, "create_container")
STACK_PLAN_NAME(UpdateContainer, "update_container")
STACK_PLAN_NAME(PutAside, "put_aside")
STACK_PLAN_NAME(RenameContainer, "rename_container")
STACK_PLAN_NAME(StartContainer, "start_container")
STACK_PLAN_NAME(StopContainer, "stop_container")
STACK_PLAN_NAME(KillContainer, "kill_container")
STACK_PLAN_NAME(PauseContainer, "pause_container")
STACK_PLAN_NAME(UnpauseContainer, "unpause_container")
STACK_PLAN_NAME(RemoveContainer, "remove_container")
STACK_PLAN_NAME(RunHook, "run_hook")
STACK_PLAN_NAME(WaitFor, "wait_for")
STACK_PLAN_NAME(Requested, "requested")
STACK_PLAN_NAME(Missing, "missing")
STACK_PLAN_NAME(TooFewReplicas, "too_few_replicas")
STACK_PLAN_NAME(TooManyReplicas, "too_many_replicas")
STACK_PLAN_NAME(DuplicateReplica, "duplicate_replica")
STACK_PLAN_NAME(NotRunning, "not_running")
STACK_PLAN_NAME(ConfigurationChanged, "configuration_changed")
STACK_PLAN_NAME(ImageChanged, "image_changed")
STACK_PLAN_NAME(DefinitionChanged, "definition_changed")
STACK_PLAN_NAME(NetworkReplaced, "network_replaced")
STACK_PLAN_NAME(NetworkRecreated, "network_recreated")
STACK_PLAN_NAME(PartnerRecreated, "partner_recreated")
STACK_PLAN_NAME(DependencyRecreated, "dependency_recreated")
STACK_PLAN_NAME(InterruptedRecreation, "interrupted_recreation")
STACK_PLAN_NAME(NameNeeded, "name_needed")
STACK_PLAN_NAME(Orphan, "orphan")
STACK_PLAN_NAME(TakenDown, "taken_down")
STACK_PLAN_NAME(NeededBy, "needed_by")
STACK_PLAN_NAME(PullWanted, "pull_wanted")
#undef STACK_PLAN_NAME

// --- operations ------------------------------------------------------------------------------------------------------
template <class F>
void fields(Same<PullImage> auto& it, F&& field) {
  field("reference", it.reference);
  field("platform", it.platform);
  field("policy", it.policy);
  field("services", it.services);
  field("place", it.place);
}
template <class F>
void fields(Same<BuildImage> auto& it, F&& field) {
  field("service", it.service);
  field("reference", it.reference);
}
template <class F>
void fields(Same<RemoveImage> auto& it, F&& field) {
  field("reference", it.reference);
  field("if_unused", it.if_unused);
}
template <class F>
void fields(Same<CreateNetwork> auto& it, F&& field) {
  field("spec", it.spec);
}
template <class F>
void fields(Same<RemoveNetwork> auto& it, F&& field) {
  field("id", it.id);
  field("name", it.name);
  field("replaced", it.replaced);
  field("if_unused", it.if_unused);
  field("kept_by", it.kept_by);
}
template <class F>
void fields(Same<CreateVolume> auto& it, F&& field) {
  field("spec", it.spec);
}
template <class F>
void fields(Same<RemoveVolume> auto& it, F&& field) {
  field("name", it.name);
  field("if_unused", it.if_unused);
  field("kept_by", it.kept_by);
}
template <class F>
void fields(Same<CreateContainer> auto& it, F&& field) {
  field("spec", it.spec);
  field("replaces", it.replaces);
  field("renew_volumes", it.renew_volumes);
  field("replaced_name", it.replaced_name);
  field("stops_later", it.stops_later);
}
template <class F>
void fields(Same<UpdateContainer> auto& it, F&& field) {
  field("id", it.id);
  field("name", it.name);
  field("resources", it.resources);
  field("restart", it.restart);
}
template <class F>
void fields(Same<PutAside> auto& it, F&& field) {
  field("id", it.id);
  field("name", it.name);
}
template <class F>
void fields(Same<RenameContainer> auto& it, F&& field) {
  field("id", it.id);
  field("new_name", it.new_name);
}
template <class F>
void fields(Same<StartContainer> auto& it, F&& field) {
  field("name", it.name);
  field("part_of", it.part_of);
}
template <class F>
void fields(Same<StopContainer> auto& it, F&& field) {
  field("id", it.id);
  field("name", it.name);
  field("grace_ns", it.grace);
  field("part_of", it.part_of);
  field("was_running", it.was_running);
  field("replaced_by", it.replaced_by);
}
template <class F>
void fields(Same<KillContainer> auto& it, F&& field) {
  field("id", it.id);
  field("name", it.name);
  field("signal", it.signal);
}
template <class F>
void fields(Same<PauseContainer> auto& it, F&& field) {
  field("id", it.id);
  field("name", it.name);
}
template <class F>
void fields(Same<UnpauseContainer> auto& it, F&& field) {
  field("id", it.id);
  field("name", it.name);
}
template <class F>
void fields(Same<RemoveContainer> auto& it, F&& field) {
  field("id", it.id);
  field("name", it.name);
  field("anonymous_volumes", it.anonymous_volumes);
  field("part_of", it.part_of);
}
template <class F>
void fields(Same<RunHook> auto& it, F&& field) {
  field("container", it.container);
  field("id", it.id);
  field("service", it.service);
  field("point", it.point);
  field("index", it.index);
  field("spec", it.spec);
}
template <class F>
void fields(Same<WaitFor> auto& it, F&& field) {
  field("service", it.service);
  field("names", it.names);
  field("condition", it.condition);
  field("required", it.required);
  field("asked", it.asked);
}

// --- causes ----------------------------------------------------------------------------------------------------------
template <class T>
concept BareCause =
    Same<T, Missing> || Same<T, DuplicateReplica> || Same<T, DefinitionChanged> || Same<T, NetworkRecreated> ||
    Same<T, InterruptedRecreation> || Same<T, NameNeeded> || Same<T, Orphan> || Same<T, TakenDown>;
template <class F>
void fields(BareCause auto&, F&&) {}
template <class T>
concept CauseOfService = Same<T, PartnerRecreated> || Same<T, DependencyRecreated> || Same<T, NeededBy>;
template <class F>
void fields(CauseOfService auto& it, F&& field) {
  field("service", it.service);
}
template <class T>
concept CauseOfScale = Same<T, TooFewReplicas> || Same<T, TooManyReplicas>;
template <class F>
void fields(CauseOfScale auto& it, F&& field) {
  field("existing", it.existing);
  field("wanted", it.wanted);
}
template <class F>
void fields(Same<Requested> auto& it, F&& field) {
  field("flag", it.flag);
}
template <class F>
void fields(Same<NotRunning> auto& it, F&& field) {
  field("status", it.status);
}
template <class F>
void fields(Same<ConfigurationChanged> auto& it, F&& field) {
  field("changes", it.changes);
}
template <class F>
void fields(Same<AttributeChange> auto& it, F&& field) {
  field("path", it.path);
  field("change", it.kind);
  field("before", it.before);
  field("after", it.after);
  field("place", it.place);
}
template <class F>
void fields(Same<ImageChanged> auto& it, F&& field) {
  field("reference", it.reference);
  field("before", it.before);
  field("after", it.after);
}
template <class F>
void fields(Same<NetworkReplaced> auto& it, F&& field) {
  field("network", it.network);
}
template <class F>
void fields(Same<PullWanted> auto& it, F&& field) {
  field("policy", it.policy);
  field("present", it.present);
  field("platform", it.platform);
  field("present_for", it.present_for);
  field("place", it.place);
}

// --- the plan --------------------------------------------------------------------------------------------------------
template <class F>
void fields(Same<Node> auto& it, F&& field) {
  field("operation", it.operation);
  field("cause", it.cause);
  field("after", it.after);
  field("takes_over", it.takes_over);
}
template <class F>
void fields(Same<Plan> auto& it, F&& field) {
  field("nodes", it.nodes);
  field("warnings", it.warnings);
  field("kept", it.kept);
  field("for_good", it.for_good);
  field("pulls", it.pulls);
}

}  // namespace stack::compose
