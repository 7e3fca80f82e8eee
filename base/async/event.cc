#include "base/async/event.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace stack::async {

namespace asio = boost::asio;

asio::awaitable<void> Event::wait() {
  boost::system::error_code signalled;
  co_await signal_.async_wait(asio::redirect_error(asio::use_awaitable, signalled));
  // The signal and the cancellation of the task look the same to the timer.
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
}

asio::awaitable<bool> Event::wait_until(Timekeeper& time, Mono deadline) {
  if (time.mono() >= deadline) co_return false;
  const auto alarm = time.at(deadline, [this] { notify_all(); });
  co_await wait();
  co_return time.mono() < deadline;
}

asio::awaitable<void> sleep_until(asio::io_context& loop, Timekeeper& time, Mono when) {
  Event due{loop};
  for (bool early = true; early;) early = co_await due.wait_until(time, when);
}

}  // namespace stack::async
