// How a new engine finds a container of which the one before it only left a record.
#include "engine/core/container_record.h"
#include "engine/core/managed_container.h"
#include "health/restart.h"

namespace stack::core {

namespace asio = boost::asio;
using model::Status;

asio::awaitable<void> ManagedContainer::recover(bool same_boot) {
  const auto self = shared_from_this();
  if (record_.state.paused_to_read && record_.state.status == Status::paused) resumed(record_.state);
  const bool was_alive = is_alive(record_.state);
  restarts_.attempts = static_cast<int>(record_.state.restart_count);
  phase_ = Phase::recovering;
  if (same_boot) {
    co_await adopt();
    if (phase_ != Phase::recovering) co_return;
    // Without its shim nothing of it may run on: the next start would stand beside it.
    if (was_alive) context_.groups.kill_all(record_);
  }
  find_out(same_boot, was_alive);
}

// Leaves the phase as it is when no shim answers.
asio::awaitable<void> ManagedContainer::adopt() {
  auto link = context_.shims.connect(context_.files.socket(record_.id));
  if (!link) co_return;
  mounts_ = context_.volumes.adopt(record_);
  network_.adopt();
  ShimSession::Owner& owner = *this;
  session_ = std::make_unique<ShimSession>(context_.loop, context_.time, context_.shims, owner);
  session_->adopt(std::move(link));
  arm(Trigger::launch_overdue, kStartWait);
  while (phase_ == Phase::recovering && session_) co_await changed_.wait();
  if (phase_ != Phase::recovering) co_return;
  network_.release();
  mounts_.clear();
}

void ManagedContainer::find_out(bool same_boot, bool was_alive) {
  model::ContainerState& state = record_.state;
  const model::ContainerState before = state;
  // Nothing of it is reserved any more: a start asks again, and gets the same addresses when they are free.
  state.endpoints.clear();
  state.ports.clear();
  const auto exit = same_boot ? recorded_exit() : std::nullopt;
  const Nanos ran = state.started && state.finished ? Nanos{*state.finished - *state.started} : Nanos{0};
  decision_ = {};
  if (exit) return post({.trigger = Trigger::exited, .content = *exit});
  if (was_alive && !(state.status == Status::restarting && same_boot)) {
    const Nanos until_now = state.started ? Nanos{context_.time.wall() - *state.started} : Nanos{0};
    decision_ = decision_after(kLostExitCode, until_now);
    return post({.trigger = Trigger::lost});
  }
  if (state.status == Status::restarting) decision_ = decision_after(state.exit_code, ran);
  // A machine that starts again brings back what shall always run, also what somebody had stopped before. An engine that starts
  // again does not: it comes and goes with its users' commands.
  if (!same_boot && state.started &&
      health::start_with_engine(record_.spec.restart, state.stopped_by_user, false, state.exit_code)) {
    restarts_ = {};
    want(Desired::up);
    decision_ = decision_after(state.exit_code, Nanos{0});
  }
  post({.trigger = Trigger::idle});
  if (record_.state != before) save({});
}

}  // namespace stack::core
