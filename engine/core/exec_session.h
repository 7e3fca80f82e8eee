// A process that a shim started beside the container's first one: its descriptors on our side, and how it ended.
//
// Loop thread only; outlives the shim's session, which then has ended it. Whoever holds it reads out and err to their end. A process
// whose container, or whose shim, goes away ends with code 137.
#pragma once

#include <cstdint>
#include <optional>

#include <boost/asio/awaitable.hpp>

#include "base/async/event.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "engine/core/shims.h"

namespace stack::core {

class ExecSession {
 public:
  ExecSession(boost::asio::io_context& loop, Shims& shims, std::uint32_t number)
      : changed_(loop), shims_(shims), number_(number) {}

  // Our ends: with a terminal only `terminal`, both ways.
  UniqueFd in, out, err, terminal;

  [[nodiscard]] std::uint32_t number() const { return number_; }
  // On the host; 0 until it has started.
  [[nodiscard]] std::int32_t pid() const { return process_.pid; }
  [[nodiscard]] std::optional<int> exit_code() const { return exit_code_; }

  boost::asio::awaitable<int> wait() {
    while (!exit_code_) co_await changed_.wait();
    co_return *exit_code_;
  }
  // Nothing when it has not ended by then.
  boost::asio::awaitable<std::optional<int>> wait_until(async::Timekeeper& time, Mono deadline) {
    for (bool in_time = true; !exit_code_ && in_time;) in_time = co_await changed_.wait_until(time, deadline);
    co_return exit_code_;
  }
  // Resumes once it has started. Throws what kept it from that, and unavailable at the deadline: then it is killed should it start
  // later.
  boost::asio::awaitable<void> wait_for_start(async::Timekeeper& time, Mono deadline);
  // It may have ended by itself meanwhile: then there is nobody to tell.
  void signal(int number) noexcept {
    if (process_.pid != 0 && !exit_code_) static_cast<void>(shims_.signal(process_, number));
  }

  // For the session that owns the process.
  void started(Process process) {
    process_ = std::move(process);
    changed_.notify_all();
  }
  void failed(Error error) {
    failure_ = std::move(error);
    changed_.notify_all();
  }
  void ended(int code) {
    if (!exit_code_) exit_code_ = code;
    changed_.notify_all();
  }

 private:
  async::Event changed_;
  Shims& shims_;
  std::uint32_t number_;
  Process process_;
  std::optional<Error> failure_;
  std::optional<int> exit_code_;
};

}  // namespace stack::core
