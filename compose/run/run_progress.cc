#include "compose/run/run_progress.h"

#include <algorithm>
#include <map>
#include <set>

namespace stack::compose {
namespace {

using model::Action;
using model::Awaited;
using model::SubjectKind;

// How an operation is reported: as which action, and whether its beginning and its end are events.
struct Role {
  Action action;
  bool begins = true, ends = true;
};

struct RoleOf {
  Role operator()(const PullImage&) const { return {Action::pull}; }
  Role operator()(const BuildImage&) const { return {Action::build}; }
  Role operator()(const RemoveImage&) const { return {Action::remove}; }
  Role operator()(const CreateNetwork&) const { return {Action::create}; }
  Role operator()(const RemoveNetwork&) const { return {Action::remove}; }
  Role operator()(const CreateVolume&) const { return {Action::create}; }
  Role operator()(const RemoveVolume&) const { return {Action::remove}; }
  Role operator()(const CreateContainer& o) const {
    return o.replaces.empty() ? Role{Action::create} : Role{Action::recreate, true, !o.stops_later};
  }
  Role operator()(const UpdateContainer&) const { return {Action::update}; }
  Role operator()(const PutAside&) const { return {Action::rename, false, false}; }
  Role operator()(const RenameContainer&) const { return {Action::rename, false, false}; }
  Role operator()(const StartContainer& o) const {
    switch (o.part_of) {
      case PartOf::itself:
      case PartOf::recreation:
        return {Action::start};
      case PartOf::restart:
        return {Action::restart, false, true};
      case PartOf::whole_restart:
        return {Action::restart};
    }
    return {Action::start};
  }
  Role operator()(const StopContainer& o) const {
    switch (o.part_of) {
      case PartOf::itself:
        return {Action::stop};
      case PartOf::recreation:
        return {Action::replace, o.was_running, true};
      case PartOf::restart:
      case PartOf::whole_restart:
        return {Action::restart, true, false};
    }
    return {Action::stop};
  }
  Role operator()(const KillContainer&) const { return {Action::kill}; }
  Role operator()(const PauseContainer&) const { return {Action::pause}; }
  Role operator()(const UnpauseContainer&) const { return {Action::unpause}; }
  Role operator()(const RemoveContainer& o) const {
    const bool told = o.part_of != PartOf::recreation;
    return {Action::remove, told, told};
  }
  Role operator()(const RunHook&) const { return {Action::hook}; }
  Role operator()(const WaitFor& o) const {
    switch (o.condition) {
      case DependencyCondition::started:
        return {Action::wait_running};
      case DependencyCondition::healthy:
        return {Action::wait_healthy};
      case DependencyCondition::completed:
        return {Action::wait_completed};
    }
    return {Action::wait_running};
  }
};

Role role_of(const Operation& operation) { return std::visit(RoleOf{}, operation); }

Awaited awaited_of(DependencyCondition condition) {
  switch (condition) {
    case DependencyCondition::started:
      return Awaited::started;
    case DependencyCondition::healthy:
      return Awaited::healthy;
    case DependencyCondition::completed:
      return Awaited::completed;
  }
  return Awaited::started;
}

// `event` for each subject of the operation.
template <class Event>
std::vector<ProgressEvent> each(const Operation& operation, Event event) {
  const auto* wait = std::get_if<WaitFor>(&operation);
  if (wait == nullptr) {
    event.subject = subject(operation);
    return {std::move(event)};
  }
  std::vector<ProgressEvent> all;
  for (const std::string& name : wait->names) {
    event.subject = {SubjectKind::container, name};
    all.emplace_back(event);
  }
  return all;
}

// What has to be over before node `index` begins, but for steps of the same resource.
std::vector<model::WaitsFor> waits_of(const Plan& plan, std::size_t index) {
  const model::Subject own = subject(plan.nodes[index].operation);
  std::set<model::WaitsFor> reasons;
  std::set<std::size_t> seen;
  std::vector<std::size_t> open{index};
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    for (const std::size_t before : plan.nodes[at].after) {
      if (!seen.insert(before).second) continue;
      const Operation& operation = plan.nodes[before].operation;
      if (const auto* wait = std::get_if<WaitFor>(&operation)) {
        for (const std::string& name : wait->names) reasons.insert({name, awaited_of(wait->condition)});
      } else if (const model::Subject other = subject(operation); other == own) {
        open.push_back(before);  // what waits is an earlier step of it
      } else if (std::holds_alternative<StartContainer>(operation)) {
        reasons.insert({other.name, Awaited::started});
      } else if (std::holds_alternative<StopContainer>(operation)) {
        reasons.insert({other.name, Awaited::stopped});
      } else if (std::holds_alternative<RemoveContainer>(operation)) {
        reasons.insert({other.name, Awaited::removed});
      }
    }
  }
  return {reasons.begin(), reasons.end()};
}

const std::string& kept_by_of(const Operation& operation) {
  static const std::string kNobody;
  return std::visit(
      [](const auto& o) -> const std::string& {
        if constexpr (requires { o.kept_by; }) return o.kept_by;
        return kNobody;
      },
      operation);
}

bool starts(const Operation& operation, const std::string& id) {
  const auto* start = std::get_if<StartContainer>(&operation);
  return start != nullptr && start->name == id;
}

}  // namespace

std::vector<ProgressEvent> pending(const Plan& plan) {
  std::map<model::Subject, std::size_t> last;  // the step that finishes a resource
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    const Operation& operation = plan.nodes[i].operation;
    if (!std::holds_alternative<WaitFor>(operation) && role_of(operation).ends) last[subject(operation)] = i;
  }
  std::vector<ProgressEvent> events;
  for (const auto& [about, index] : last) {
    std::vector<model::WaitsFor> waits = waits_of(plan, index);
    if (waits.empty()) continue;
    events.emplace_back(model::Pending{about, role_of(plan.nodes[index].operation).action, std::move(waits)});
  }
  return events;
}

std::vector<ProgressEvent> begun(const Operation& operation, const std::string& cause) {
  const Role role = role_of(operation);
  if (!role.begins) return {};
  return each(operation, model::Started{.subject = {}, .action = role.action, .cause = cause});
}

std::vector<ProgressEvent> succeeded(const Operation& operation, const Outcome& outcome) {
  const Role role = role_of(operation);
  if (!role.ends) return {};
  const auto ending = outcome.unchanged ? model::Ending::present : model::Ending::done;
  return each(operation,
              model::Finished{.subject = {}, .action = role.action, .ending = ending, .details = outcome.details});
}

std::vector<ProgressEvent> failed(const Operation& operation, const std::string& why) {
  const Role role = role_of(operation);
  if (!role.begins && !role.ends) return {};
  // Pulls fail together, and their reasons are the operation's end.
  const bool told_later = std::holds_alternative<PullImage>(operation);
  return each(operation, model::Failed{.subject = {}, .action = role.action, .why = told_later ? "" : why});
}

std::vector<ProgressEvent> skipped(const Operation& operation, const std::string& why) {
  model::Warned event{
      .subject = {}, .action = role_of(operation).action, .reservation = model::Reservation::skipped, .details = why};
  if (const auto* wait = std::get_if<WaitFor>(&operation)) {
    constexpr std::string_view kPlain = "dependency failed to start: ";
    event.details = "optional dependency \"" + wait->service +
                    "\" failed to start: " + (why.starts_with(kPlain) ? why.substr(kPlain.size()) : why);
    return each(operation, std::move(event));
  }
  event.reservation = model::Reservation::in_use;
  const std::string& known = kept_by_of(operation);
  event.details = known.empty() ? "(" + why + ")" : known;
  return each(operation, std::move(event));
}

std::optional<ProgressEvent> undone(const Plan& plan, const Operation& undo, const std::deque<Operation>& rest) {
  const auto* start = std::get_if<StartContainer>(&undo);
  const auto* container = std::get_if<RemoveContainer>(&undo);
  const auto* network = std::get_if<RemoveNetwork>(&undo);
  const auto rolled_back = [&](model::Reservation how) {
    return model::Warned{subject(undo), Action::remove, how, "(rolled back)"};
  };
  for (const Node& node : plan.nodes) {
    const auto* stop = std::get_if<StopContainer>(&node.operation);
    if (start != nullptr && stop != nullptr && (stop->id == start->name || stop->name == start->name)) {
      return model::Finished{.subject = {SubjectKind::container, stop->name},
                             .action = Action::start,
                             .ending = model::Ending::restored,
                             .details = "(runs as before)"};
    }
    // A removal that was asked for and is done all the same; of a recreation the new container has the name.
    const auto* removal = std::get_if<RemoveContainer>(&node.operation);
    if (container != nullptr && removal != nullptr && removal->id == container->id && removal->id != removal->name &&
        removal->part_of != PartOf::recreation)
      return model::Finished{.subject = {SubjectKind::container, removal->name}, .action = Action::remove};
    const auto* made = std::get_if<CreateContainer>(&node.operation);
    // What the plan made goes by its name, which is no id. Of a recreation the old container is what counts.
    const bool unmade = container != nullptr && container->id == container->name && made != nullptr &&
                        made->spec.name == container->name;
    if (unmade && made->replaces.empty()) return rolled_back(model::Reservation::rolled_back);
    const bool again = unmade && std::any_of(rest.begin(), rest.end(),
                                             [&](const Operation& later) { return starts(later, made->replaces); });
    if (unmade && !again) return rolled_back(model::Reservation::kept);
    const auto* linked = std::get_if<CreateNetwork>(&node.operation);
    if (network != nullptr && linked != nullptr && linked->spec.name == network->name)
      return rolled_back(model::Reservation::rolled_back);
  }
  return std::nullopt;
}

}  // namespace stack::compose
