// What the shim tells about its container, and what follows from it.
#include <boost/asio/post.hpp>
#include <signal.h>

#include "base/log.h"
#include "base/sys/syscalls.h"
#include "base/thrown.h"
#include "engine/cgroup/cgroup_tree.h"
#include "engine/core/container_lifecycle.h"
#include "engine/core/managed_container.h"
#include "engine/image/image_store.h"
#include "engine/sandbox/launch_stage.h"
#include "netns/network.h"

namespace stack::core {

namespace asio = boost::asio;
using model::Status;

void ManagedContainer::guarded(const char* event, const std::function<void()>& work) noexcept {
  // The callback may destroy what it was called from.
  const auto self = shared_from_this();
  try {
    work();
  } catch (const std::exception& error) {
    give_up(std::string{"the engine could not handle a "} + event + ": " + error_of(error).message());
  }
}

// The container is dead: nothing of it runs, its addresses are free, and its record says why. Only its removal is left.
void ManagedContainer::give_up(const std::string& reason) noexcept {
  log_error("container " + row_.id + ": " + reason);
  try {
    restart_alarm_.reset();
    stop_probes();
    kill_processes();
    if (std::exchange(launching_, false)) launch_failure_ = Error(reason);
    died(row_.state, reason, context_.time.wall());
    release_network();
    save("die", {{"exitCode", std::to_string(row_.state.exit_code)}});
  } catch (const std::exception& error) {
    log_error("container " + row_.id + ": giving it up: " + error.what());
  }
  changed_.notify_all();
}

void ManagedContainer::on_packet(shim::Received& received) {
  const shim::Packet& packet = received.packet;
  switch (packet.kind) {
    case shim::Kind::hello:
      if ((packet.flags & shim::kHasExited) != 0) {
        if (!take_exit_record()) {
          on_exit(packet.status, (packet.flags & shim::kOomKilled) != 0, Wall{Nanos{packet.time_ns}});
        }
        break;
      }
      [[fallthrough]];
    case shim::Kind::started:
      on_running(received, context_.time.wall());
      break;
    case shim::Kind::failed:
      launch_failure_ = sandbox::launch_error(static_cast<sandbox::Stage>(packet.stage), packet.error, packet.detail);
      changed_.notify_all();
      break;
    case shim::Kind::exited:
      on_exit(packet.status, (packet.flags & shim::kOomKilled) != 0, Wall{Nanos{packet.time_ns}});
      break;
    case shim::Kind::exec_started: {
      const auto found = execs_.find(packet.number);
      const auto session = found == execs_.end() ? nullptr : found->second.lock();
      if (!session) {
        // Whoever asked for it has given up.
        const auto late = sys::pidfd_open(packet.pid);
        if (late) static_cast<void>(sys::pidfd_send_signal(*late, SIGKILL));
        break;
      }
      if ((packet.flags & shim::kHasTerminal) != 0 && received.count > 0)
        session->terminal = std::move(received.fds[0]);
      session->started(packet.pid);
      break;
    }
    case shim::Kind::exec_failed: {
      const auto found = execs_.find(packet.number);
      const auto session = found == execs_.end() ? nullptr : found->second.lock();
      if (!session) break;
      exec_failures_[packet.number] =
          sandbox::launch_error(static_cast<sandbox::Stage>(packet.stage), packet.error, packet.detail);
      session->changed().notify_all();
      break;
    }
    case shim::Kind::exec_exited: {
      const auto found = execs_.find(packet.number);
      if (found == execs_.end()) break;
      if (const auto session = found->second.lock()) session->ended(exit_code_of(packet.status));
      execs_.erase(found);
      break;
    }
    default:
      log_warning("container " + row_.id + ": a packet from the shim that the engine does not know");
  }
}

void ManagedContainer::on_running(shim::Received& received, Wall when) {
  const shim::Packet& packet = received.packet;
  const bool adopted = packet.kind == shim::Kind::hello;
  std::size_t next = 0;
  const auto take = [&] { return next < received.count ? std::move(received.fds[next++]) : UniqueFd{}; };
  pidfd_ = take();
  if ((packet.flags & shim::kHasDns) != 0) {
    UniqueFd udp = take(), tcp = take();
    context_.network.serve_dns(row_.id, std::move(udp), std::move(tcp));
  }
  if ((packet.flags & shim::kHasStdin) != 0) stdin_ = take();
  if ((packet.flags & shim::kHasTerminal) != 0) terminal_ = take();
  if (const auto owner = network_owner()) owner->network_shared_ = true;
  const bool known = adopted && row_.state.status == Status::running && row_.state.pid == packet.pid;
  const std::optional<Check> checked = check();
  if (!known) {
    started(row_.state, packet.pid, when, checked.has_value());
    save("start");
  }
  launching_ = false;
  set_readiness(!checked || row_.state.health == model::Health::healthy ? netns::Readiness::ready
                                                                        : netns::Readiness::last_resort);
  if (checked) start_probes(*checked, known);
  changed_.notify_all();
}

void ManagedContainer::on_exit(int wait_status, bool oom_killed, Wall when) {
  // Given up already: that is its end, whatever its process still says.
  if (row_.state.status == Status::dead) return forget_shim();
  if (launching_) {
    launching_ = false;
  }
  stop_probes();
  pidfd_.reset();
  stdin_.reset();
  terminal_.reset();
  for (const auto& [number, weak] : execs_) {
    if (const auto session = weak.lock()) session->ended(137);
  }
  execs_.clear();
  exited(row_.state, wait_status, oom_killed, when);
  forget_shim();
  std::map<std::string, std::string> attributes{{"exitCode", std::to_string(row_.state.exit_code)}};
  if (oom_killed) save("oom");
  plan_restart(row_.state.stopped_by_user);
  save("die", std::move(attributes));
}

void ManagedContainer::forget_shim() {
  if (!shim_) return;
  try {
    shim_->send({.kind = shim::Kind::forget});
  } catch (const Error&) {
    // It has left by itself, which is what was asked of it.
  }
  // Not destroyed here: this runs inside its callback.
  asio::post(context_.loop, [old = std::shared_ptr<ShimSocket>(std::move(shim_))] {});
}

void ManagedContainer::kill_processes() const noexcept {
  cgroup::kill_all(context_.facts.cgroups, context_.options.cgroup() + "/" + row_.id);
}

void ManagedContainer::on_closed() {
  if (launching_) {
    kill_processes();
    if (!launch_failure_) launch_failure_ = Error("the container's shim exited without reporting a status");
    changed_.notify_all();
    return;
  }
  if (row_.state.status != Status::running && row_.state.status != Status::paused) return;
  kill_processes();
  // The shim was killed, and the container with it. The record says more if it got that far.
  if (take_exit_record()) return;
  log_error("container " + row_.id + ": its shim was killed");
  on_exit(SIGKILL, false, context_.time.wall());
}

void ManagedContainer::plan_restart(bool was_user_stop) {
  const bool has_run = row_.state.started && row_.state.finished;
  const health::RestartDecision decision =
      health::decide(row_.spec.restart, restart_,
                     {.code = row_.state.exit_code,
                      .ran = has_run ? Nanos{*row_.state.finished - *row_.state.started} : Nanos{0},
                      .stopped_by_user = was_user_stop});
  restart_ = decision.state;
  if (!decision.restart) {
    row_.state.endpoints.clear();
    row_.state.ports.clear();
    release_network();
    return;
  }
  // The addresses and ports stay reserved, but nobody is sent to them.
  set_readiness(netns::Readiness::none);
  restart_planned(row_.state);
  restart_alarm_ = context_.time.after(decision.pause, [this] {
    if (row_.state.status == Status::restarting) context_.tasks.start(restart());
  });
}

asio::awaitable<void> ManagedContainer::restart() {
  const auto self = shared_from_this();
  try {
    const auto lock = co_await mutex_.lock();
    if (row_.state.status == Status::restarting) co_await launch(false);
  } catch (const Error& error) {
    log_warning(error.message());  // the next one is planned already
  }
}

}  // namespace stack::core
