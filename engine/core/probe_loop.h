// The health checks of one container, while it runs: when the next probe is due, and what its answer means (health/machine.h).
//
// Loop thread only; owned by the container. One probe at a time. At most ProbeSlots::kStartingMax of all containers are being started
// at once; one that is due beyond that waits for a place, and its timeout counts from when it gets it. Probes that run hold no
// place. end() cancels a probe that runs and ignores its answer. Costs an alarm a container.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/async/cancellation.h"
#include "base/async/task_group.h"
#include "base/async/timekeeper.h"
#include "health/machine.h"
#include "health/probe/probe.h"

namespace stack::core {

class ProbeLoop;

// The places of probes that are being started.
class ProbeSlots {
 public:
  static constexpr std::size_t kStartingMax = 64;

 private:
  friend class ProbeLoop;
  // False: the loop is called when there is a place.
  bool take(const std::shared_ptr<ProbeLoop>& loop);
  void give_back();

  std::size_t starting_ = 0;
  std::deque<std::weak_ptr<ProbeLoop>> waiting_;
};

class ProbeLoop : public std::enable_shared_from_this<ProbeLoop> {
 public:
  // Between the end of a probe and the next one, whatever an image asks for.
  static constexpr Nanos kPauseMin = std::chrono::milliseconds(10);

  struct Check {
    std::vector<std::string> argv;
    health::Settings settings;
  };
  // One probe, asked for now.
  struct Run {
    std::vector<std::string> argv;
    Nanos timeout{};
    std::function<void()> started;  // its program runs
    std::shared_ptr<async::CancellationToken> token;
  };
  struct Report {
    health::State state;
    health::ProbeOutcome outcome;
    Wall started{}, ended{};
  };
  class Owner {
   public:
    virtual ~Owner() = default;
    // Runs `run.argv` in the container for at most `run.timeout`, whatever its shim does.
    virtual boost::asio::awaitable<health::ProbeOutcome> run_probe(Run run) = 0;
    virtual void on_probe(const Report& report) noexcept = 0;
  };

  // The owner outlives end().
  ProbeLoop(async::Timekeeper& time, async::TaskGroup& tasks, ProbeSlots& slots, Owner& owner, Check check);

  // With `known`, goes on from there and probes soon.
  void begin(const health::State* known = nullptr);
  // While it is paused: what a frozen container does not answer says nothing.
  void hold();
  // Probes at once.
  void resume();
  void end();

 private:
  friend class ProbeSlots;
  enum class Mode : std::uint8_t { idle, watching, held, ended };
  void arm();
  void due();
  void start();
  void give_place();
  void done(const std::shared_ptr<async::CancellationToken>& token, health::ProbeOutcome outcome);
  void cancel();

  async::Timekeeper& time_;
  async::TaskGroup& tasks_;
  ProbeSlots& slots_;
  Owner* owner_;
  const Check check_;
  health::State state_;
  Mode mode_ = Mode::idle;
  bool probed_ = false;
  bool has_place_ = false;
  std::unique_ptr<async::Alarm> alarm_;
  std::shared_ptr<async::CancellationToken> probe_;  // the one that runs
  Wall probe_started_{};
};

}  // namespace stack::core
