#include "compose/plan/operation.h"

namespace stack::compose {
namespace {

using model::SubjectKind;

std::string joined(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& each : names) list += (list.empty() ? "" : ", ") + each;
  return list;
}

struct SubjectOf {
  model::Subject operator()(const PullImage& o) const {
    return o.services.empty() ? model::Subject{SubjectKind::reference, o.reference}
                              : model::Subject{SubjectKind::service, joined(o.services)};
  }
  model::Subject operator()(const BuildImage& o) const { return {SubjectKind::service, o.service}; }
  model::Subject operator()(const RemoveImage& o) const { return {SubjectKind::image, o.reference}; }
  model::Subject operator()(const CreateNetwork& o) const { return {SubjectKind::network, o.spec.name}; }
  model::Subject operator()(const RemoveNetwork& o) const { return {SubjectKind::network, o.name}; }
  model::Subject operator()(const CreateVolume& o) const { return {SubjectKind::volume, o.spec.name}; }
  model::Subject operator()(const RemoveVolume& o) const { return {SubjectKind::volume, o.name}; }
  model::Subject operator()(const CreateContainer& o) const { return {SubjectKind::container, o.spec.name}; }
  model::Subject operator()(const UpdateContainer& o) const { return {SubjectKind::container, o.name}; }
  model::Subject operator()(const PutAside& o) const { return {SubjectKind::container, o.name}; }
  model::Subject operator()(const RenameContainer& o) const { return {SubjectKind::container, o.new_name}; }
  model::Subject operator()(const StartContainer& o) const { return {SubjectKind::container, o.name}; }
  model::Subject operator()(const StopContainer& o) const {
    return {SubjectKind::container, o.replaced_by.empty() ? o.name : o.replaced_by};
  }
  model::Subject operator()(const KillContainer& o) const { return {SubjectKind::container, o.name}; }
  model::Subject operator()(const PauseContainer& o) const { return {SubjectKind::container, o.name}; }
  model::Subject operator()(const UnpauseContainer& o) const { return {SubjectKind::container, o.name}; }
  model::Subject operator()(const RemoveContainer& o) const { return {SubjectKind::container, o.name}; }
  model::Subject operator()(const RunHook& o) const { return {SubjectKind::container, o.container}; }
  model::Subject operator()(const WaitFor& o) const { return {SubjectKind::service, o.service}; }
};

struct Description {
  std::string operator()(const PullImage& o) const {
    return "pull image " + o.reference + (o.services.empty() ? "" : " for " + joined(o.services));
  }
  std::string operator()(const BuildImage& o) const { return "build image " + o.reference + " of " + o.service; }
  std::string operator()(const RemoveImage& o) const { return "remove image " + o.reference; }
  std::string operator()(const CreateNetwork& o) const { return "create network " + o.spec.name; }
  std::string operator()(const RemoveNetwork& o) const { return "remove network " + o.name; }
  std::string operator()(const CreateVolume& o) const { return "create volume " + o.spec.name; }
  std::string operator()(const RemoveVolume& o) const { return "remove volume " + o.name; }
  std::string operator()(const CreateContainer& o) const {
    return (o.replaces.empty() ? "create container " : "recreate container ") + o.spec.name;
  }
  std::string operator()(const UpdateContainer& o) const { return "update container " + o.name; }
  std::string operator()(const PutAside& o) const { return "put aside container " + o.name; }
  std::string operator()(const RenameContainer& o) const { return "rename container " + o.id + " to " + o.new_name; }
  std::string operator()(const StartContainer& o) const { return "start container " + o.name; }
  std::string operator()(const StopContainer& o) const { return "stop container " + o.name; }
  std::string operator()(const KillContainer& o) const { return "kill container " + o.name + " with " + o.signal; }
  std::string operator()(const PauseContainer& o) const { return "pause container " + o.name; }
  std::string operator()(const UnpauseContainer& o) const { return "unpause container " + o.name; }
  std::string operator()(const RemoveContainer& o) const { return "remove container " + o.name; }
  std::string operator()(const RunHook& o) const {
    const std::string where = o.point == HookPoint::pre_start ? " of " + o.service : "";
    return "run hook " + std::string{to_word(o.point)} + "[" + std::to_string(o.index) + "]" + where +
           " in container " + o.container;
  }
  std::string operator()(const WaitFor& o) const {
    return "wait for " + o.service + " (" + std::string{to_text(o.condition)} + ")";
  }
};

}  // namespace

model::Subject subject(const Operation& operation) { return std::visit(SubjectOf{}, operation); }
std::string describe(const Operation& operation) { return std::visit(Description{}, operation); }
bool may_stay(const Operation& operation) {
  return std::visit(
      [](const auto& o) {
        if constexpr (requires { o.if_unused; }) return o.if_unused;
        return false;
      },
      operation);
}

}  // namespace stack::compose
