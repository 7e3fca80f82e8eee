// HTTP/1.1 on a unix socket (Boost.Beast's door on the daemon's side).
//
// What a client can hold is bounded: a request's head must arrive within kHeadWait, the next piece of its body within kBodyWait, and a
// connection without a request is closed after kIdleWait, or earlier when kSessionsMax are open and another client comes. Bodies of
// text of all sessions together take at most kBodiesBytesMax, and nest at most kJsonDepthMax deep.
//
// Every session is a coroutine that this server owns; stop() ends them in two steps: producers are told that the client has
// gone, then, after the grace period, connections are closed. Loop thread only.
#pragma once

#include <chrono>
#include <memory>
#include <set>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "base/async/task_group.h"
#include "base/unique_fd.h"
#include "engine/api/routes.h"

namespace stack::api {

class HttpServer {
 public:
  static constexpr std::size_t kSessionsMax = 512;
  static constexpr std::size_t kHeaderBytesMax = 64 << 10;
  static constexpr std::size_t kBodyBytesMax = 32 << 20;
  static constexpr std::size_t kBodiesBytesMax = 96 << 20;
  static constexpr std::chrono::seconds kHeadWait{10}, kBodyWait{30}, kIdleWait{300};

  // Takes a listening socket.
  HttpServer(boost::asio::io_context& loop, UniqueFd listening, const Routes& routes);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void start();
  // Accepts no more and ends the sessions; resumes when none is left.
  boost::asio::awaitable<void> stop();
  [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }

 private:
  class Session;
  // False when every session is busy.
  bool make_place();
  boost::asio::awaitable<void> accept();

  boost::asio::io_context& loop_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  const Routes& routes_;
  std::size_t body_bytes_ = 0;  // of all sessions' bodies of text
  std::set<std::shared_ptr<Session>> sessions_;
  async::TaskGroup tasks_;
};

}  // namespace stack::api
