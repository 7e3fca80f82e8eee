// Plays a plan: begins every node whose predecessors have succeeded, at most `parallel_max` at a time, decides nothing.
//
//   node      waiting -> running -> succeeded | failed
//
// After a failure nothing new begins; what runs is let end. Then the run is rolled back (roll_back.h): nothing half-made stays, and
// what runs well is left alone.
//
// Lives on the engine port's loop; start() returns before `on_done` is called, also for an empty plan. The executor must live
// until then.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compose/plan/plan.h"
#include "compose/run/port.h"
#include "compose/run/roll_back.h"
#include "compose/run/run_progress.h"

namespace stack::compose {

struct RunResult {
  std::optional<Error> failure;  // of the first operation that failed; of pulls, of all that failed
  std::size_t succeeded = 0;     // operations
  std::size_t changes = 0;       // of them those that had something to do
  bool cancelled = false;
};

class Executor {
 public:
  static constexpr std::size_t kParallelMax = 256;

  Executor(Plan plan, EnginePort& port, Listener listener, std::function<void(RunResult)> on_done,
           std::size_t parallel_max = kParallelMax);

  // Calls on_done at once when there is nothing to do.
  void start();
  // Begins nothing more, ends waits; on_done follows when what runs has ended and is rolled back.
  void cancel();

 private:
  void pump();
  // Whether the run goes on after this failure, which is only told.
  bool tolerates(const Operation& operation, const Error& failure) const;
  void tell(const std::vector<ProgressEvent>& events);
  void finished(std::size_t index, Outcome outcome);
  void take_failure(const Operation& operation, Error failure);
  void undo_next();

  Plan plan_;
  EnginePort& port_;
  Listener listener_;
  std::function<void(RunResult)> on_done_;
  std::size_t parallel_max_;
  std::vector<NodeState> states_;
  std::vector<std::size_t> open_predecessors_;
  std::vector<std::vector<std::size_t>> successors_;
  std::set<std::size_t> ready_;
  std::size_t running_ = 0;
  RunResult result_;
  bool stopping_ = false;
  std::deque<Operation> undo_;  // played one after another
};

}  // namespace stack::compose
