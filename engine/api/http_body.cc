#include "engine/api/http_body.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <fcntl.h>
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

asio::awaitable<std::string> HttpBody::text(std::size_t& all, std::size_t size) {
  std::string body;
  BodyShare share{all, limits_};
  std::array<char, 16384> block;
  asio::steady_timer patience{loop_};
  while (!parser_.is_done() && body.size() < size) {
    const std::size_t room = std::min(block.size(), size - body.size());
    parser_.get().body().data = block.data();
    parser_.get().body().size = room;
    patience.expires_after(limits_.body_wait);
    const auto read = co_await (http::async_read(socket_, buffer_, parser_, kTuple) || patience.async_wait(kTuple));
    if (read.index() != 0) throw Error(ErrorKind::invalid, "the request's body did not arrive in time");
    const boost::system::error_code failed = std::get<0>(std::get<0>(read));
    if (failed && failed != http::error::need_buffer)
      throw Error(ErrorKind::invalid, "the request's body is incomplete: " + failed.message());
    const std::size_t got = room - parser_.get().body().size;
    share.grow(got);
    body.append(block.data(), got);
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

asio::awaitable<void> HttpBody::feed(Pipe pipe, HttpAnswer& answer) {
  const ScopeGuard close{[&] {
    boost::system::error_code ignored;
    pipe.close(ignored);
  }};
  buffer_.reserve(kReadBytes);  // Beast reads no more at once than there is room for already
  std::vector<char> block(kReadBytes);
  asio::steady_timer patience{loop_};
  while (!parser_.is_done()) {
    parser_.get().body().data = block.data();
    parser_.get().body().size = block.size();
    // Some of it at a time: a producer may wait for the answer to what it has sent. What is there already needs no waiting for.
    boost::system::error_code failed;
    http::read_some(socket_, buffer_, parser_, failed);
    if (failed == asio::error::would_block) {
      patience.expires_after(limits_.pipe_wait);
      const auto read =
          co_await (http::async_read_some(socket_, buffer_, parser_, kTuple) || patience.async_wait(kTuple));
      if (read.index() != 0) co_return;
      failed = std::get<0>(std::get<0>(read));
    }
    if (failed == asio::error::operation_aborted) co_return;  // the answer is out, the rest is not wanted
    if (failed && failed != http::error::need_buffer) {
      answer.became_gone();
      co_return;
    }
    const std::size_t size = block.size() - parser_.get().body().size;
    if (size == 0) continue;
    const auto [broken, put] = co_await asio::async_write(pipe, asio::buffer(block.data(), size), kTuple);
    if (broken) co_return;  // the reader gave up; what it says follows
  }
  answer.set_keep_alive(parser_.get().keep_alive());
}

}  // namespace stack::api
