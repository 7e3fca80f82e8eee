// The few words between a child and the shim that made it: one SOCK_SEQPACKET pair. No heap, noexcept.
//
//   child -> shim   failed{stage, error, detail} | dns + 2 descriptors | terminal + 1 descriptor | ready (about to execve)
//                   | born + 1 descriptor: the pidfd of the process that takes the child's place, see child_birth.h
//   shim -> child   one byte: the control group is joined and the network's outer half stands
//
// What is sent after `born` may come from whoever traces that process inside the container: the shim takes only `failed`
// and `ready` from then on, and asks the kernel whether the pidfd is a child of its own.
// The connection closes by close-on-exec: an end after `ready` without `failed` means that the program runs.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/unique_fd.h"
#include "engine/sandbox/stage.h"

namespace stack::sandbox {

enum class Word : std::uint32_t { failed = 1, dns, terminal, ready, born };

struct ChildMessage {
  Word word{};
  std::int32_t stage = 0;
  std::int32_t error = 0;
  std::uint32_t unused = 0;
  char detail[256]{};
};

struct ChildReport {
  ChildMessage message;
  UniqueFd fds[2];
  std::size_t count = 0;
};

bool send_word(int socket, const ChildMessage& message, const int* fds, std::size_t count) noexcept;
enum class Heard { message, nothing, end };
// Does not block.
Heard hear(int socket, ChildReport& out) noexcept;

// The child's end: reports and leaves.
class Reporter {
 public:
  explicit Reporter(int socket) noexcept : socket_(socket) {}
  [[noreturn]] void fail(Stage stage, int err, const char* detail = "") const noexcept;
  // Waits for the shim's byte; false when the shim is gone.
  [[nodiscard]] bool wait() const noexcept;
  // Whether the shim still lives, asked without waiting.
  [[nodiscard]] bool shim_lives() const noexcept;
  [[nodiscard]] int socket() const noexcept { return socket_; }
  void moved_to(int socket) noexcept { socket_ = socket; }

 private:
  int socket_;
};

}  // namespace stack::sandbox
