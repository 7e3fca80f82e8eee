// HTTP/1.1 on a unix socket (Boost.Beast's door on the daemon's side).
//
// Every session is a coroutine that this server owns; stop() ends them in two steps: producers are told that the client has
// gone, then, after the grace period, connections are closed. Loop thread only.
#pragma once

#include <memory>
#include <set>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "engine/api/routes.h"
#include "engine/base/unique_fd.h"

namespace stack::api {

class HttpServer {
 public:
  static constexpr std::size_t kSessionsMax = 512;
  static constexpr std::size_t kHeaderBytesMax = 64 << 10;
  static constexpr std::size_t kBodyBytesMax = 64 << 20;

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
  boost::asio::awaitable<void> accept();

  boost::asio::io_context& loop_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  const Routes& routes_;
  std::set<std::shared_ptr<Session>> sessions_;
};

}  // namespace stack::api
