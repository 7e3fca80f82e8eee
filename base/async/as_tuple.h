// Awaits an operation of Asio and takes its error as a value: `auto [failed, got] = co_await socket.async_read_some(b, kTuple)`.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace stack::async {

inline constexpr auto kTuple = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace stack::async
