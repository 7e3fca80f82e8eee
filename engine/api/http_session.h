// One connection of the HTTP server: reads requests one after another, finds their handlers and sends the answers.
//
// A request's head and body arrive within the limits, or the client gets an error and the connection ends. An answer that comes before
// the request's body was read is the last one: what is left of the body is read and dropped for a while, so that the client can read the
// answer, then the connection is closed. Owned by the server and by its own coroutine. Loop thread only.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "base/async/timekeeper.h"
#include "engine/api/http_answer.h"
#include "engine/api/http_body.h"
#include "engine/api/http_limits.h"
#include "engine/api/routes.h"

namespace stack::api {

class HttpSession {
 public:
  // `all_body_bytes` counts the bodies of text that all sessions hold at present.
  HttpSession(boost::asio::io_context& loop, boost::asio::local::stream_protocol::socket socket, const Routes& routes,
              const HttpLimits& limits, const Guard& guard, std::size_t& all_body_bytes);

  boost::asio::awaitable<void> run();
  // Answers without a request that could be told apart.
  boost::asio::awaitable<void> refuse(int status, std::string why);

  // Since when it has had no request; nothing while it has one.
  [[nodiscard]] std::optional<boost::asio::steady_timer::time_point> idle_since() const { return idle_since_; }
  // Breaks off what is not answered yet; an idle connection has nobody to tell and is closed.
  void tell_gone();
  void close();

 private:
  // False when the connection is over.
  boost::asio::awaitable<bool> one_request();
  // False when the client left, was too slow, or sent something that is not HTTP, which is answered with an error.
  boost::asio::awaitable<bool> head_arrives(HttpBody::Parser& parser);
  boost::asio::awaitable<void> answer_request(HttpBody& body, const std::shared_ptr<HttpAnswer>& answer);
  // The handler's route; null when the request is answered here, because there is none.
  const Route* routed(HttpAnswer& answer);
  // Closes our half, and drops what still comes until the client closes its own.
  boost::asio::awaitable<void> linger();
  boost::asio::awaitable<void> drop();

  boost::asio::io_context& loop_;
  boost::asio::local::stream_protocol::socket socket_;
  const Routes& routes_;
  const HttpLimits& limits_;
  const Guard& guard_;
  std::size_t& all_body_bytes_;
  async::SystemTimekeeper time_;
  std::optional<boost::asio::steady_timer::time_point> idle_since_;
  boost::beast::flat_buffer buffer_;
  HttpAnswer* answer_ = nullptr;
};

}  // namespace stack::api
