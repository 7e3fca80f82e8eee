// A machine without processes, disks or networks: shims, programs, files, the store and addresses are values, what goes wrong is drawn
// from a seed, and time jumps from one event to the next.
//
// It outlives the engines that run on it, and writes down whatever must never be asked of it. One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/async/timekeeper.h"
#include "engine/core/container_ports.h"
#include "engine/core/shims.h"
#include "engine/core/state_writer.h"
#include "netns/network.h"

namespace stack::sim {

// Manual time that knows how many alarms are set.
class CountingTimekeeper final : public async::Timekeeper {
 public:
  [[nodiscard]] Mono mono() const override { return time_.mono(); }
  [[nodiscard]] Wall wall() const override { return time_.wall(); }
  [[nodiscard]] std::unique_ptr<async::Alarm> at(Mono when, std::function<void()> fire) override;
  async::ManualTimekeeper& manual() { return time_; }
  [[nodiscard]] int alarms() const { return *alarms_; }

 private:
  async::ManualTimekeeper time_;
  std::shared_ptr<int> alarms_ = std::make_shared<int>(0);
};

// A program that a shim has started; it may outlive its shim.
struct Program {
  std::string container;
  bool frozen = false;
  bool stubborn = false;  // does not end by its stop signal
  bool immortal = false;  // nor by SIGKILL, for a while
  bool dying = false;     // SIGKILL is on its way
};

class SimulatedMachine {
 public:
  explicit SimulatedMachine(unsigned seed);
  ~SimulatedMachine();

  // --- time ---
  boost::asio::io_context loop;
  CountingTimekeeper time;
  // Does what can be done now.
  void settle();
  // Lets time pass until `enough` says so, `patience` at most. False when it never did.
  bool run_until(const std::function<bool()>& enough, Nanos patience);
  void later(Nanos delay, std::function<void()> what);
  Nanos some_time(Nanos longest);
  // Suspends for some of it.
  boost::asio::awaitable<void> pass(Nanos longest);
  // True in so many of a thousand cases, while things go wrong at all.
  bool strikes(int per_mille);
  unsigned below(unsigned n) { return static_cast<unsigned>(random() % n); }
  std::mt19937 random;
  bool trouble = true;

  // --- what the engine sees ---
  // Between the kill of an engine and the next one nothing that it does reaches the machine.
  bool engine_lives = true;
  core::Shims& shims();
  core::ControlGroups& groups();
  core::ContainerFiles& files();
  core::LaunchPlanner& planner();
  core::ContainerVolumes& volumes();
  core::StateSink& store();
  netns::NetworkStack& network();
  // The connections of an engine that was killed, and what only its memory held.
  void forget_engine();
  // Everything that runs is lost, and tells nothing.
  void reboot();

  // --- what the story does to it ---
  void kill_some_shim();
  void hang_some_shim();
  bool store_is_full = false;

  // --- what is there ---
  std::map<std::int32_t, Program> programs;
  std::map<std::string, model::Container> rows;
  std::set<std::string> folders;
  std::set<std::string> reserved;        // containers that have addresses
  std::set<std::string> stuck_freezers;  // containers whose processes were to be frozen or thawed last, and were not
  bool refused_something = false;        // by the store, of this engine
  std::vector<std::string> mistakes;
  void wrong(const std::string& what) { mistakes.push_back(what); }

 private:
  struct Body;
  std::multimap<Mono, std::function<void()>> events_;
  std::unique_ptr<Body> body_;
};

}  // namespace stack::sim
