// The life of containers while everything that can go wrong does: spawns fail, shims die or hang, the store is full, programs ignore
// signals, engines are killed and machines reset, in the middle of whatever users ask for. Thousands of stories, each drawn from its
// seed, played by the engine's own code on a machine that only pretends.
//
//   sim_core --seed N    tells that one story, step by step
#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <set>

#include <gtest/gtest.h>
#include <signal.h>

#include "base/log.h"
#include "engine/core/claims.h"
#include "engine/core/containers.h"
#include "engine/core/event_bus.h"
#include "engine/core/probe_loop.h"
#include "tests/sim/simulated_machine.h"

namespace stack::sim {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using core::Phase;

constexpr unsigned kStories = 10'000;
constexpr int kStepsMax = 14;
constexpr std::size_t kContainersMax = 4;
constexpr Nanos kPatience = 300s;  // for anything to come to its end

unsigned only_seed = 0;

// One engine on the machine, from its start to its end or its murder.
class EngineLife {
 public:
  explicit EngineLife(SimulatedMachine& machine)
      : machine_(machine),
        writer_(machine.loop, machine.time, machine.store()),
        tasks_(machine.loop, "containers"),
        context_{machine.loop,    machine.time,      id_source_,        writer_,         tasks_,
                 events_,         claims_,           machine.network(), machine.shims(), machine.groups(),
                 machine.files(), machine.planner(), machine.volumes(), slots_},
        containers_(context_) {}

  core::Containers& containers() { return containers_; }
  const core::Claims& claims() const { return claims_; }
  core::StateWriter& writer() { return writer_; }
  async::TaskGroup& tasks() { return tasks_; }

  // Resumes the story when nothing of it is left.
  bool end() {
    async::TaskGroup ending{machine_.loop, "end"};
    ending.start(leave());
    const bool ended = machine_.run_until([&] { return ending.size() == 0; }, kPatience);
    return ended;
  }

 private:
  asio::awaitable<void> leave() {
    containers_.abandon();
    tasks_.cancel();
    co_await tasks_.join();
    co_await writer_.stop();
  }

  SimulatedMachine& machine_;
  const RandomSource id_source_ = [this](void* data, std::size_t size) {
    auto* bytes = static_cast<unsigned char*>(data);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(machine_.random());
  };
  core::StateWriter writer_;
  async::TaskGroup tasks_;
  core::EventBus events_{0};
  core::Claims claims_;
  core::ProbeSlots slots_;
  core::ContainerContext context_;
  core::Containers containers_;
};

class Story {
 public:
  explicit Story(unsigned seed) : machine_(seed), commands_(machine_.loop, "commands") {}

  void tell() {
    engine_ = std::make_unique<EngineLife>(machine_);
    const int steps = 3 + static_cast<int>(machine_.below(kStepsMax - 2));
    for (int step = 0; step < steps && machine_.mistakes.empty(); ++step) {
      act();
      machine_.run_until([] { return false; },
                         machine_.below(3) == 0 ? machine_.some_time(20s) : machine_.some_time(10ms));
      check_always();
    }
    if (!machine_.mistakes.empty()) return;
    come_to_rest();
    if (machine_.mistakes.empty()) check_at_rest();
    if (machine_.mistakes.empty()) remove_all();
    end_engine();
    if (machine_.time.alarms() != 0) wrong(std::to_string(machine_.time.alarms()) + " alarms are left");
  }

  [[nodiscard]] const std::vector<std::string>& mistakes() const { return machine_.mistakes; }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  [[nodiscard]] const std::set<Phase>& phases() const { return phases_; }

 private:
  using Container = std::shared_ptr<core::ManagedContainer>;
  void wrong(const std::string& what) { machine_.wrong(what); }
  void note(const std::string& what) {
    const auto now = std::chrono::duration_cast<std::chrono::microseconds>(machine_.time.mono() - begun_).count();
    lines_.push_back(std::to_string(now) + " us: " + what);
  }
  static std::string short_name(const std::string& id) { return id.substr(0, 6); }

  // --- what users do -------------------------------------------------------------------------------------------------

  void act() {
    const auto& all = engine_->containers().by_id();
    const unsigned choice = machine_.below(100);
    if (all.empty() || (choice < 15 && all.size() < kContainersMax)) return create();
    if (choice >= 96) return kill_engine(machine_.below(4) == 0);
    if (choice >= 90) return strike();
    auto some = all.begin();
    std::advance(some, machine_.below(static_cast<unsigned>(all.size())));
    command(some->second, machine_.below(14));
  }

  void create() {
    model::ContainerSpec spec;
    spec.image = "image";
    spec.restart.kind = static_cast<model::RestartKind>(machine_.below(4));
    if (machine_.below(3) != 0) spec.networks = {{.network = "net"}};
    if (machine_.below(3) == 0)
      spec.healthcheck = {.test = {"CMD", "check"}, .interval = Nanos{20s}, .timeout = Nanos{5s}};
    const auto& all = engine_->containers().by_id();
    if (!all.empty() && machine_.below(6) == 0) spec.network_mode = "container:" + all.begin()->first;
    if (!spec.network_mode.empty()) spec.networks.clear();
    const Container made = engine_->containers().create(std::move(spec), {});
    note("create " + short_name(made->row().id));
    if (machine_.below(3) != 0) command(made, 0);
  }

  void strike() {
    switch (machine_.below(4)) {
      case 0:
        note("a shim is killed");
        return machine_.kill_some_shim();
      case 1:
        note("a shim hangs");
        return machine_.hang_some_shim();
      default:
        machine_.store_is_full = !machine_.store_is_full;
        note(machine_.store_is_full ? "the disk is full" : "the disk has room");
    }
  }

  void run(const Container& container, const std::string& what, asio::awaitable<void> work) {
    const std::string name = what + " " + short_name(container->row().id);
    note(name);
    ++asked_;
    const int life = lives_;
    commands_.start(std::move(work), [this, name, life](const std::exception_ptr& thrown) {
      ++answered_;
      if (life != lives_ || !machine_.engine_lives) return;
      note(name + (thrown ? ": " + text_of(thrown) : ": done"));
    });
  }

  static std::string text_of(const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
      return error.what();
    }
  }

  void command(const Container& on, unsigned which) {
    const std::string id = on->row().id;
    switch (which) {
      case 0:
      case 1:
        return run(on, "start", started(on));
      case 2:
      case 3: {
        const auto grace = std::array<std::optional<Nanos>, 3>{std::nullopt, Nanos{0}, Nanos{1s}}[machine_.below(3)];
        return run(on, "stop", stopped(on, grace));
      }
      case 4:
        return run(on, "restart", restarted(on));
      case 5:
        return run(on, "remove", removed(id, machine_.below(3) != 0));
      case 6:
        return run(on, "pause", on->pause());
      case 7:
        return run(on, "unpause", on->unpause());
      case 8:
        return run(on, "kill", killed(on, std::array{SIGKILL, SIGTERM, SIGHUP}[machine_.below(3)]));
      case 9:
        return run(on, "exec", executed(on));
      case 10:
        return run(on, "update", updated(on));
      case 11:
        return run(on, "connect",
                   on->connect({.attachment = {.network = "other"}, .network_id = "o", .driver = "bridge"}));
      case 12:
        return run(on, "disconnect",
                   on->disconnect({.attachment = {.network = "other"}, .network_id = "o", .driver = "bridge"}));
      default:
        return run(on, "put aside", put_aside(id));
    }
  }

  asio::awaitable<void> started(Container on) {
    const auto turn = ++turns_[on->row().id];
    wants_[on->row().id] = {turn, Wish::none};
    co_await on->start();
    if (machine_.engine_lives && !machine_.rows.contains(on->row().id) && !machine_.refused_something &&
        on->phase() != Phase::removed && on->phase() != Phase::removing)
      wrong("a start was answered, and the record is not in the store");
  }
  asio::awaitable<void> stopped(Container on, std::optional<Nanos> grace) {
    const std::string id = on->row().id;
    const auto turn = ++turns_[id];
    wants_[id] = {turn, Wish::none};
    co_await on->stop(grace);
    if (!machine_.engine_lives || turns_[id] != turn) co_return;
    wants_[id] = {turn, Wish::down};
    if (on->phase() == Phase::running || on->phase() == Phase::paused) wrong("a stop was answered, and it runs");
    const auto row = machine_.rows.find(id);
    if (row != machine_.rows.end() && !row->second.state.stopped_by_user && !machine_.refused_something)
      wrong("a stop was answered, and the store does not know");
  }
  asio::awaitable<void> restarted(Container on) {
    wants_[on->row().id] = {++turns_[on->row().id], Wish::none};
    co_await on->restart(std::nullopt);
  }
  asio::awaitable<void> removed(std::string id, bool force) {
    co_await engine_->containers().remove(id, {.force = force});
    if (!machine_.engine_lives) co_return;
    if (engine_->containers().by_id().empty() && engine_->claims().holder_of(core::Claims::Kind::image, "sha256:1"))
      wrong("the last removal was answered, and the image is held");
    if (machine_.rows.contains(id) && !machine_.refused_something)
      wrong("a removal was answered, and the record is there");
    if (machine_.refused_something) co_return;
    gone_.insert(id);
  }
  asio::awaitable<void> killed(Container on, int signal) {
    const std::string id = on->row().id;
    const int turn = ++turns_[id];
    wants_[id] = {turn, Wish::none};
    co_await on->kill(signal);
    if (signal != SIGKILL || !machine_.engine_lives || turns_[id] != turn) co_return;
    if (on->phase() == Phase::running || on->phase() == Phase::paused) wrong("SIGKILL was answered, and it runs");
    const auto row = machine_.rows.find(id);
    if (row != machine_.rows.end() && !row->second.state.stopped_by_user && !machine_.refused_something)
      wrong("SIGKILL was answered, and the store does not know");
  }
  asio::awaitable<void> updated(Container on) {
    core::ContainerUpdate change{.resources = model::Resources{.memory_max = 64 << 20}};
    if (machine_.below(2) == 0) change.restart = model::RestartPolicy{.kind = model::RestartKind::always};
    co_await on->update(std::move(change));
  }
  asio::awaitable<void> put_aside(std::string id) {
    engine_->containers().put_aside(id);
    co_return;
  }
  asio::awaitable<void> executed(Container on) {
    sandbox::ExecInput input;
    input.argv.emplace_back("true");
    const Mono deadline = machine_.time.mono() + 5s;
    const auto session = co_await on->exec(input, deadline);
    if (machine_.engine_lives && machine_.time.mono() > deadline) wrong("an exec started after its deadline");
    const auto code = co_await session->wait_until(machine_.time, machine_.time.mono() + 30s);
    if (!code) session->signal(SIGKILL);
  }

  // --- the engine's end ----------------------------------------------------------------------------------------------

  void end_engine() {
    // From within the loop, as all of the engine: a cancellation from outside would reach tasks that have ended.
    asio::post(machine_.loop, [this] { commands_.cancel(); });
    if (!engine_->end()) wrong("something of the engine does not end: " + std::to_string(engine_->tasks().size()));
    machine_.run_until([&] { return commands_.size() == 0; }, kPatience);
    if (commands_.size() != 0) wrong("a command is not answered");
    if (asked_ != answered_)
      wrong("of " + std::to_string(asked_) + " commands " + std::to_string(answered_) + " were answered");
    engine_.reset();
  }

  // kill -9, and a new one. Nothing that the old one still does reaches the machine.
  void kill_engine(bool reset) {
    note(reset ? "the machine is reset" : "the engine is killed");
    machine_.engine_lives = false;
    ++lives_;
    const bool lost_something = machine_.refused_something || machine_.store_is_full;
    end_engine();
    if (!machine_.mistakes.empty()) return;
    machine_.forget_engine();
    machine_.engine_lives = true;
    commands_renewed();
    if (reset) machine_.reboot();
    if (lost_something) wants_.clear();
    begin_engine(reset);
  }

  // A cancelled group starts nothing more.
  void commands_renewed() {
    std::destroy_at(&commands_);
    std::construct_at(&commands_, machine_.loop, "commands");
  }

  void begin_engine(bool reset) {
    engine_ = std::make_unique<EngineLife>(machine_);
    std::vector<model::Container> rows;
    for (const auto& [id, row] : machine_.rows) rows.push_back(row);
    for (const std::string& id : gone_) {
      if (machine_.rows.contains(id)) wrong(short_name(id) + " was removed, and is in the store");
    }
    bool recovered = false;
    auto recovery = [&]() -> asio::awaitable<void> {
      co_await engine_->containers().recover(std::move(rows), !reset);
      recovered = true;
    };
    engine_->tasks().start(recovery());
    if (!machine_.run_until([&] { return recovered; }, kPatience)) return wrong("the engine does not recover");
    note("the engine is back");
    for (const auto& [id, want] : wants_) {
      const auto container = engine_->containers().find(id);
      // A machine that starts again brings back what shall always run.
      if (reset || !container || want.second != Wish::down) continue;
      const Phase phase = container->phase();
      if (phase == Phase::running || phase == Phase::restarting || phase == Phase::starting)
        wrong(short_name(id) + " was stopped, and a new engine has it " + std::string(to_string(phase)));
    }
    if (reset) wants_.clear();
    sweep_folders();
  }

  // What Engine::recover does with strangers.
  void sweep_folders() {
    std::erase_if(machine_.folders, [&](const std::string& id) { return !machine_.rows.contains(id); });
  }

  // --- what must be true ---------------------------------------------------------------------------------------------

  void check_always() {
    for (const auto& [id, container] : engine_->containers().by_id()) {
      const Phase phase = container->phase();
      phases_.insert(phase);
      const model::Status status = container->row().state.status;
      if (!agree(phase, status))
        wrong(short_name(id) + " is " + std::string(to_string(phase)) + " and shown as " +
              std::string(to_string(status)));
    }
  }

  static bool agree(Phase phase, model::Status status) {
    using model::Status;
    switch (phase) {
      case Phase::created:
        return status == Status::created;
      case Phase::running:
        return status == Status::running || status == Status::paused;
      case Phase::paused:
        return status == Status::paused;
      case Phase::restarting:
        return status == Status::restarting;
      case Phase::exited:
        return status == Status::exited;
      case Phase::dead:
        return status == Status::dead;
      case Phase::starting:
        return status != Status::running && status != Status::paused;
      case Phase::stopping:
      case Phase::removing:
      case Phase::removed:
      case Phase::recovering:
        return true;
    }
    return false;
  }

  // Nothing goes wrong any more, and all that is under way ends.
  void come_to_rest() {
    note("peace");
    machine_.trouble = false;
    machine_.store_is_full = false;
    for (auto& [pid, program] : machine_.programs) program.immortal = program.stubborn = false;
    const auto rests = [&] {
      if (commands_.size() != 0) return false;
      for (const auto& [id, container] : engine_->containers().by_id()) {
        const Phase phase = container->phase();
        // Who joins the network of a container that is down tries again for ever.
        const bool joins = !container->row().spec.network_mode.empty();
        if (phase == Phase::stopping || phase == Phase::removing) return false;
        if ((phase == Phase::starting || phase == Phase::restarting) && !joins) return false;
      }
      return true;
    };
    if (!machine_.run_until(rests, kPatience)) wrong("the engine does not come to rest" + where());
    machine_.run_until([] { return false; }, 31s);  // what dies has died, and what the store refused is written
    if (!machine_.run_until(rests, kPatience)) wrong("the engine does not come to rest again" + where());
    machine_.run_until([] { return false; }, 1s);
  }

  std::string where() {
    std::string text = ": " + std::to_string(commands_.size()) + " commands";
    for (const auto& [id, container] : engine_->containers().by_id())
      text += ", " + short_name(id) + " " + std::string(to_string(container->phase()));
    return text;
  }

  void check_at_rest() {
    std::set<std::string> running;
    for (const auto& [pid, program] : machine_.programs) {
      const auto container = engine_->containers().find(program.container);
      if (!container) {
        wrong("process " + std::to_string(pid) + " of " + short_name(program.container) +
              ", which does not exist, runs");
        continue;
      }
      if (!running.insert(program.container).second) wrong(short_name(program.container) + " runs twice");
      const Phase phase = container->phase();
      if (phase != Phase::running && phase != Phase::paused)
        wrong(short_name(program.container) + " runs and is " + std::string(to_string(phase)));
      if (container->row().state.pid != pid) wrong(short_name(program.container) + " has another process");
      // A recovery that could not put it right has said so in the log.
      if (program.frozen != (phase == Phase::paused) && !machine_.stuck_freezers.contains(program.container))
        wrong(short_name(program.container) + " is " + std::string(to_string(phase)) + " and its process is not");
    }
    for (const auto& [id, container] : engine_->containers().by_id())
      check_container(id, *container, running.contains(id));
    for (const auto& [id, row] : machine_.rows) {
      if (!engine_->containers().by_id().contains(id))
        wrong("the store has " + short_name(id) + ", which does not exist");
    }
    for (const std::string& id : machine_.reserved) {
      if (!engine_->containers().by_id().contains(id))
        wrong("addresses of " + short_name(id) + ", which does not exist");
    }
    for (const std::string& id : machine_.folders) {
      if (!engine_->containers().by_id().contains(id))
        wrong("a folder of " + short_name(id) + ", which does not exist");
    }
  }

  void check_container(const std::string& id, const core::ManagedContainer& container, bool has_process) {
    const Phase phase = container.phase();
    const model::Container& row = container.row();
    const std::string who = short_name(id) + ", which is " + std::string(to_string(phase)) + ",";
    const bool alive = phase == Phase::running || phase == Phase::paused;
    // A program whose end a hanging shim keeps to itself is found dead when somebody stops it.
    if (alive && !has_process && !silent(row)) wrong(who + " has no process");
    if (row.spec.network_mode.empty() && !row.spec.networks.empty()) {
      const bool holds = machine_.reserved.contains(id);
      if (holds != alive) wrong(who + (holds ? " has addresses" : " has no addresses"));
    }
    const auto stored = machine_.rows.find(id);
    if (stored == machine_.rows.end()) return wrong(who + " is not in the store");
    model::ContainerState told = row.state, kept = stored->second.state;
    told.probes = kept.probes = {};  // stored with the next change
    told.failing_streak = kept.failing_streak = 0;
    // On its way to the store.
    const bool starting = phase == Phase::starting || phase == Phase::restarting;
    if (!starting && (told != kept || row.spec != stored->second.spec)) wrong(who + " is another one in the store");
    const auto want = wants_.find(id);
    if (want != wants_.end() && want->second.second == Wish::down && alive) wrong(who + " was stopped by a user");
  }

  [[nodiscard]] bool silent(const model::Container& row) const { return !machine_.programs.contains(row.state.pid); }

  void remove_all() {
    std::vector<std::string> ids;
    for (const auto& [id, container] : engine_->containers().by_id()) ids.push_back(id);
    for (const std::string& id : ids) run(engine_->containers().find(id), "remove", removed(id, true));
    if (!machine_.run_until([&] { return commands_.size() == 0; }, kPatience))
      return wrong("a removal does not end" + where());
    machine_.run_until([] { return false; }, 31s);
    if (!engine_->containers().by_id().empty()) wrong("a container is left");
    if (!machine_.rows.empty()) wrong("a record is left");
    if (!machine_.reserved.empty()) wrong("addresses are left");
    if (!machine_.folders.empty()) wrong("a folder is left");
    if (!machine_.programs.empty()) wrong("a process is left");
  }

  enum class Wish { none, down };
  SimulatedMachine machine_;
  async::TaskGroup commands_;
  std::unique_ptr<EngineLife> engine_;
  const Mono begun_ = machine_.time.mono();
  std::vector<std::string> lines_;
  std::set<Phase> phases_;
  std::map<std::string, int> turns_;                   // starts and stops that users asked for
  std::map<std::string, std::pair<int, Wish>> wants_;  // what a user's last word was, once it was answered
  std::set<std::string> gone_;                         // removals that were answered
  int asked_ = 0, answered_ = 0, lives_ = 0;
};

TEST(Core, SurvivesWhateverHappens) {
  std::set<Phase> phases;
  const unsigned first = only_seed != 0 ? only_seed : 1, last = only_seed != 0 ? only_seed : kStories;
  for (unsigned seed = first; seed <= last; ++seed) {
    Story story{seed};
    story.tell();
    phases.insert(story.phases().begin(), story.phases().end());
    if (only_seed != 0 || !story.mistakes().empty()) {
      for (const std::string& line : story.lines()) std::cout << line << '\n';
    }
    for (const std::string& mistake : story.mistakes()) ADD_FAILURE() << "seed " << seed << ": " << mistake;
    if (HasFailure()) return;
  }
  if (only_seed != 0) return;
  for (const Phase phase : {Phase::created, Phase::starting, Phase::running, Phase::paused, Phase::restarting,
                            Phase::stopping, Phase::removing, Phase::exited})
    EXPECT_TRUE(phases.contains(phase)) << "no story had a container " << to_string(phase);
}

}  // namespace
}  // namespace stack::sim

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  stack::log_to("/dev/null", stack::LogLevel::error);
  if (argc == 3 && std::string_view{argv[1]} == "--seed")
    stack::sim::only_seed = static_cast<unsigned>(std::atoi(argv[2]));
  return RUN_ALL_TESTS();
}
