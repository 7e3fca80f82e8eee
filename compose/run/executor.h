// Plays a plan: begins every node whose predecessors have succeeded, at most `parallel_max` at a time, decides nothing.
//
//   node      waiting -> running -> succeeded | failed;   waiting -> skipped when a predecessor failed or the run was cancelled
//
// After a failure nothing new begins; what runs is let end. Then the run is rolled back: a container that was made but never
// started is removed, one that it should have replaced gets its name back and runs again; networks made for nothing go. Nothing
// half-made stays, and what runs well is left alone.
//
// Lives on the engine port's loop; start() returns before `on_done` is called, also for an empty plan. The executor must live
// until then.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compose/plan/plan.h"
#include "compose/run/port.h"
#include "compose/run/progress.h"

namespace stack::compose {

struct RunResult {
  std::optional<Error> failure;  // of the first operation that failed
  std::size_t succeeded = 0;     // operations
  bool cancelled = false;
};

class Executor {
 public:
  static constexpr std::size_t kParallelMax = 256;

  Executor(Plan plan, EnginePort& port, OnProgress on_progress, std::function<void(RunResult)> on_done,
           std::size_t parallel_max = kParallelMax);

  // Calls on_done at once when there is nothing to do.
  void start();
  // Begins nothing more, ends waits; on_done follows when what runs has ended and is rolled back.
  void cancel();

 private:
  enum class State { waiting, running, succeeded, failed, skipped };

  void pump();
  void tell(const std::vector<Progress>& events);
  void finished(std::size_t index, Outcome outcome);
  void roll_back();
  void undo_next();
  bool has_succeeded(std::size_t index) const { return states_[index] == State::succeeded; }

  Plan plan_;
  EnginePort& port_;
  OnProgress on_progress_;
  std::function<void(RunResult)> on_done_;
  std::size_t parallel_max_;
  std::vector<State> states_;
  std::vector<std::size_t> open_predecessors_;
  std::vector<std::vector<std::size_t>> successors_;
  std::set<std::size_t> ready_;
  std::size_t running_ = 0;
  RunResult result_;
  bool stopping_ = false;
  std::vector<std::function<void(OnOutcome)>> undo_;  // played one after another
};

}  // namespace stack::compose
