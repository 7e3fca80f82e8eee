#include "engine/api/http_server.h"

#include <chrono>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/async/as_tuple.h"
#include "base/log.h"
#include "base/thrown.h"
#include "engine/api/http_session.h"

namespace stack::api {

namespace asio = boost::asio;
using asio::local::stream_protocol;

namespace {

using async::kTuple;
constexpr std::chrono::seconds kStopGrace{2};

}  // namespace

HttpServer::HttpServer(asio::io_context& loop, UniqueFd listening, const Routes& routes, HttpLimits limits, Guard guard)
    : loop_(loop),
      acceptor_(loop, stream_protocol{}, listening.release()),
      routes_(routes),
      limits_(limits),
      guard_(std::move(guard)),
      tasks_(loop, "api") {}

HttpServer::~HttpServer() = default;

void HttpServer::start() { tasks_.start(accept()); }

asio::awaitable<void> HttpServer::accept() {
  while (acceptor_.is_open()) {
    auto [failed, socket] = co_await acceptor_.async_accept(kTuple);
    if (failed == asio::error::operation_aborted || !acceptor_.is_open()) co_return;
    if (failed) {
      // Out of descriptors, mostly: wait a little instead of spinning.
      log_warning("api: accepting: " + failed.message());
      asio::steady_timer pause{loop_, std::chrono::milliseconds{50}};
      co_await pause.async_wait(kTuple);
      continue;
    }
    auto session = std::make_shared<HttpSession>(loop_, std::move(socket), routes_, limits_, guard_, body_bytes_);
    if (sessions_.size() >= limits_.sessions && !make_place()) {
      co_await session->refuse(503,
                               "the engine has " + std::to_string(limits_.sessions) + " clients and takes no more");
      continue;
    }
    sessions_.insert(session);
    tasks_.start(session->run(), [this, session](const std::exception_ptr& thrown) {
      sessions_.erase(session);
      if (thrown) log_error("api: a session ended: " + error_of(thrown).message());
    });
  }
}

bool HttpServer::make_place() {
  std::shared_ptr<HttpSession> longest;
  for (const auto& session : sessions_) {
    if (session->idle_since() && (!longest || *session->idle_since() < *longest->idle_since())) longest = session;
  }
  if (!longest) return false;
  longest->close();
  sessions_.erase(longest);
  return true;
}

asio::awaitable<void> HttpServer::stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  const auto told = sessions_;
  for (const auto& session : told) session->tell_gone();
  asio::steady_timer grace{loop_, kStopGrace};
  grace.async_wait([this](const boost::system::error_code& over) {
    if (over) return;
    const auto left = sessions_;
    for (const auto& session : left) session->close();
  });
  co_await tasks_.join();
}

}  // namespace stack::api
