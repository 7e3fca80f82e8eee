#include "compose/run/progress.h"

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
      return o.replaces.empty() ? Words{"Creating", "Created"} : Words{"Recreate", "Recreated"};
    }
    Words operator()(const PutAside&) const { return {nullptr, nullptr}; }
    Words operator()(const StartContainer& o) const {
      if (o.part_of == PartOf::restart) return {nullptr, "Started"};
      return {o.part_of == PartOf::whole_restart ? "Restarting" : "Starting", "Started"};
    }
    Words operator()(const StopContainer& o) const {
      if (o.part_of == PartOf::recreation) return {nullptr, nullptr};
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

std::vector<Progress> each(const Operation& operation, const char* text, ProgressStatus status,
                           const std::string& details) {
  if (text == nullptr) return {};
  const auto* wait = std::get_if<WaitFor>(&operation);
  if (wait == nullptr) return {{subject(operation), text, status, details}};
  std::vector<Progress> all;
  for (const std::string& name : wait->names) all.push_back({"Container " + name, text, status, details});
  return all;
}

}  // namespace

std::vector<Progress> begun(const Operation& operation) {
  return each(operation, words_of(operation).working, ProgressStatus::working, {});
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

}  // namespace stack::compose
