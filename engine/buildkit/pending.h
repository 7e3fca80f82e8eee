// An answer of a backend, which comes by a callback, for a coroutine that waits. Loop thread only; the callback may outlive the wait.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include <boost/asio/awaitable.hpp>

#include "base/async/event.h"
#include "engine/api/backend.h"

namespace stack::buildkit {

template <class T>
struct Pending {
  explicit Pending(boost::asio::io_context& loop) : changed(loop) {}
  std::optional<std::variant<T, Error>> answer;
  async::Event changed;

  static api::Answer<T> filling(const std::shared_ptr<Pending>& pending) {
    return [pending](std::variant<T, Error> got) {
      pending->answer = std::move(got);
      pending->changed.notify_all();
    };
  }
};
template <class T>
boost::asio::awaitable<T> result_of(std::shared_ptr<Pending<T>> pending) {
  while (!pending->answer) co_await pending->changed.wait();
  if (const auto* error = std::get_if<Error>(&*pending->answer)) throw Error(*error);
  co_return std::get<T>(std::move(*pending->answer));
}

}  // namespace stack::buildkit
