#include "compose/run/fulfilment.h"

#include <algorithm>

namespace stack::compose {

using model::Health;
using model::Status;

namespace {

Judgement never(std::string why) { return {Fulfilment::never, std::move(why)}; }

std::string exit_text(const model::Container& container) {
  return "container " + container.spec.name + " exited (" + std::to_string(container.state.exit_code) + ")";
}

Judgement judge_one(const model::Container& container, DependencyCondition condition, Wall now) {
  const model::ContainerState& state = container.state;
  const bool ended = state.status == Status::exited || state.status == Status::dead;
  switch (condition) {
    case DependencyCondition::started:
      if (state.status == Status::running) {
        const Nanos left = kSettled - (now - state.started.value_or(now));
        if (left > Nanos{0}) return {Fulfilment::not_yet, {}, left};
        return {Fulfilment::yes, {}};
      }
      // A job that has done its work is as good as one that runs.
      if (ended && state.exit_code == 0 && state.finished) return {Fulfilment::yes, {}};
      if (ended) return never(exit_text(container));
      return {};
    case DependencyCondition::healthy:
      if (ended) return never(exit_text(container));
      if (state.health == Health::healthy) return {Fulfilment::yes, {}};
      if (state.health == Health::unhealthy) return never("container " + container.spec.name + " is unhealthy");
      if (state.status == Status::running && state.health == Health::none) {
        // What ends at once is told by its exit.
        const Nanos left = kSettled - (now - state.started.value_or(now));
        if (left > Nanos{0}) return {Fulfilment::not_yet, {}, left};
        return never("container " + container.spec.name + " has no healthcheck configured");
      }
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

Judgement judge(const WaitFor& wait, const std::function<const model::Container*(const std::string&)>& find, Wall now) {
  Judgement all{Fulfilment::yes, {}};
  const bool plain = wait.asked || wait.condition == DependencyCondition::completed;
  for (const std::string& name : wait.names) {
    const model::Container* container = find(name);
    Judgement one =
        container == nullptr ? never("container " + name + " is gone") : judge_one(*container, wait.condition, now);
    if (one.fulfilment == Fulfilment::never) {
      if (!plain) one.why = "dependency failed to start: " + one.why;
      return one;
    }
    if (one.fulfilment != Fulfilment::not_yet) continue;
    // One that only an event can move has no time; the others are looked at when theirs has come.
    const std::optional<Nanos> again = std::max(all.again, one.again);
    all = std::move(one);
    all.again = again;
  }
  return all;
}

}  // namespace stack::compose
