// Shims as the core sees them: how one is started or found again, and how processes that it looks after are signalled. The seam at
// which a simulation stands in for the kernel.
//
// Loop thread only. A Shims lives as long as the engine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>

#include "base/sys/result.h"
#include "base/unique_fd.h"
#include "engine/shim/packet_socket.h"

namespace stack::core {

// One connection to a shim. Destroying it closes the connection: a shim whose program runs goes on, one that is still launching
// gives up.
class ShimLink {
 public:
  using OnPacket = std::function<void(shim::Received&)>;
  using OnClosed = std::function<void()>;

  virtual ~ShimLink() = default;
  // From now on the callbacks are called from the loop, never from within a call; the link may be destroyed in them. After
  // on_closed nothing comes any more.
  virtual void listen(OnPacket on_packet, OnClosed on_closed) = 0;
  // Throws stack::Error when the shim is gone or does not read.
  virtual void send(const shim::Packet& packet, std::initializer_list<int> fds = {}) = 0;
  // Ends a shim that does not answer.
  virtual void kill_shim() noexcept = 0;
};

// A process of a container: its number may be used again, its descriptor is its own.
struct Process {
  std::int32_t pid = 0;
  UniqueFd pidfd;
};

class Shims {
 public:
  virtual ~Shims() = default;
  // Throws stack::Error when the process cannot be made.
  virtual std::unique_ptr<ShimLink> spawn() = 0;
  // Null when nobody answers at the socket.
  virtual std::unique_ptr<ShimLink> connect(const std::filesystem::path& socket) = 0;
  // Takes hold of a process that its shim has just named.
  virtual Process hold(std::int32_t pid) = 0;
  // ESRCH when it has ended.
  virtual sys::Status signal(const Process& process, int signal) noexcept = 0;
  // Also when its shim has not taken notice yet.
  [[nodiscard]] virtual bool has_ended(const Process& process) const noexcept = 0;
};

}  // namespace stack::core
