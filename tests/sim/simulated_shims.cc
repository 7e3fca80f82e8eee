#include "tests/sim/simulated_shims.h"

#include <algorithm>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "engine/sandbox/launch_stage.h"

namespace stack::sim {

using namespace std::chrono_literals;

namespace {

const UniqueFd& null_device() {
  static const UniqueFd device{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  return device;
}

}  // namespace

class SimulatedShims::Link final : public core::ShimLink {
 public:
  Link(SimulatedShims& shims, Owned shim) : shims_(shims), shim_(std::move(shim)) { shim_->link = this; }
  ~Link() override {
    if (shim_->link != this) return;
    shim_->link = nullptr;
    // Nobody waits for this start any more; and who has ended, and is alone, leaves.
    if (shim_->hangs) return;
    if (shim_->phase == Shim::Phase::launching || shim_->phase == Shim::Phase::empty ||
        shim_->phase == Shim::Phase::over)
      shims_.leave(shim_);
  }
  void listen(OnPacket on_packet, OnClosed on_closed) override {
    on_packet_ = std::move(on_packet);
    on_closed_ = std::move(on_closed);
  }
  void send(const shim::Packet& packet, std::initializer_list<int> fds) override {
    if (!shims_.machine_.engine_lives) return;
    if (shim_->phase == Shim::Phase::gone) throw Error("talking to the container's shim: broken pipe");
    shims_.on_packet(shim_, packet, fds.size() > 0 ? *fds.begin() : -1);
  }
  void kill_shim() noexcept override {
    if (shims_.machine_.engine_lives) shims_.leave(shim_);
  }

  void packet(const shim::Packet& packet) {
    shim::Received received;
    received.packet = packet;
    const OnPacket callback = on_packet_;  // may destroy this
    if (callback) callback(received);
  }
  void closed() {
    const OnClosed callback = std::exchange(on_closed_, {});
    on_packet_ = {};
    if (callback) callback();
  }

 private:
  SimulatedShims& shims_;
  Owned shim_;
  OnPacket on_packet_;
  OnClosed on_closed_;
};

std::unique_ptr<core::ShimLink> SimulatedShims::spawn() {
  if (!machine_.engine_lives || machine_.strikes(30)) throw Error("creating a shim: no more processes");
  const auto shim = std::make_shared<Shim>();
  shims_.push_back(shim);
  return std::make_unique<Link>(*this, shim);
}

std::unique_ptr<core::ShimLink> SimulatedShims::connect(const std::filesystem::path& socket) {
  const std::string container = socket.filename();
  for (const Owned& shim : shims_) {
    if (shim->container != container || shim->phase == Shim::Phase::gone || shim->phase == Shim::Phase::over) continue;
    auto link = std::make_unique<Link>(*this, shim);
    machine_.later(machine_.some_time(2ms), [this, shim, expected = link.get()] {
      if (shim->link != expected || shim->hangs) return;
      const bool ended = shim->phase == Shim::Phase::over;
      tell(shim, {.kind = shim::Kind::hello,
                  .pid = shim->pid,
                  .status = shim->wait_status,
                  .flags = ended ? std::uint32_t{shim::kHasExited} : 0,
                  .time_ns = shim->ended.time_since_epoch().count()});
    });
    return link;
  }
  return nullptr;
}

UniqueFd SimulatedShims::plan(const std::string& container) {
  UniqueFd fd{::fcntl(null_device().get(), F_DUPFD_CLOEXEC, 3)};
  plans_[fd.get()] = container;
  return fd;
}

std::optional<shim::ExitRecord> SimulatedShims::record(const std::string& container) const {
  const auto found = records_.find(container);
  return found == records_.end() ? std::nullopt : std::optional{found->second};
}

void SimulatedShims::on_packet(const Owned& shim, const shim::Packet& packet, int plan) {
  if (shim->hangs) return;
  switch (packet.kind) {
    case shim::Kind::launch:
      return launch(shim, plans_.at(plan));
    case shim::Kind::exec:
      return start_exec(shim, packet.number);
    case shim::Kind::forget:
      if (shim->phase == Shim::Phase::launching || shim->phase == Shim::Phase::over) leave(shim);
      return;
    default:
      return;
  }
}

void SimulatedShims::launch(const Owned& shim, const std::string& container) {
  if (!machine_.rows.contains(container)) machine_.wrong("a launch of " + container + ", which has no record");
  if (!machine_.folders.contains(container)) machine_.wrong("a launch of " + container + ", which has no folder");
  for (const auto& [pid, program] : machine_.programs) {
    if (program.container == container && !program.immortal && !program.dying)
      machine_.wrong("a launch of " + container + " beside process " + std::to_string(pid));
  }
  shim->container = container;
  shim->phase = Shim::Phase::launching;
  records_.erase(container);
  if (machine_.strikes(20)) {
    shim->hangs = true;
    return;
  }
  machine_.later(machine_.some_time(5ms), [this, shim] {
    if (shim->phase != Shim::Phase::launching || shim->hangs) return;
    if (machine_.strikes(40)) return leave(shim);
    if (machine_.strikes(60)) {
      tell(shim,
           {.kind = shim::Kind::failed, .stage = static_cast<std::int32_t>(sandbox::Stage::lookup), .error = ENOENT});
      return leave(shim);
    }
    shim->phase = Shim::Phase::running;
    shim->started = machine_.time.wall();
    shim->pid = ++last_pid_;
    machine_.programs[shim->pid] = {
        .container = shim->container, .stubborn = machine_.strikes(200), .immortal = machine_.strikes(20)};
    live(shim);
    tell(shim, {.kind = shim::Kind::started, .pid = shim->pid});
  });
}

// Some programs end by themselves.
void SimulatedShims::live(const Owned& shim) {
  if (!machine_.strikes(400)) return;
  const Nanos life = machine_.below(2) == 0 ? machine_.some_time(20ms) : machine_.some_time(30s);
  const int status = machine_.below(2) == 0 ? 0 : W_EXITCODE(1, 0);
  machine_.later(life, [this, pid = shim->pid, status] {
    const auto found = machine_.programs.find(pid);
    if (found != machine_.programs.end() && !found->second.frozen) end_program(pid, status);
  });
}

void SimulatedShims::start_exec(const Owned& shim, std::uint32_t number) {
  machine_.later(machine_.some_time(3ms), [this, shim, number] {
    if (shim->phase != Shim::Phase::running || shim->hangs) return;
    if (machine_.strikes(100))
      return tell(shim, {.kind = shim::Kind::exec_failed,
                         .number = number,
                         .stage = static_cast<std::int32_t>(sandbox::Stage::lookup),
                         .error = ENOENT});
    if (machine_.strikes(50)) return;  // it never starts
    const std::int32_t pid = ++last_pid_;
    shim->execs[pid] = {number};
    tell(shim, {.kind = shim::Kind::exec_started, .number = number, .pid = pid});
    if (machine_.strikes(100)) return;  // it never ends by itself
    machine_.later(machine_.some_time(10ms),
                   [this, pid] { end_program(pid, machine_.strikes(300) ? W_EXITCODE(1, 0) : 0); });
  });
}

sys::Status SimulatedShims::signal(const core::Process& process, int signal) noexcept {
  if (!machine_.engine_lives) return {};
  const auto found = machine_.programs.find(process.pid);
  if (found != machine_.programs.end()) {
    Program& program = found->second;
    if (signal != SIGKILL && (signal == SIGHUP || program.stubborn)) return {};
    const Nanos delay = program.immortal ? 25s : machine_.some_time(signal == SIGKILL ? 2ms : 50ms);
    machine_.later(delay, [this, pid = process.pid, signal] { end_program(pid, signal); });
    return {};
  }
  const bool is_exec =
      std::any_of(shims_.begin(), shims_.end(), [&](const Owned& shim) { return shim->execs.contains(process.pid); });
  if (!is_exec) return sys::Status{ESRCH};
  machine_.later(machine_.some_time(2ms), [this, pid = process.pid, signal] { end_program(pid, signal); });
  return {};
}

// Of a container's program or of an exec.
void SimulatedShims::end_program(std::int32_t pid, int wait_status) {
  const auto found = machine_.programs.find(pid);
  if (found != machine_.programs.end() && found->second.frozen) {
    // Version 1 delivers once it is thawed.
    machine_.later(100ms, [this, pid, wait_status] { end_program(pid, wait_status); });
    return;
  }
  machine_.programs.erase(pid);
  for (const Owned& shim : shims_) {
    if (const auto exec = shim->execs.find(pid); exec != shim->execs.end()) {
      const std::uint32_t number = exec->second.number;
      shim->execs.erase(exec);
      return tell(shim, {.kind = shim::Kind::exec_exited, .number = number, .status = wait_status});
    }
    if (shim->pid != pid || shim->phase != Shim::Phase::running) continue;
    const Owned held = shim;
    if (held->hangs) return;  // nobody notices
    held->phase = Shim::Phase::over;
    held->wait_status = wait_status;
    held->ended = machine_.time.wall();
    records_[held->container] = {.status = wait_status,
                                 .started_ns = held->started.time_since_epoch().count(),
                                 .exited_ns = held->ended.time_since_epoch().count()};
    if (held->link == nullptr) return leave(held);
    return tell(held,
                {.kind = shim::Kind::exited, .status = wait_status, .time_ns = held->ended.time_since_epoch().count()});
  }
}

void SimulatedShims::tell(const Owned& shim, shim::Packet packet) {
  if (shim->link != nullptr && machine_.engine_lives) shim->link->packet(packet);
}

// The process is gone; its program dies with it, mostly.
void SimulatedShims::leave(const Owned& shim) {
  const bool ran = shim->phase == Shim::Phase::running;
  shim->phase = Shim::Phase::gone;
  shim->execs.clear();
  shims_.remove(shim);
  if (ran && !machine_.strikes(300)) {
    machine_.later(machine_.some_time(2ms), [this, pid = shim->pid] { end_program(pid, SIGKILL); });
  }
  machine_.later(0ms, [this, shim] {
    if (shim->link != nullptr && machine_.engine_lives) shim->link->closed();
  });
}

void SimulatedShims::kill_programs_of(const std::string& container) {
  for (auto& [pid, program] : machine_.programs) {
    if (program.container != container) continue;
    program.frozen = false;
    program.dying = true;
    machine_.later(machine_.some_time(1ms), [this, pid = pid] { end_program(pid, SIGKILL); });
  }
}

void SimulatedShims::freeze(const std::string& container, bool frozen) {
  for (auto& [pid, program] : machine_.programs) {
    if (program.container == container) program.frozen = frozen;
  }
}

SimulatedShims::Owned SimulatedShims::some(bool running) {
  std::vector<Owned> found;
  for (const Owned& shim : shims_) {
    const bool runs = shim->phase == Shim::Phase::running;
    if (runs == running || !running) found.push_back(shim);
  }
  return found.empty() ? nullptr : found[machine_.below(static_cast<unsigned>(found.size()))];
}

void SimulatedShims::kill_some() {
  if (const Owned shim = some(false)) leave(shim);
}

void SimulatedShims::hang_some() {
  if (const Owned shim = some(true)) shim->hangs = true;
}

void SimulatedShims::reboot() {
  for (const Owned& shim : shims_) {
    shim->phase = Shim::Phase::gone;
    shim->execs.clear();
  }
  shims_.clear();
  machine_.programs.clear();
}

std::size_t SimulatedShims::alive() const { return shims_.size(); }

}  // namespace stack::sim
