#include "compose/run/executor.h"

#include <algorithm>

namespace stack::compose {

Executor::Executor(Plan plan, EnginePort& port, OnProgress on_progress, std::function<void(RunResult)> on_done,
                   std::size_t parallel_max)
    : plan_(std::move(plan)),
      port_(port),
      on_progress_(std::move(on_progress)),
      on_done_(std::move(on_done)),
      parallel_max_(std::max<std::size_t>(parallel_max, 1)),
      states_(plan_.nodes.size(), State::waiting),
      open_predecessors_(plan_.nodes.size(), 0),
      successors_(plan_.nodes.size()) {
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
    open_predecessors_[i] = plan_.nodes[i].after.size();
    for (const std::size_t before : plan_.nodes[i].after) successors_[before].push_back(i);
    if (open_predecessors_[i] == 0) ready_.insert(i);
  }
}

void Executor::tell(const std::vector<Progress>& events) {
  for (const Progress& event : events) on_progress_(event);
}

void Executor::start() { pump(); }

void Executor::cancel() {
  if (stopping_) return;
  stopping_ = result_.cancelled = true;
  port_.cancel_waits();
}

void Executor::pump() {
  while (!stopping_ && !ready_.empty() && running_ < parallel_max_) {
    const std::size_t index = *ready_.begin();
    ready_.erase(ready_.begin());
    states_[index] = State::running;
    ++running_;
    tell(begun(plan_.nodes[index].operation));
    port_.perform(plan_.nodes[index].operation,
                  [this, index](Outcome outcome) { finished(index, std::move(outcome)); });
  }
  if (running_ > 0) return;
  if (result_.failure || result_.cancelled) return roll_back();
  on_done_(std::move(result_));
}

void Executor::finished(std::size_t index, Outcome outcome) {
  const Operation& operation = plan_.nodes[index].operation;
  --running_;
  const auto* wait = std::get_if<WaitFor>(&operation);
  const bool tolerated = wait != nullptr && !wait->required && !result_.cancelled;
  if (outcome.ok() || tolerated) {
    states_[index] = State::succeeded;
    ++result_.succeeded;
    tell(outcome.ok() ? succeeded(operation) : skipped(operation, outcome.failure->message()));
    for (const std::size_t next : successors_[index]) {
      if (--open_predecessors_[next] == 0) ready_.insert(next);
    }
  } else {
    states_[index] = State::failed;
    tell(failed(operation, outcome.failure->message()));
    if (!result_.failure) result_.failure = std::move(outcome.failure);
    stopping_ = true;
    port_.cancel_waits();
  }
  pump();
}

void Executor::roll_back() {
  std::set<std::string> started, stopped;
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
    if (states_[i] == State::waiting) states_[i] = State::skipped;
    if (!has_succeeded(i)) continue;
    if (const auto* start = std::get_if<StartContainer>(&plan_.nodes[i].operation)) started.insert(start->name);
    if (const auto* stop = std::get_if<StopContainer>(&plan_.nodes[i].operation)) stopped.insert(stop->id);
  }
  const auto is_start_of = [&](const std::string& name) {
    return std::any_of(plan_.nodes.begin(), plan_.nodes.end(), [&](const Node& node) {
      const auto* start = std::get_if<StartContainer>(&node.operation);
      return start != nullptr && start->name == name;
    });
  };
  for (std::size_t i = plan_.nodes.size(); i-- > 0;) {
    if (!has_succeeded(i)) continue;
    const auto* create = std::get_if<CreateContainer>(&plan_.nodes[i].operation);
    if (create != nullptr && !started.contains(create->spec.name) && is_start_of(create->spec.name)) {
      const std::string name = create->spec.name;
      undo_.push_back([this, name](OnOutcome done) {
        port_.perform(RemoveContainer{name, name, true}, std::move(done));
      });
      if (create->replaces.empty()) continue;
      const std::string replaced = create->replaces;
      const bool restart = stopped.contains(replaced);
      undo_.push_back(
          [this, replaced, name, restart](OnOutcome done) { port_.restore(replaced, name, restart, std::move(done)); });
    }
    if (const auto* network = std::get_if<CreateNetwork>(&plan_.nodes[i].operation);
        network != nullptr && started.empty()) {
      const std::string name = network->spec.name;
      undo_.push_back([this, name](OnOutcome done) { port_.perform(RemoveNetwork{name, name}, std::move(done)); });
    }
  }
  undo_next();
}

void Executor::undo_next() {
  if (undo_.empty()) return on_done_(std::move(result_));
  const auto undo = std::move(undo_.front());
  undo_.erase(undo_.begin());
  undo([this](const Outcome& outcome) {
    // Teardown goes on whatever happens; a network that others use meanwhile simply stays.
    if (!outcome.ok() && outcome.failure->kind() != ErrorKind::conflict && result_.failure) {
      result_.failure->context("rolling back failed (" + outcome.failure->message() + ") after");
    }
    undo_next();
  });
}

}  // namespace stack::compose
