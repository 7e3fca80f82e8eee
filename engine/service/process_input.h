// What a client writes to a process: kept until the process reads it, with a bound on what is kept.
//
// Loop thread; its writing is a task of the group that it is given, which must outlive it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "base/async/event.h"
#include "base/async/task_group.h"
#include "base/unique_fd.h"

namespace stack::service {

class ProcessInput : public std::enable_shared_from_this<ProcessInput> {
 public:
  // `want_more` is called with false while more is kept than kQueuedMax, and with true afterwards; may be empty.
  ProcessInput(boost::asio::io_context& loop, async::TaskGroup& tasks, std::function<void(bool)> want_more)
      : loop_(loop), tasks_(tasks), want_more_(std::move(want_more)), changed_(loop) {}

  static constexpr std::size_t kQueuedMax = 1 << 20;  // bytes

  void write(std::string_view bytes);
  // The client writes no more: the descriptor is closed after the last byte; a terminal, which has no other end of input, gets the
  // character for it instead.
  void end();
  // Where it goes; called once. What was written before waited for it.
  void begin(UniqueFd to, bool terminal);
  // The process is gone.
  void abandon();
  // Called once everything is written and the descriptor is closed.
  void on_closed(std::function<void()> callback) { on_closed_ = std::move(callback); }

 private:
  boost::asio::awaitable<void> run(UniqueFd to, bool terminal);

  boost::asio::io_context& loop_;
  async::TaskGroup& tasks_;
  std::function<void(bool)> want_more_;
  std::function<void()> on_closed_;
  async::Event changed_;
  std::deque<std::string> queue_;
  std::size_t bytes_ = 0;
  bool ended_ = false, over_ = false;
};

}  // namespace stack::service
