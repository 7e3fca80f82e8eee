#include "engine/api/http_body.h"

#include <algorithm>
#include <cerrno>
#include <tuple>
#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/async/as_tuple.h"
#include "base/json_depth.h"
#include "base/pipe.h"
#include "base/scope_guard.h"
#include "engine/api/http_limits.h"

namespace stack::api {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using namespace asio::experimental::awaitable_operators;

namespace {

using async::kTuple;
constexpr int kPipeBytes = 1 << 20;
constexpr std::size_t kTextBytes = 16 << 10;
constexpr std::size_t kMovedMin = 16 << 10;  // of content; less is copied
constexpr std::size_t kBetweenBytes = 32;

// What one request's body takes of what all bodies may take.
class BodyShare {
 public:
  BodyShare(std::size_t& all, const HttpLimits& limits) : all_(all), limits_(limits) {}
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;
  ~BodyShare() { all_ -= mine_; }
  void grow(std::size_t bytes) {
    if (mine_ + bytes > limits_.body_bytes) {
      throw Error(ErrorKind::invalid,
                  "the request's body is larger than " + std::to_string(limits_.body_bytes >> 20) + " MiB");
    }
    if (all_ + bytes > limits_.bodies_bytes)
      throw Error(ErrorKind::unavailable, "the engine is reading too many large requests").remedy("try again later");
    mine_ += bytes;
    all_ += bytes;
  }

 private:
  std::size_t& all_;
  const HttpLimits& limits_;
  std::size_t mine_ = 0;
};

}  // namespace

HttpBody::HttpBody(asio::io_context& loop, Socket& socket, boost::beast::flat_buffer& buffer, const HttpLimits& limits)
    : loop_(loop), socket_(socket), buffer_(buffer), limits_(limits) {
  parser_.header_limit(static_cast<std::uint32_t>(limits.head_bytes));
  parser_.body_limit(boost::none);
}

void HttpBody::begin() {
  framing_ =
      parser_.chunked() ? BodyFraming::of_chunks() : BodyFraming::of_length(parser_.content_length().value_or(0));
}

std::string_view HttpBody::content_here() {
  buffer_.consume(framing_.skip({static_cast<const char*>(buffer_.data().data()), buffer_.size()}));
  const std::uint64_t size = std::min<std::uint64_t>(buffer_.size(), framing_.content_left());
  return {static_cast<const char*>(buffer_.data().data()), static_cast<std::size_t>(size)};
}

void HttpBody::pass(std::size_t bytes) {
  buffer_.consume(bytes);
  framing_.pass(bytes);
}

asio::awaitable<bool> HttpBody::read_some(std::size_t most, std::chrono::milliseconds wait,
                                          boost::system::error_code& failed) {
  // What is there already needs no waiting for.
  std::size_t got = socket_.read_some(buffer_.prepare(most), failed);
  if (failed == asio::error::would_block) {
    asio::steady_timer patience{loop_, wait};
    const auto ready = co_await (socket_.async_wait(Socket::wait_read, kTuple) || patience.async_wait(kTuple));
    if (ready.index() != 0) co_return false;
    failed = std::get<0>(std::get<0>(ready));
    if (!failed) got = socket_.read_some(buffer_.prepare(most), failed);
    if (failed == asio::error::would_block) failed = {};
  }
  if (!failed) buffer_.commit(got);
  co_return true;
}

asio::awaitable<std::string> HttpBody::text(std::size_t& all, std::size_t size) {
  std::string body;
  BodyShare share{all, limits_};
  while (body.size() < size) {
    const std::string_view here = content_here().substr(0, size - body.size());
    if (framing_.ended()) break;
    if (!here.empty()) {
      share.grow(here.size());
      body.append(here);
      pass(here.size());
      continue;
    }
    boost::system::error_code failed;
    if (!co_await read_some(kTextBytes, limits_.body_wait, failed))
      throw Error(ErrorKind::invalid, "the request's body did not arrive in time");
    if (failed) throw Error(ErrorKind::invalid, "the request's body is incomplete: " + failed.message());
  }
  if (nests_deeper(body)) {
    throw Error(ErrorKind::invalid, "invalid JSON in the request's body: it nests deeper than " +
                                        std::to_string(kJsonDepthMax) + " levels");
  }
  co_return body;
}

HttpBody::Pipe HttpBody::open_pipe(Request& request) {
  stack::Pipe ends;
  ::fcntl(ends.writing.get(), F_SETPIPE_SZ, kPipeBytes);
  request.body_pipe = std::move(ends.reading);
  Pipe pipe{loop_, ends.writing.release()};
  pipe.non_blocking(true);
  return pipe;
}

asio::awaitable<bool> HttpBody::move_some(Pipe& pipe, boost::system::error_code& failed) {
  const std::size_t most = static_cast<std::size_t>(std::min<std::uint64_t>(framing_.content_left(), kPipeBytes));
  const ssize_t moved =
      ::splice(socket_.native_handle(), nullptr, pipe.native_handle(), nullptr, most, SPLICE_F_NONBLOCK);
  if (moved > 0) {
    framing_.pass(static_cast<std::uint64_t>(moved));
    co_return true;
  }
  if (moved == 0) failed = asio::error::eof;
  if (moved < 0 && errno != EAGAIN && errno != EINTR) failed = {errno, boost::system::system_category()};
  if (failed || errno == EINTR) co_return true;
  // Which of both it was that would have blocked, the socket or the pipe, is not told.
  int unread = 0;
  if (::ioctl(socket_.native_handle(), FIONREAD, &unread) == 0 && unread > 0) {
    std::tie(failed) = co_await pipe.async_wait(Pipe::wait_write, kTuple);
    co_return true;
  }
  asio::steady_timer patience{loop_, limits_.pipe_wait};
  const auto ready = co_await (socket_.async_wait(Socket::wait_read, kTuple) || patience.async_wait(kTuple));
  if (ready.index() != 0) co_return false;
  failed = std::get<0>(std::get<0>(ready));
  co_return true;
}

asio::awaitable<void> HttpBody::feed(Pipe pipe, HttpAnswer& answer) {
  const ScopeGuard close{[&] {
    boost::system::error_code ignored;
    pipe.close(ignored);
  }};
  for (;;) {
    std::string_view here;
    try {
      here = content_here();
    } catch (const Error&) {
      answer.became_gone();
      co_return;
    }
    if (framing_.ended()) break;
    if (!here.empty()) {
      const auto [broken, put] = co_await asio::async_write(pipe, asio::buffer(here), kTuple);
      if (broken) co_return;  // the reader gave up; what it says follows
      pass(put);
      continue;
    }
    // Some of it at a time: a producer may wait for the answer to what it has sent.
    boost::system::error_code failed;
    const bool large = framing_.content_left() >= kMovedMin;
    if (framing_.content_left() > 0) large_pieces_ = large;
    // Of large pieces only what stands between them is read.
    const bool in_time =
        large ? co_await move_some(pipe, failed)
              : co_await read_some(large_pieces_ ? kBetweenBytes : kReadBytes, limits_.pipe_wait, failed);
    if (!in_time) co_return;
    if (failed == asio::error::operation_aborted) co_return;  // the answer is out, the rest is not wanted
    if (failed == asio::error::broken_pipe) co_return;        // nor does the reader want it
    if (failed) {
      answer.became_gone();
      co_return;
    }
  }
  answer.set_keep_alive(parser_.get().keep_alive());
}

}  // namespace stack::api
