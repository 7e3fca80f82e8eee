// One request as it comes from a connection: the parser that has read its head, and the two ways to read its body.
//
// Lives as long as its request; loop thread only.
#pragma once

#include <cstddef>
#include <limits>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "engine/api/http_answer.h"
#include "engine/api/http_limits.h"

namespace stack::api {

class HttpBody {
 public:
  using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;
  using Socket = boost::asio::local::stream_protocol::socket;
  using Pipe = boost::asio::posix::stream_descriptor;

  // `buffer` holds what was read of the connection and belongs to no request yet.
  HttpBody(boost::asio::io_context& loop, Socket& socket, boost::beast::flat_buffer& buffer, const HttpLimits& limits);

  [[nodiscard]] Parser& parser() { return parser_; }
  [[nodiscard]] bool complete() const { return parser_.is_done(); }

  // The whole body, or its first `size` bytes. `all` counts the bodies of text that are being read at present. Throws invalid for one
  // that is too large, too slow, incomplete or nests too deep, unavailable when all together are too large.
  boost::asio::awaitable<std::string> text(std::size_t& all,
                                           std::size_t size = std::numeric_limits<std::size_t>::max());
  // The writing end; the request gets the reading end.
  Pipe open_pipe(Request& request);
  // The body flows into the pipe until it ends, nobody reads, or the client is too slow; the pipe is closed then.
  boost::asio::awaitable<void> feed(Pipe pipe, HttpAnswer& answer);

 private:
  boost::asio::io_context& loop_;
  Socket& socket_;
  boost::beast::flat_buffer& buffer_;
  const HttpLimits& limits_;
  Parser parser_;
};

}  // namespace stack::api
