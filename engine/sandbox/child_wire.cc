#include "engine/sandbox/child_wire.h"

#include <cerrno>
#include <cstring>
#include <iterator>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/sys/descriptor_message.h"

namespace stack::sandbox {
namespace {

constexpr int kFailedExit = 127;

}  // namespace

bool send_word(int socket, const ChildMessage& message, const int* fds, std::size_t count) noexcept {
  return static_cast<bool>(sys::send_message(BorrowedFd{socket}, &message, sizeof message, fds, count));
}

Heard hear(int socket, ChildReport& out) noexcept {
  const auto got = sys::receive_message(BorrowedFd{socket}, &out.message, sizeof out.message, out.fds,
                                        std::size(out.fds), MSG_DONTWAIT);
  out.count = got ? got->fds : 0;
  if (!got) return got.err() == EAGAIN ? Heard::nothing : Heard::end;
  if (got->bytes != sizeof out.message) return Heard::end;
  out.message.detail[sizeof out.message.detail - 1] = '\0';
  return Heard::message;
}

void Reporter::fail(Stage stage, int err, const char* detail) const noexcept {
  ChildMessage message;
  message.word = Word::failed;
  message.stage = static_cast<std::int32_t>(stage);
  message.error = err;
  std::strncpy(message.detail, detail, sizeof message.detail - 1);
  // When the shim is gone there is nobody left to tell.
  (void)send_word(socket_, message, nullptr, 0);
  ::_exit(kFailedExit);
}

bool Reporter::wait() const noexcept {
  char byte = 0;
  ssize_t n = 0;
  do {
    n = ::recv(socket_, &byte, 1, 0);
  } while (n < 0 && errno == EINTR);
  return n == 1;
}

bool Reporter::shim_lives() const noexcept {
  pollfd one{socket_, POLLIN, 0};
  return ::poll(&one, 1, 0) == 0;
}

}  // namespace stack::sandbox
