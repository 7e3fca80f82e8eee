#include "engine/api/http_server.h"

#include <deque>
#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/json_depth.h"
#include "base/log.h"
#include "base/thrown.h"
#include "engine/api/stack_json.h"

namespace stack::api {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::local::stream_protocol;
using namespace asio::experimental::awaitable_operators;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 64 << 10;
constexpr std::chrono::seconds kStopGrace{2};

std::string chunked(std::string_view bytes) {
  std::array<char, 24> size{};
  const int length = std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
  std::string out;
  out.reserve(bytes.size() + static_cast<std::size_t>(length) + 2);
  out.append(size.data(), static_cast<std::size_t>(length)).append(bytes).append("\r\n");
  return out;
}

// The process that connected; 0 when it is none of this pid namespace.
std::int32_t peer_of(stream_protocol::socket& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

}  // namespace

class HttpServer::Session : public std::enable_shared_from_this<HttpServer::Session> {
 public:
  Session(stream_protocol::socket socket, const Routes& routes, std::size_t& all_body_bytes)
      : socket_(std::move(socket)),
        wake_(socket_.get_executor(), asio::steady_timer::time_point::max()),
        routes_(routes),
        all_body_bytes_(all_body_bytes) {}

  asio::awaitable<void> run() {
    while (co_await one_request()) {
    }
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  // Since when it has had no request; nothing while it has one.
  [[nodiscard]] std::optional<asio::steady_timer::time_point> idle_since() const { return idle_since_; }
  // An idle connection has nobody to tell.
  void tell_gone() {
    if (answer_ != nullptr) {
      answer_->end_soon();
    } else {
      close();
    }
  }
  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    wake_.cancel();
  }

 private:
  // The handler's view of the request under way.
  class Answer final : public Exchange {
   public:
    explicit Answer(std::shared_ptr<Session> session) : session_(std::move(session)) {}

    void reply(int status, std::string json) override {
      if (started_ || gone_) return;
      started_ = true;
      http::response<http::string_body> response{static_cast<http::status>(status), 11, std::move(json)};
      response.set(http::field::content_type, "application/json");
      response.keep_alive(keep_alive);
      response.prepare_payload();
      std::ostringstream text;
      text << response;
      push(std::move(text).str());
      finished_ = true;
    }
    void open_stream(std::string_view content_type) override {
      if (started_) return;
      started_ = chunked_ = true;
      push("HTTP/1.1 200 OK\r\nContent-Type: " + std::string{content_type} +
           "\r\nTransfer-Encoding: chunked\r\nCache-Control: no-cache\r\n" +
           (keep_alive ? "" : "Connection: close\r\n") + "\r\n");
    }
    void upgrade(std::string_view protocol, std::function<void(std::string_view)> on_bytes,
                 std::function<void()> on_end) override {
      if (started_) return;
      started_ = upgraded = true;
      keep_alive = false;
      on_bytes_ = std::move(on_bytes);
      on_end_ = std::move(on_end);
      push("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: " + std::string{protocol} + "\r\n\r\n");
    }
    void write(std::string bytes) override {
      if (gone_ || finished_ || bytes.empty()) return;
      push(chunked_ ? chunked(bytes) : std::move(bytes));
    }
    void finish() override {
      if (finished_) return;
      if (chunked_) push("0\r\n\r\n");
      finished_ = true;
      wake();
    }
    void read_more(bool wanted) override {
      reading_ = wanted;
      wake();
    }
    [[nodiscard]] std::size_t queued() const override { return queued_; }
    [[nodiscard]] bool gone() const override { return gone_; }
    void on_drained(std::function<void()> callback) override { on_drained_ = std::move(callback); }
    void on_gone(std::function<void()> callback) override { on_gone_ = std::move(callback); }

    // An answer that is complete still goes out, and is the last one; anything else is broken off.
    void end_soon() {
      keep_alive = false;
      if (!finished_) became_gone();
    }
    void became_gone() {
      if (gone_) return;
      gone_ = true;
      queue_.clear();
      queued_ = 0;
      wake();
      if (const auto callback = std::exchange(on_gone_, {})) callback();
    }
    // The handlers' closures usually hold this exchange: letting go of them ends the circle.
    void let_go() {
      on_drained_ = {};
      on_gone_ = {};
      on_bytes_ = {};
      on_end_ = {};
    }

    asio::awaitable<void> send(stream_protocol::socket& socket) {
      for (;;) {
        while (!queue_.empty()) {
          std::deque<std::string> batch = std::exchange(queue_, {});
          std::vector<asio::const_buffer> buffers;
          for (const std::string& bytes : batch) buffers.push_back(asio::buffer(bytes));
          const auto [failed, sent] = co_await asio::async_write(socket, buffers, kTuple);
          if (failed) {
            became_gone();
            co_return;
          }
          queued_ -= std::min(queued_, sent);
          if (queue_.empty() && !finished_ && on_drained_) on_drained_();
        }
        if (finished_ || gone_) co_return;
        co_await session_->woken();
      }
    }
    // Reads what an upgraded client sends, and notices one that leaves.
    asio::awaitable<void> watch(stream_protocol::socket& socket) {
      // A handler may take its time before it says what kind of answer this is.
      while (!started_ && !gone_) co_await session_->woken();
      if (upgraded) early_bytes();
      std::vector<char> buffer(upgraded ? kReadBytes : 1);
      for (;;) {
        while (upgraded && !reading_) co_await session_->woken();
        if (!upgraded) {
          const auto [failed] = co_await socket.async_wait(stream_protocol::socket::wait_read, kTuple);
          if (failed) co_return;
          pollfd state{socket.native_handle(), POLLIN | POLLRDHUP, 0};
          ::poll(&state, 1, 0);
          if ((state.revents & (POLLHUP | POLLERR)) == 0) {
            // Half-closed, or a pipelined request: either way it waits for this answer.
            co_await session_->wait_forever();
          }
          became_gone();
          co_return;
        }
        const auto [failed, got] = co_await socket.async_read_some(asio::buffer(buffer), kTuple);
        if (failed) {
          if (failed != asio::error::eof) became_gone();
          const auto end = std::exchange(on_end_, {});
          if (end) end();
          pollfd state{socket.native_handle(), POLLRDHUP, 0};
          ::poll(&state, 1, 0);
          if ((state.revents & POLLHUP) != 0) {
            became_gone();
            co_return;
          }
          co_await session_->wait_forever();
          co_return;
        }
        const auto on_bytes = on_bytes_;
        if (on_bytes) on_bytes({buffer.data(), got});
      }
    }
    // What came behind the request before the upgrade.
    void early_bytes() {
      auto& buffer = session_->buffer_;
      const std::string early{static_cast<const char*>(buffer.data().data()), buffer.size()};
      buffer.clear();
      const auto on_bytes = on_bytes_;
      if (on_bytes && !early.empty()) on_bytes(early);
    }

    bool keep_alive = true;
    bool upgraded = false;

   private:
    void push(std::string bytes) {
      queued_ += bytes.size();
      queue_.push_back(std::move(bytes));
      wake();
    }
    void wake() { session_->wake_.cancel(); }

    std::shared_ptr<Session> session_;
    std::deque<std::string> queue_;
    std::size_t queued_ = 0;
    bool started_ = false, finished_ = false, gone_ = false, chunked_ = false, reading_ = true;
    std::function<void()> on_drained_, on_gone_, on_end_;
    std::function<void(std::string_view)> on_bytes_;
  };

  asio::awaitable<void> woken() {
    boost::system::error_code ignored;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  asio::awaitable<void> wait_forever() {
    asio::steady_timer never{socket_.get_executor(), asio::steady_timer::time_point::max()};
    boost::system::error_code ignored;
    co_await never.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  // False when the connection is over.
  asio::awaitable<bool> one_request() {
    http::request_parser<http::buffer_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(kHeaderBytesMax));
    parser.body_limit(boost::none);
    if (!co_await head_arrives(parser)) co_return false;
    const auto answer = std::make_shared<Answer>(shared_from_this());
    answer_ = answer.get();
    struct Forget {
      Session& session;
      Answer& answer;
      ~Forget() {
        session.answer_ = nullptr;
        answer.let_go();
      }
    } forget{*this, *answer};
    const auto& head = parser.get();
    answer->keep_alive = head.keep_alive();
    answer->request.client_pid = peer_of(socket_);
    answer->request.method = std::string{head.method_string()};
    Match match;
    bool reads_on = true;
    try {
      parse_target(std::string_view{head.target().data(), head.target().size()}, answer->request);
      match = routes_.find(answer->request.method, answer->request.path);
      if (match.route == nullptr) throw Error(ErrorKind::not_found, "page not found");
      answer->request.parameters = match.parameters;
      if (head[http::field::expect] == "100-continue") {
        co_await asio::async_write(socket_, asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25), kTuple);
      }
      if (match.route->body == Body::pipe) {
        reads_on = false;
        co_return co_await piped(*match.route, answer, parser);
      }
      std::string body;
      BodyShare share{all_body_bytes_};
      reads_on = false;
      co_await read_text(parser, body, share);
      reads_on = true;
      if (nests_deeper(body)) {
        throw Error(ErrorKind::invalid, "invalid JSON in the request's body: it nests deeper than " +
                                            std::to_string(kJsonDepthMax) + " levels");
      }
      answer->request.body = std::move(body);
      match.route->handler(answer);
    } catch (const Error& error) {
      answer->keep_alive = answer->keep_alive && match.route != nullptr && reads_on;
      answer->fail(error);
    } catch (const std::exception& error) {
      const Error failure = error_of(error);
      log_error("api: " + answer->request.path + ": " + failure.message());
      answer->fail(failure);
    }
    co_return co_await serve(answer);
  }

  asio::awaitable<bool> serve(const std::shared_ptr<Answer>& answer) {
    co_await (answer->send(socket_) || answer->watch(socket_));
    // The watcher may have ended first, because the client left; then the sender has nothing to do either.
    co_return !answer->gone() && answer->keep_alive;
  }

  // What one request's body takes of what all bodies may take.
  class BodyShare {
   public:
    explicit BodyShare(std::size_t& all) : all_(all) {}
    BodyShare(const BodyShare&) = delete;
    BodyShare& operator=(const BodyShare&) = delete;
    ~BodyShare() { all_ -= mine_; }
    void grow(std::size_t bytes) {
      if (mine_ + bytes > kBodyBytesMax) {
        throw Error(ErrorKind::invalid,
                    "the request's body is larger than " + std::to_string(kBodyBytesMax >> 20) + " MiB");
      }
      if (all_ + bytes > kBodiesBytesMax)
        throw Error(ErrorKind::unavailable, "the engine is reading too many large requests").remedy("try again later");
      mine_ += bytes;
      all_ += bytes;
    }

   private:
    std::size_t& all_;
    std::size_t mine_ = 0;
  };

  // False when the client left, was too slow, or sent something that is no HTTP, which it is told.
  asio::awaitable<bool> head_arrives(http::request_parser<http::buffer_body>& parser) {
    idle_since_ = asio::steady_timer::clock_type::now();
    asio::steady_timer patience{socket_.get_executor(), kIdleWait};
    if (buffer_.size() == 0) {
      const auto first =
          co_await (socket_.async_wait(stream_protocol::socket::wait_read, kTuple) || patience.async_wait(kTuple));
      if (first.index() != 0) co_return false;
    }
    patience.expires_after(kHeadWait);
    const auto head =
        co_await (http::async_read_header(socket_, buffer_, parser, kTuple) || patience.async_wait(kTuple));
    if (head.index() != 0) co_return false;
    idle_since_.reset();
    const boost::system::error_code failed = std::get<0>(std::get<0>(head));
    if (!failed) co_return true;
    if (failed.category() == http::make_error_code(http::error::bad_method).category() &&
        failed != http::error::end_of_stream && failed != http::error::partial_message) {
      co_await refuse(failed == http::error::header_limit ? 431 : 400, "invalid HTTP request: " + failed.message());
    }
    co_return false;
  }

 public:
  // Answers without a request that could be told apart.
  asio::awaitable<void> refuse(int status, std::string why) {
    http::response<http::string_body> response{static_cast<http::status>(status), 11,
                                               error_json(Error(std::move(why)))};
    response.set(http::field::content_type, "application/json");
    response.keep_alive(false);
    response.prepare_payload();
    co_await http::async_write(socket_, response, kTuple);
  }

 private:
  // Throws invalid for what is too large or incomplete.
  asio::awaitable<void> read_text(http::request_parser<http::buffer_body>& parser, std::string& body,
                                  BodyShare& share) {
    std::array<char, 16384> block;
    asio::steady_timer patience{socket_.get_executor()};
    while (!parser.is_done()) {
      parser.get().body().data = block.data();
      parser.get().body().size = block.size();
      patience.expires_after(kBodyWait);
      const auto read = co_await (http::async_read(socket_, buffer_, parser, kTuple) || patience.async_wait(kTuple));
      if (read.index() != 0) throw Error(ErrorKind::invalid, "the request's body did not arrive in time");
      const boost::system::error_code failed = std::get<0>(std::get<0>(read));
      if (failed && failed != http::error::need_buffer)
        throw Error(ErrorKind::invalid, "the request's body is incomplete: " + failed.message());
      const std::size_t got = block.size() - parser.get().body().size;
      share.grow(got);
      body.append(block.data(), got);
    }
  }

  // The handler runs at once with the reading end of a pipe; the body flows into the other.
  asio::awaitable<bool> piped(const Route& route, const std::shared_ptr<Answer>& answer,
                              http::request_parser<http::buffer_body>& parser) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Error::from_errno(errno, "making a pipe");
    answer->request.body_pipe = UniqueFd{ends[0]};
    ::fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
    {
      asio::posix::stream_descriptor pipe{socket_.get_executor(), ends[1]};
      pipe.non_blocking(true);
      route.handler(answer);
      buffer_.reserve(kReadBytes);  // Beast reads no more at once than there is room for already
      std::vector<char> block(kReadBytes);
      while (!parser.is_done()) {
        parser.get().body().data = block.data();
        parser.get().body().size = block.size();
        const auto [failed, got] = co_await http::async_read(socket_, buffer_, parser, kTuple);
        if (failed && failed != http::error::need_buffer) {
          answer->became_gone();
          break;
        }
        const std::size_t size = block.size() - parser.get().body().size;
        const auto [broken, put] = co_await asio::async_write(pipe, asio::buffer(block.data(), size), kTuple);
        if (broken) {
          answer->keep_alive = false;  // the reader gave up; what it says follows
          break;
        }
      }
    }
    co_return co_await serve(answer);
  }

  stream_protocol::socket socket_;
  asio::steady_timer wake_;  // never expires; cancelled to say "look again"
  const Routes& routes_;
  std::size_t& all_body_bytes_;
  std::optional<asio::steady_timer::time_point> idle_since_;
  boost::beast::flat_buffer buffer_{kHeaderBytesMax + kReadBytes};
  Answer* answer_ = nullptr;
};

HttpServer::HttpServer(asio::io_context& loop, UniqueFd listening, const Routes& routes)
    : loop_(loop), acceptor_(loop, stream_protocol{}, listening.release()), routes_(routes), tasks_(loop, "api") {}

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
    auto session = std::make_shared<Session>(std::move(socket), routes_, body_bytes_);
    if (sessions_.size() >= kSessionsMax && !make_place()) {
      co_await session->refuse(503, "the engine has " + std::to_string(kSessionsMax) + " clients and takes no more");
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
  std::shared_ptr<Session> longest;
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
