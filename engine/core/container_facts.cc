// What a container's shim says, as messages for the inbox.
#include "base/log.h"
#include "base/thrown.h"
#include "engine/core/managed_container.h"

namespace stack::core {

void ManagedContainer::guarded(const char* what, const std::function<void()>& work) noexcept {
  // The session may go in it, and with the session the last thing that holds the container.
  const auto self = shared_from_this();
  try {
    work();
  } catch (const std::exception& error) {
    give_up(std::string{"the engine could not handle "} + what + ": " + error_of(error).message());
  }
}

void ManagedContainer::on_launched(ShimSession::Launched launched) noexcept {
  guarded("the start of its program", [&] {
    if (launched.dns_udp) network_.serve_dns(std::move(launched.dns_udp), std::move(launched.dns_tcp));
    if (const auto owner = network_owner()) owner->network_.share();
    post({.trigger = launched.adopted ? Trigger::adopted : Trigger::launched, .content = std::move(launched)});
  });
}

void ManagedContainer::on_failed(Error why) noexcept {
  guarded("a failed start", [&] { post({.trigger = Trigger::launch_failed, .content = std::move(why)}); });
}

void ManagedContainer::on_exited(ShimSession::Exit exit) noexcept {
  guarded("the end of its program", [&] {
    // The record on disk also knows when the program started: perhaps no engine ever heard of it.
    const auto recorded = exit.adopted ? recorded_exit() : std::nullopt;
    post({.trigger = Trigger::exited, .content = recorded.value_or(exit)});
  });
}

void ManagedContainer::on_lost() noexcept {
  log_error("container " + record_.id + ": its shim was killed");
  guarded("the end of its shim", [&] { post({.trigger = Trigger::connection_lost}); });
}

std::optional<ShimSession::Exit> ManagedContainer::recorded_exit() {
  const auto record = context_.files.exit_record(record_.id);
  if (!record) return std::nullopt;
  const auto& known = record_.state.finished;
  if (known && record->exited_ns <= known->time_since_epoch().count()) return std::nullopt;
  record_.state.started = Wall{Nanos{record->started_ns}};
  return ShimSession::Exit{.wait_status = record->status,
                           .oom_killed = (record->flags & shim::kOomKilled) != 0,
                           .when = Wall{Nanos{record->exited_ns}},
                           .adopted = true};
}

}  // namespace stack::core
