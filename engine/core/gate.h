// A condition that coroutines of one loop wait for: wait() suspends until somebody calls open_all(), or until a deadline.
//
// Lives on the loop's thread only. A waiter that is cancelled throws boost::system::system_error(operation_aborted).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/clock.h"

namespace stack::core {

class Gate {
 public:
  explicit Gate(boost::asio::io_context& loop) : timer_(loop, boost::asio::steady_timer::time_point::max()) {}

  // Wakes everybody who waits now. Those who wait later wait for the next call.
  void open_all() { timer_.cancel(); }

  // False when `deadline` has passed instead.
  boost::asio::awaitable<bool> wait_until(Mono deadline) {
    if (SystemClock{}.mono() >= deadline) co_return false;
    boost::asio::steady_timer limit{timer_.get_executor()};
    limit.expires_at(std::chrono::time_point_cast<std::chrono::steady_clock::duration>(deadline));
    limit.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled) open_all();
    });
    co_await wait();
    co_return SystemClock{}.mono() < deadline;
  }

  boost::asio::awaitable<void> wait() {
    boost::system::error_code ignored;
    co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }

 private:
  boost::asio::steady_timer timer_;  // never expires; its cancellation is the signal
};

}  // namespace stack::core
