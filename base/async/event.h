// Something that coroutines of one loop wait for: wait() suspends until the next notify_all(), or until a deadline.
//
// A waiter always looks at its own condition again: `while (!ready) co_await event.wait();`. When its task is cancelled, wait()
// throws boost::system::system_error(operation_aborted). Loop thread only; must outlive its waiters.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/async/timekeeper.h"

namespace stack::async {

class Event {
 public:
  explicit Event(boost::asio::io_context& loop) : signal_(loop, boost::asio::steady_timer::time_point::max()) {}

  // Wakes everybody who waits now. Those who wait later wait for the next call.
  void notify_all() { signal_.cancel(); }
  boost::asio::awaitable<void> wait();
  // False when `deadline` has passed.
  boost::asio::awaitable<bool> wait_until(Timekeeper& time, Mono deadline);

 private:
  boost::asio::steady_timer signal_;  // never expires: its cancellation is the signal
};

// Suspends until `when`.
boost::asio::awaitable<void> sleep_until(boost::asio::io_context& loop, Timekeeper& time, Mono when);

}  // namespace stack::async
