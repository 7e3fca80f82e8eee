#include "compose/run/fulfilment.h"

namespace stack::compose {

using model::Health;
using model::Status;

namespace {

Judgement never(std::string why) { return {Fulfilment::never, "dependency failed to start: " + std::move(why)}; }

std::string exit_text(const model::Container& container) {
  return "container " + container.spec.name + " exited (" + std::to_string(container.state.exit_code) + ")";
}

Judgement judge_one(const model::Container& container, DependencyCondition condition) {
  const model::ContainerState& state = container.state;
  const bool ended = state.status == Status::exited || state.status == Status::dead;
  switch (condition) {
    case DependencyCondition::started:
      if (state.status == Status::running) return {Fulfilment::yes, {}};
      // A job that has done its work is as good as one that runs.
      if (ended && state.exit_code == 0 && state.finished) return {Fulfilment::yes, {}};
      if (ended) return never(exit_text(container));
      return {};
    case DependencyCondition::healthy:
      if (ended) return never(exit_text(container));
      if (state.health == Health::healthy) return {Fulfilment::yes, {}};
      if (state.health == Health::unhealthy) return never("container " + container.spec.name + " is unhealthy");
      if (state.status == Status::running && state.health == Health::none)
        return never("container " + container.spec.name + " has no healthcheck configured");
      return {};
    case DependencyCondition::completed:
      if (!ended || !state.finished) return {};
      if (state.exit_code == 0) return {Fulfilment::yes, {}};
      return {Fulfilment::never, "service \"" + container.spec.service + "\" didn't complete successfully: exit " +
                                     std::to_string(state.exit_code)};
  }
  return {};
}

}  // namespace

Judgement judge(const WaitFor& wait, const std::function<const model::Container*(const std::string&)>& find) {
  Judgement all{Fulfilment::yes, {}};
  for (const std::string& name : wait.names) {
    const model::Container* container = find(name);
    if (container == nullptr) {
      const std::string gone = "container " + name + " is gone";
      return wait.condition == DependencyCondition::completed ? Judgement{Fulfilment::never, gone} : never(gone);
    }
    Judgement one = judge_one(*container, wait.condition);
    if (one.fulfilment == Fulfilment::never) return one;
    if (one.fulfilment == Fulfilment::not_yet) all = std::move(one);
  }
  return all;
}

}  // namespace stack::compose
