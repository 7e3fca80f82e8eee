// HTTP/1.1 on a unix socket (Boost.Beast's door on the daemon's side).
//
// Accepts connections and gives each a place; http_session.h is what happens on one, http_limits.h what it can hold. When all places
// are taken, the session that has been without a request for longest makes room for a new client; when all are busy, the client is
// refused.
//
// Every session is a coroutine that this server owns; stop() ends them in two steps: producers learn that the client has
// gone, then, after the grace period, connections are closed. Loop thread only.
#pragma once

#include <cstddef>
#include <memory>
#include <set>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "base/async/task_group.h"
#include "base/unique_fd.h"
#include "engine/api/http_limits.h"
#include "engine/api/routes.h"

namespace stack::api {

class HttpSession;

class HttpServer {
 public:
  // Takes a listening socket. `guard` may be empty: then every route is for everybody.
  HttpServer(boost::asio::io_context& loop, UniqueFd listening, const Routes& routes, HttpLimits limits = {},
             Guard guard = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void start();
  // Accepts no more and ends the sessions; resumes when none is left.
  boost::asio::awaitable<void> stop();
  [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }

 private:
  // False when every session is busy.
  bool make_place();
  boost::asio::awaitable<void> accept();

  boost::asio::io_context& loop_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  const Routes& routes_;
  const HttpLimits limits_;
  const Guard guard_;
  std::size_t body_bytes_ = 0;  // of all sessions' bodies of text
  std::set<std::shared_ptr<HttpSession>> sessions_;
  async::TaskGroup tasks_;
};

}  // namespace stack::api
