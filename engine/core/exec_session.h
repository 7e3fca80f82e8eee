// A process that the shim started beside the container's first one: its descriptors on our side, and how it ended.
//
// Loop thread only. Whoever holds the session reads out and err to their end; wait() resumes after the process has ended, or
// with 137 when the container went away under it.
#pragma once

#include <cstdint>
#include <optional>

#include <boost/asio/awaitable.hpp>

#include "base/async/event.h"
#include "base/unique_fd.h"

namespace stack::core {

class ExecSession {
 public:
  ExecSession(boost::asio::io_context& loop, std::uint32_t number) : changed_(loop), number_(number) {}

  // Our ends: with a terminal only `terminal`, both ways.
  UniqueFd in, out, err, terminal;

  [[nodiscard]] std::uint32_t number() const { return number_; }
  [[nodiscard]] std::optional<int> exit_code() const { return exit_code_; }
  [[nodiscard]] std::int32_t pid() const { return pid_; }

  boost::asio::awaitable<int> wait() {
    while (!exit_code_) co_await changed_.wait();
    co_return *exit_code_;
  }

  // For the container that owns the process.
  void started(std::int32_t pid) {
    pid_ = pid;
    changed_.notify_all();
  }
  void ended(int code) {
    if (!exit_code_) exit_code_ = code;
    changed_.notify_all();
  }
  async::Event& changed() { return changed_; }

 private:
  async::Event changed_;
  std::uint32_t number_;
  std::int32_t pid_ = 0;
  std::optional<int> exit_code_;
};

}  // namespace stack::core
