// Runs the probes of all containers at the right time and tells what they mean.
//
// One object for all containers, on the timekeeper's loop. At most one probe of a container runs
// at a time. At most kStartingMax of all are being started at once; one that is due beyond that waits for a place, and its timeout
// counts from when it gets it. Probes that run wait for nothing of ours, so there is no bound on them. stop() ends a
// container's checks: what still runs is cancelled and its answer ignored. Costs a timer a container; the decisions are
// machine.h's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/async/timekeeper.h"
#include "base/model/container_state.h"
#include "health/machine.h"
#include "health/probe/probe.h"

namespace stack::health {

inline constexpr std::size_t kStartingMax = 64;
// Between the end of a probe and the next one, whatever an image asks for.
inline constexpr Nanos kPauseMin = std::chrono::milliseconds(10);

// How a probe comes to run: an exec inside the container, by whoever can do that.
class ProbePort {
 public:
  virtual ~ProbePort() = default;
  using Started = std::function<void()>;
  using Done = std::function<void(ProbeOutcome)>;
  // Runs `argv` in the container for at most `timeout` from now on, then kills it. Calls `started` when the program runs, and `done`
  // once, on the loop, not from inside this call; also when it could not start. `id` is the runner's, unique among running probes.
  virtual void start_probe(std::uint64_t id, const std::string& container_id, const std::vector<std::string>& argv,
                           Nanos timeout, Started started, Done done) = 0;
  // Kills it; its `done` is still called once.
  virtual void cancel_probe(std::uint64_t id) = 0;
};

// After each probe.
struct Report {
  std::string container_id;
  State state;
  Verdict verdict = Verdict::none;
  ProbeOutcome outcome;
  Wall started{}, ended{};
};

class Monitor {
 public:
  using OnReport = std::function<void(const Report&)>;
  Monitor(async::Timekeeper& time, ProbePort& port, OnReport on_report);
  ~Monitor();

  // Begins to check; replaces what ran for the container. With `resume`, continues from a known state (an engine that
  // came back) and probes soon.
  void watch(const std::string& container_id, std::vector<std::string> argv, const Settings& settings,
             const State* resume = nullptr);
  void stop(const std::string& container_id);
  // A paused container is not probed; resuming probes at once.
  void pause(const std::string& container_id);
  void unpause(const std::string& container_id);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace stack::health
