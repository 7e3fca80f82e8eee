// Further processes in the container: execs and probes, kExecutionsMax at a time, of which one place is kept for the probe: whatever
// users leave running, the container's health is known. No heap; places that were never used are memory that was never touched.
//
// Each is free -> starting (its child has not become the program yet) -> running -> free. Results go to the connection
// that asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include "base/unique_fd.h"
#include "engine/shim/child_process.h"
#include "engine/shim/container.h"
#include "engine/shim/packet_socket.h"

namespace stack::shim {

inline constexpr std::size_t kExecutionsMax = 256;

// Where results go: false when that connection is gone.
struct Outlet {
  void* context = nullptr;
  void (*send)(void* context, std::uint64_t connection, const Packet& packet, const int* fds,
               std::size_t count) = nullptr;
};

class Executions {
 public:
  explicit Executions(Outlet outlet) noexcept : outlet_(outlet) {}

  // Takes the request's descriptors. What fails at once is answered at once.
  void start(const Container& container, std::uint64_t connection, Received& request) noexcept;
  // Numbers are those of the connection that started the exec: a later engine counts from one again.
  void signal(std::uint64_t connection, std::uint32_t number, int signal) noexcept;
  void resize(std::uint64_t connection, std::uint32_t number, std::uint16_t rows, std::uint16_t columns) noexcept;

  static constexpr std::size_t kPollMax = 2 * kExecutionsMax;
  std::size_t watch(pollfd* out) const noexcept;
  void attend(const pollfd* polled, std::size_t count) noexcept;
  [[nodiscard]] bool any() const noexcept;

 private:
  struct One {
    bool used = false, probe = false, tty = false, ready = false, running = false;
    std::uint32_t number = 0;
    std::uint64_t connection = 0;
    int stage = 0, error = 0;
    char detail[256]{};
    ChildProcess process;
    UniqueFd line, terminal;
  };
  One* begin() noexcept { return std::launder(reinterpret_cast<One*>(storage_)); }
  One* end() noexcept { return begin() + made_; }
  [[nodiscard]] const One* begin() const noexcept { return std::launder(reinterpret_cast<const One*>(storage_)); }
  [[nodiscard]] const One* end() const noexcept { return begin() + made_; }
  // Null when all places are taken, but for the one that a probe may have.
  One* free_place(bool probe) noexcept;
  One* find(std::uint64_t connection, std::uint32_t number) noexcept;
  Failure make_child(const Container& container, Received& request, One& one) noexcept;
  void refuse(std::uint64_t connection, std::uint32_t number, const Failure& failure) noexcept;
  void on_line(One& one) noexcept;
  void on_exit(One& one) noexcept;

  Outlet outlet_;
  std::size_t made_ = 0;  // places that were ever used
  alignas(One) std::byte storage_[kExecutionsMax * sizeof(One)];
};

}  // namespace stack::shim
