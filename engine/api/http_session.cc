#include "engine/api/http_session.h"

#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/read.hpp>
#include <sys/socket.h>

#include "base/async/as_tuple.h"
#include "base/log.h"
#include "base/thrown.h"
#include "engine/api/api_version.h"
#include "engine/api/http_limits.h"
#include "engine/api/stack_json.h"

namespace stack::api {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::local::stream_protocol;
using namespace asio::experimental::awaitable_operators;

namespace {

using async::kTuple;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// The process that connected; 0 when it is none of this pid namespace.
void ask_peer(stream_protocol::socket& socket, Request& request) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return;
  request.client_pid = peer.pid;
  request.client_uid = peer.uid;
}

void copy_head(const http::request<http::empty_body>& head, HttpAnswer& answer) {
  Request& request = answer.request;
  request.method = std::string{head.method_string()};
  for (const auto& field : head) {
    const auto name = field.name_string(), value = field.value();
    request.headers.push_back({std::string{name.data(), name.size()}, std::string{value.data(), value.size()}});
  }
  if (head.version() < 11) answer.set_old_client();
}

asio::awaitable<void> nothing() { co_return; }

// Of a body in two parts, the first one's.
std::size_t spec_length(const Request& request) {
  const std::string text = request.header(kSpecLength);
  std::size_t length = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (failed == std::errc{} && end == text.data() + text.size() && length > 0) return length;
  throw Error(ErrorKind::invalid,
              "invalid header " + std::string{kSpecLength} + " \"" + text + "\": a length in bytes");
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// What nobody here reads the body of: encodings other than chunks, and expectations other than to go on. 0 for a head that is fine.
int refused_head(const HttpBody::Parser::value_type& head) {
  const auto encoding = head.find(http::field::transfer_encoding);
  if (encoding != head.end() && !boost::beast::iequals(encoding->value(), "chunked")) return 501;
  const auto expected = head.find(http::field::expect);
  return expected != head.end() && !boost::beast::iequals(expected->value(), "100-continue") ? 417 : 0;
}

}  // namespace

HttpSession::HttpSession(asio::io_context& loop, stream_protocol::socket socket, const Routes& routes,
                         const HttpLimits& limits, const Guard& guard, std::size_t& all_body_bytes)
    : loop_(loop),
      socket_(std::move(socket)),
      routes_(routes),
      limits_(limits),
      guard_(guard),
      all_body_bytes_(all_body_bytes),
      time_(loop),
      buffer_(limits.head_bytes + kReadBytes) {
  socket_.non_blocking(true);
}

asio::awaitable<void> HttpSession::run() {
  // As the condition of the loop itself, g++ 12 gives the awaited value a place in front of the coroutine's frame.
  for (bool more = true; more;) more = co_await one_request();
  close();
}

void HttpSession::tell_gone() {
  if (answer_ != nullptr) {
    answer_->end_soon();
  } else {
    close();
  }
}

void HttpSession::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (answer_ != nullptr) answer_->became_gone();
}

asio::awaitable<bool> HttpSession::one_request() {
  HttpBody body{loop_, socket_, buffer_, limits_};
  if (!co_await head_arrives(body.parser())) co_return false;
  body.begin();
  if (const int status = refused_head(body.parser().get()); status != 0) {
    co_await refuse(status, status == 417 ? "Expectation Failed" : "Unsupported transfer encoding");
    co_await linger();
    co_return false;
  }
  const auto answer = std::make_shared<HttpAnswer>(loop_, limits_);
  answer_ = answer.get();
  struct Forget {
    HttpSession& session;
    HttpAnswer& answer;
    ~Forget() {
      session.answer_ = nullptr;
      answer.let_go();
    }
  } forget{*this, *answer};
  copy_head(body.parser().get(), *answer);
  ask_peer(socket_, answer->request);
  co_await answer_request(body, answer);
  if (answer->client_left()) co_return false;
  if (answer->raw() || !body.complete()) {
    co_await linger();
    co_return false;
  }
  co_return answer->keep_alive();
}

asio::awaitable<bool> HttpSession::head_arrives(HttpBody::Parser& parser) {
  idle_since_ = asio::steady_timer::clock_type::now();
  if (buffer_.size() == 0) {
    const auto patience = time_.after(limits_.idle_wait, [this] {
      boost::system::error_code ignored;
      socket_.cancel(ignored);
    });
    const auto [lost] = co_await socket_.async_wait(stream_protocol::socket::wait_read, kTuple);
    if (lost) co_return false;
  }
  // Most heads come whole.
  boost::system::error_code failed;
  http::read_header(socket_, buffer_, parser, failed);
  if (failed == asio::error::would_block) {
    asio::steady_timer patience{loop_, limits_.head_wait};
    const auto head =
        co_await (http::async_read_header(socket_, buffer_, parser, kTuple) || patience.async_wait(kTuple));
    if (head.index() != 0) co_return false;
    failed = std::get<0>(std::get<0>(head));
  }
  idle_since_.reset();
  if (!failed) co_return true;
  if (failed.category() == http::make_error_code(http::error::bad_method).category() &&
      failed != http::error::end_of_stream && failed != http::error::partial_message) {
    co_await refuse(failed == http::error::header_limit ? 431 : 400, "invalid HTTP request: " + failed.message());
    co_await linger();
  }
  co_return false;
}

asio::awaitable<void> HttpSession::answer_request(HttpBody& body, const std::shared_ptr<HttpAnswer>& answer) {
  const auto& head = body.parser().get();
  answer->set_keep_alive(head.keep_alive() && body.complete());
  std::optional<HttpBody::Pipe> pipe;
  try {
    parse_target({head.target().data(), head.target().size()}, answer->request);
    if (const Route* route = routed(*answer)) {
      if (!body.complete() && same_ignoring_case(answer->request.header("Expect"), "100-continue"))
        co_await asio::async_write(socket_, asio::buffer(kContinue), kTuple);
      if (route->body == Body::described)
        answer->request.body = co_await body.text(all_body_bytes_, spec_length(answer->request));
      if (route->body == Body::pipe || route->body == Body::described) {
        pipe = body.open_pipe(answer->request);
      } else {
        answer->request.body = co_await body.text(all_body_bytes_);
        answer->set_keep_alive(head.keep_alive());
      }
      if (guard_) guard_(answer->request, *route);
      route->handler(answer);
    }
  } catch (const Error& error) {
    answer->fail(error);
  } catch (const std::exception& error) {
    const Error failure = error_of(error);
    log_error("api: " + answer->request.path + ": " + failure.message());
    answer->fail(failure);
  }
  if (!pipe && answer->send_at_once(socket_)) co_return;
  // Not by assignment, which loses the frame of what was there.
  asio::awaitable<void> before = pipe ? body.feed(std::move(*pipe), *answer) : nothing();
  co_await answer->serve(socket_, buffer_, std::move(before));
}

const Route* HttpSession::routed(HttpAnswer& answer) {
  Request& request = answer.request;
  Match match = routes_.find(request.method, request.path);
  if (match.route == nullptr) {
    if (request.dialect == Dialect::docker || match.allowed.empty()) {
      answer.reply({.status = 404, .headers = {}, .body = "{\"message\":\"page not found\"}\n"});
    } else {
      const std::string allowed = joined(match.allowed);
      const Error error{ErrorKind::invalid, "the method " + request.method + " is not allowed here, only " + allowed};
      answer.reply({.status = 405, .headers = {{"Allow", allowed}}, .body = error_json(error)});
    }
    return nullptr;
  }
  if (!request.version.empty()) {
    if (auto refusal = refused_version(request.version)) {
      answer.reply(std::move(*refusal));
      return nullptr;
    }
    request.api_version = minor_version(request.version);
  }
  request.parameters = std::move(match.parameters);
  return match.route;
}

asio::awaitable<void> HttpSession::linger() {
  boost::system::error_code ignored;
  socket_.shutdown(stream_protocol::socket::shutdown_send, ignored);
  asio::steady_timer patience{loop_, limits_.linger_wait};
  co_await (drop() || patience.async_wait(kTuple));
}

asio::awaitable<void> HttpSession::drop() {
  std::vector<char> block(kReadBytes);
  for (std::size_t dropped = 0; dropped < limits_.dropped_bytes;) {
    const auto [failed, got] = co_await socket_.async_read_some(asio::buffer(block), kTuple);
    if (failed) co_return;
    dropped += got;
  }
}

asio::awaitable<void> HttpSession::refuse(int status, std::string why) {
  const ErrorKind kind = status < 500 ? ErrorKind::invalid : ErrorKind::unavailable;
  const std::string body = error_json(Error(kind, std::move(why)));
  std::string text =
      head_text(
          {.status = status, .content_type = kJsonType, .length = body.size(), .chunked = false, .keep_alive = false},
          {}, Dialect::stack) +
      body;
  co_await asio::async_write(socket_, asio::buffer(text), kTuple);
}

}  // namespace stack::api
