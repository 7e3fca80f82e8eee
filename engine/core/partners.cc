// The containers whose namespaces another one joins.
#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"
#include "engine/core/managed_container.h"

namespace stack::core {

namespace asio = boost::asio;
using model::Status;

namespace {

// For a partner that restarts by its policy: its pauses begin with a tenth of a second and double.
constexpr std::chrono::seconds kPartnerWait{10};
constexpr std::string_view kContainer = "container:";

}  // namespace

asio::awaitable<void> ManagedContainer::wait_for_partners() {
  const Mono deadline = context_.time.mono() + kPartnerWait;
  for (const std::string* mode : {&row_.spec.network_mode, &row_.spec.pid_mode, &row_.spec.ipc_mode}) {
    if (!mode->starts_with(kContainer)) continue;
    const auto partner = neighbours_.container(mode->substr(kContainer.size()));
    if (partner) co_await partner->wait_for_restart(deadline);
  }
}

asio::awaitable<void> ManagedContainer::wait_for_restart(Mono deadline) {
  bool in_time = true;
  while (row_.state.status == Status::restarting && in_time)
    in_time = co_await changed_.wait_until(context_.time, deadline);
}

std::shared_ptr<ManagedContainer> ManagedContainer::network_owner() const {
  constexpr int kSharedMax = 16;
  std::shared_ptr<ManagedContainer> owner;
  const std::string* mode = &row_.spec.network_mode;
  for (int i = 0; i < kSharedMax && mode->starts_with(kContainer); ++i) {
    owner = neighbours_.container(mode->substr(kContainer.size()));
    if (!owner) return nullptr;
    mode = &owner->row().spec.network_mode;
  }
  return owner;
}

std::optional<std::int32_t> ManagedContainer::pid_of(const std::string& mode, const char* key) const {
  if (!mode.starts_with(kContainer)) return std::nullopt;
  const std::string name = mode.substr(kContainer.size());
  const auto other = neighbours_.container(name);
  if (!other) throw Error(ErrorKind::not_found, std::string{key} + ": no such container: " + name);
  const std::string who = std::string{key} + ": container " + other->row().spec.name;
  if (other->row().state.status == Status::restarting) {
    throw Error(ErrorKind::conflict,
                who + " is restarting, and did not run within " + std::to_string(kPartnerWait.count()) + " seconds")
        .remedy("look why it ends: stack logs " + other->row().spec.service);
  }
  if (other->row().state.status != Status::running)
    throw Error(ErrorKind::conflict, who + " is not running").remedy("start it first");
  if (std::string_view{key} == "ipc" && other->row().spec.ipc_mode != "shareable" &&
      other->row().spec.ipc_mode != "host") {
    throw Error(ErrorKind::conflict, "ipc: container " + other->row().spec.name + " does not share its own")
        .remedy("give that service ipc: shareable");
  }
  return other->row().state.pid;
}

}  // namespace stack::core
