// From the answers of backends to the replies of exchanges: what a backend fails with is the exchange's failure.
//
// Loop thread. The callbacks keep the exchange alive.
#pragma once

#include <memory>
#include <utility>
#include <variant>

#include "engine/api/backend.h"
#include "engine/api/exchange.h"

namespace stack::api {

// `then` gets a good answer.
template <class T, class Then>
Answer<T> answering(std::shared_ptr<Exchange> exchange, Then then) {
  return [exchange = std::move(exchange), then = std::move(then)](std::variant<T, Error> answer) mutable {
    if (const auto* error = std::get_if<Error>(&answer)) return exchange->fail(*error);
    then(std::get<T>(std::move(answer)));
  };
}

// `write` makes the reply's body of a good answer.
template <class T, class Write>
Answer<T> replying(const std::shared_ptr<Exchange>& exchange, int status, Write write) {
  return answering<T>(exchange,
                      [exchange, status, write = std::move(write)](T value) { exchange->reply(status, write(value)); });
}
template <class T, class Write>
Answer<T> replying(const std::shared_ptr<Exchange>& exchange, Write write) {
  return replying<T>(exchange, 200, std::move(write));
}

// What is done has no more to say than its status.
inline Answer<std::monostate> replying(const std::shared_ptr<Exchange>& exchange, int status) {
  return answering<std::monostate>(exchange, [exchange, status](std::monostate) {
    exchange->reply(Reply{.status = status, .content_type = {}, .headers = {}, .body = {}});
  });
}

}  // namespace stack::api
