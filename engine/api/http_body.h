// One request as it comes from a connection: the parser of its head, and the two ways to read its body.
//
// Lives as long as its request; loop thread only.
#pragma once

#include <chrono>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "engine/api/body_framing.h"
#include "engine/api/http_answer.h"
#include "engine/api/http_limits.h"

namespace stack::api {

class HttpBody {
 public:
  using Parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;
  using Socket = boost::asio::local::stream_protocol::socket;
  using Pipe = boost::asio::posix::stream_descriptor;

  // `buffer` holds what was read of the connection and belongs to no request yet.
  HttpBody(boost::asio::io_context& loop, Socket& socket, boost::beast::flat_buffer& buffer, const HttpLimits& limits);

  [[nodiscard]] Parser& parser() { return parser_; }
  // The head has been read.
  void begin();
  [[nodiscard]] bool complete() const { return framing_.ended(); }

  // The whole body, or its first `size` bytes. `all` counts the bodies of text that are being read at present. Throws invalid for one
  // that is too large, too slow, incomplete or nests too deep, unavailable when all together are too large.
  boost::asio::awaitable<std::string> text(std::size_t& all,
                                           std::size_t size = std::numeric_limits<std::size_t>::max());
  // The writing end; the request gets the reading end.
  Pipe open_pipe(Request& request);
  // The body flows into the pipe until it ends, nobody reads, or the client is too slow; the pipe is closed then.
  boost::asio::awaitable<void> feed(Pipe pipe, HttpAnswer& answer);

 private:
  // What is in the buffer of the content; what stands in front of it is skipped.
  std::string_view content_here();
  void pass(std::size_t bytes);
  // Fills the empty buffer. False when nothing came in time; `failed` says what the socket says.
  boost::asio::awaitable<bool> read_some(std::size_t most, std::chrono::milliseconds wait,
                                         boost::system::error_code& failed);
  // Content from the socket into the pipe by the kernel alone. The same results.
  boost::asio::awaitable<bool> move_some(Pipe& pipe, boost::system::error_code& failed);

  boost::asio::io_context& loop_;
  Socket& socket_;
  boost::beast::flat_buffer& buffer_;
  const HttpLimits& limits_;
  Parser parser_;
  BodyFraming framing_;
  bool large_pieces_ = false;  // of content, so far
};

}  // namespace stack::api
