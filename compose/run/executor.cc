#include "compose/run/executor.h"

#include <algorithm>

namespace stack::compose {

Executor::Executor(Plan plan, EnginePort& port, Listener listener, std::function<void(RunResult)> on_done,
                   std::size_t parallel_max)
    : plan_(std::move(plan)),
      port_(port),
      listener_(std::move(listener)),
      on_done_(std::move(on_done)),
      parallel_max_(std::max<std::size_t>(parallel_max, 1)),
      states_(plan_.nodes.size(), NodeState::waiting),
      open_predecessors_(plan_.nodes.size(), 0),
      successors_(plan_.nodes.size()) {
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
    open_predecessors_[i] = plan_.nodes[i].after.size();
    for (const std::size_t before : plan_.nodes[i].after) successors_[before].push_back(i);
    if (open_predecessors_[i] == 0) ready_.insert(i);
  }
}

bool Executor::tolerates(const Operation& operation, const Error& failure) const {
  if (const auto* wait = std::get_if<WaitFor>(&operation)) return !wait->required && !result_.cancelled;
  return failure.kind() == ErrorKind::conflict && may_stay(operation);
}

void Executor::tell(const std::vector<ProgressEvent>& events) {
  for (const ProgressEvent& event : events) listener_.progress(event);
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
    states_[index] = NodeState::running;
    ++running_;
    tell(begun(plan_.nodes[index].operation, unasked_cause(plan_, plan_.nodes[index])));
    port_.perform(plan_.nodes[index].operation,
                  [this, index](Outcome outcome) { finished(index, std::move(outcome)); });
  }
  if (running_ > 0) return;
  if (result_.failure || result_.cancelled) {
    for (Operation& undo : roll_back(plan_, states_)) undo_.push_back(std::move(undo));
    return undo_next();
  }
  on_done_(std::move(result_));
}

void Executor::finished(std::size_t index, Outcome outcome) {
  const Operation& operation = plan_.nodes[index].operation;
  --running_;
  if (outcome.ok() || tolerates(operation, *outcome.failure)) {
    states_[index] = NodeState::succeeded;
    ++result_.succeeded;
    if (outcome.ok() && !outcome.unchanged) ++result_.changes;
    if (!outcome.note.empty() && listener_.note) listener_.note(outcome.note);
    tell(outcome.ok() ? succeeded(operation, outcome) : skipped(operation, outcome.failure->message()));
    for (const std::size_t next : successors_[index]) {
      if (--open_predecessors_[next] == 0) ready_.insert(next);
    }
  } else {
    states_[index] = NodeState::failed;
    tell(failed(operation, outcome.failure->message()));
    take_failure(operation, *std::move(outcome.failure));
    stopping_ = true;
    port_.cancel_waits();
  }
  pump();
}

// What else fails after the first failure is told as it happens. Pulls run side by side, and each reason is worth knowing.
void Executor::take_failure(const Operation& operation, Error failure) {
  if (!result_.failure) {
    result_.failure = std::move(failure);
  } else if (std::holds_alternative<PullImage>(operation)) {
    result_.failure = Error(result_.failure->kind(), result_.failure->message() + "\n" + failure.message());
  }
}

void Executor::undo_next() {
  if (undo_.empty()) return on_done_(std::move(result_));
  const Operation undo = std::move(undo_.front());
  undo_.pop_front();
  OnOutcome next = [this, told = undone(plan_, undo, undo_)](const Outcome& outcome) {
    if (outcome.ok() && told) listener_.progress(*told);
    // Teardown goes on whatever happens; a network that others use meanwhile simply stays.
    if (!outcome.ok() && outcome.failure->kind() != ErrorKind::conflict && result_.failure) {
      result_.failure->context("rolling back failed (" + outcome.failure->message() + ") after");
    }
    undo_next();
  };
  port_.perform(undo, std::move(next));
}

}  // namespace stack::compose
