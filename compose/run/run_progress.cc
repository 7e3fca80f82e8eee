#include "compose/run/run_progress.h"

#include <algorithm>
#include <set>

namespace stack::compose {
namespace {

struct Words {
  const char* working;  // either may be null: that end is not told
  const char* done;
};

Words words_of(const Operation& operation) {
  struct {
    Words operator()(const CreateNetwork&) const { return {"Creating", "Created"}; }
    Words operator()(const RemoveNetwork&) const { return {"Removing", "Removed"}; }
    Words operator()(const CreateVolume&) const { return {"Creating", "Created"}; }
    Words operator()(const RemoveVolume&) const { return {"Removing", "Removed"}; }
    Words operator()(const CreateContainer& o) const {
      if (o.replaces.empty()) return Words{"Creating", "Created"};
      return Words{"Recreate", o.stops_later ? nullptr : "Recreated"};
    }
    Words operator()(const PutAside&) const { return {nullptr, nullptr}; }
    Words operator()(const StartContainer& o) const {
      if (o.part_of == PartOf::restart) return {nullptr, "Started"};
      return {o.part_of == PartOf::whole_restart ? "Restarting" : "Starting", "Started"};
    }
    Words operator()(const StopContainer& o) const {
      if (o.part_of == PartOf::recreation) return {o.was_running ? "Recreate" : nullptr, "Recreated"};
      return o.part_of == PartOf::restart ? Words{"Restarting", nullptr} : Words{"Stopping", "Stopped"};
    }
    Words operator()(const RemoveContainer& o) const {
      return o.part_of == PartOf::recreation ? Words{nullptr, nullptr} : Words{"Removing", "Removed"};
    }
    Words operator()(const WaitFor& o) const {
      switch (o.condition) {
        // Only --wait waits for a service that has no healthcheck: what runs is well.
        case DependencyCondition::started:
        case DependencyCondition::healthy:
          return {"Waiting", "Healthy"};
        case DependencyCondition::completed:
          return {"Waiting", "Exited"};
      }
      return {"Waiting", "Done"};
    }
  } visitor;
  return std::visit(visitor, operation);
}

std::string condition_of(const WaitFor& wait) {
  switch (wait.condition) {
    case DependencyCondition::started:
      return "runs";
    case DependencyCondition::healthy:
      return "is healthy";
    case DependencyCondition::completed:
      return "has done its work";
  }
  return "is there";
}

std::string infinitive_of(const WaitFor& wait) {
  switch (wait.condition) {
    case DependencyCondition::started:
      return "run";
    case DependencyCondition::healthy:
      return "be healthy";
    case DependencyCondition::completed:
      return "do its work";
  }
  return "be there";
}

std::vector<Progress> each(const Operation& operation, const char* text, ProgressStatus status,
                           const std::string& details) {
  if (text == nullptr) return {};
  const auto* wait = std::get_if<WaitFor>(&operation);
  if (wait == nullptr) return {{subject(operation), text, status, details}};
  std::vector<Progress> all;
  const std::string until = status == ProgressStatus::working ? "until it " + condition_of(*wait) : "";
  for (const std::string& name : wait->names) all.push_back({"Container " + name, text, status, details, until});
  return all;
}

constexpr std::size_t kNamesMax = 2;

std::string short_name(const std::string& subject) { return subject.substr(subject.find(' ') + 1); }

// What has to be over before node `index` begins, but for steps of the same resource.
std::string waits_for(const Plan& plan, std::size_t index) {
  const std::string own = subject(plan.nodes[index].operation);
  std::vector<std::string> reasons;
  std::set<std::size_t> seen;
  std::vector<std::size_t> open{index};
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    for (const std::size_t before : plan.nodes[at].after) {
      if (!seen.insert(before).second) continue;
      const Operation& operation = plan.nodes[before].operation;
      if (const auto* wait = std::get_if<WaitFor>(&operation)) {
        for (const std::string& name : wait->names) reasons.push_back(name + " to " + infinitive_of(*wait));
      } else if (subject(operation) == own) {
        open.push_back(before);  // what waits is an earlier step of it
      } else if (std::holds_alternative<StartContainer>(operation)) {
        reasons.push_back(short_name(subject(operation)) + " to start");
      } else if (std::holds_alternative<StopContainer>(operation)) {
        reasons.push_back(short_name(subject(operation)) + " to stop");
      } else if (std::holds_alternative<RemoveContainer>(operation)) {
        reasons.push_back(short_name(subject(operation)) + " to be removed");
      }
    }
  }
  std::sort(reasons.begin(), reasons.end());
  reasons.erase(std::unique(reasons.begin(), reasons.end()), reasons.end());
  if (reasons.empty()) return {};
  std::string text = "for ";
  for (std::size_t i = 0; i < std::min(reasons.size(), kNamesMax); ++i) text += (i == 0 ? "" : ", ") + reasons[i];
  if (reasons.size() > kNamesMax) text += " and " + std::to_string(reasons.size() - kNamesMax) + " more";
  return text;
}

}  // namespace

std::vector<Progress> pending(const Plan& plan) {
  std::map<std::string, std::size_t> last;  // the step that finishes a resource
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    const Operation& operation = plan.nodes[i].operation;
    if (std::holds_alternative<WaitFor>(operation) || words_of(operation).done == nullptr) continue;
    last[subject(operation)] = i;
  }
  std::vector<Progress> events;
  for (const auto& [id, index] : last) {
    std::string reason = waits_for(plan, index);
    if (reason.empty()) continue;
    events.push_back({id, words_of(plan.nodes[index].operation).done, ProgressStatus::pending, {}, std::move(reason)});
  }
  return events;
}

std::vector<Progress> begun(const Operation& operation, const std::string& cause) {
  const auto* stop = std::get_if<StopContainer>(&operation);
  const bool gives_way = stop != nullptr && stop->part_of == PartOf::recreation;
  const std::string details = gives_way ? "stopping the old one" : "";
  std::vector<Progress> events = each(operation, words_of(operation).working, ProgressStatus::working, details);
  for (Progress& event : events) event.cause = cause;
  return events;
}
std::vector<Progress> succeeded(const Operation& operation) {
  return each(operation, words_of(operation).done, ProgressStatus::done, {});
}
std::vector<Progress> failed(const Operation& operation, const std::string& why) {
  return each(operation, "Error", ProgressStatus::error, why);
}
std::vector<Progress> skipped(const Operation& operation, const std::string& why) {
  if (!std::holds_alternative<WaitFor>(operation)) {
    const auto* network = std::get_if<RemoveNetwork>(&operation);
    const auto* volume = std::get_if<RemoveVolume>(&operation);
    const std::string& known = network != nullptr ? network->kept_by : volume != nullptr ? volume->kept_by : why;
    return each(operation, "Resource is still in use", ProgressStatus::warning,
                known.empty() ? "(" + why + ")" : known);
  }
  return each(operation, "Skipped", ProgressStatus::warning, why);
}

std::optional<Progress> undone(const Plan& plan, const Undo& undo, const std::deque<Undo>& rest) {
  const auto starts_again = [&](const std::string& id) {
    return std::any_of(rest.begin(), rest.end(), [&](const Undo& later) {
      const auto* other = std::get_if<Operation>(&later);
      const auto* start = other == nullptr ? nullptr : std::get_if<StartContainer>(other);
      return start != nullptr && start->name == id;
    });
  };
  const auto* operation = std::get_if<Operation>(&undo);
  if (operation == nullptr) return std::nullopt;
  const auto* start = std::get_if<StartContainer>(operation);
  const auto* container = std::get_if<RemoveContainer>(operation);
  const auto* network = std::get_if<RemoveNetwork>(operation);
  for (const Node& node : plan.nodes) {
    const auto* stop = std::get_if<StopContainer>(&node.operation);
    if (start != nullptr && stop != nullptr && (stop->id == start->name || stop->name == start->name))
      return Progress{"Container " + stop->name, "Restored", ProgressStatus::done, "(runs as before)"};
    const auto* made = std::get_if<CreateContainer>(&node.operation);
    // What the plan made goes by its name, which is no id. Of a recreation the old container is what counts.
    const bool unmade = container != nullptr && container->id == container->name && made != nullptr &&
                        made->spec.name == container->name;
    if (unmade && made->replaces.empty())
      return Progress{subject(*operation), "Removed", ProgressStatus::warning, "(rolled back)"};
    if (unmade && !starts_again(made->replaces))
      return Progress{subject(*operation), "Kept", ProgressStatus::warning, "(rolled back)"};
    const auto* linked = std::get_if<CreateNetwork>(&node.operation);
    if (network != nullptr && linked != nullptr && linked->spec.name == network->name)
      return Progress{subject(*operation), "Removed", ProgressStatus::warning, "(rolled back)"};
  }
  return std::nullopt;
}

}  // namespace stack::compose
