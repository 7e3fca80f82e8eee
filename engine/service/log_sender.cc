#include "engine/service/log_sender.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/local/datagram_protocol.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/error.h"

namespace stack::service {

namespace asio = boost::asio;
using Failed = boost::system::error_code;
using Transport = model::LogEndpoint::Transport;

namespace {

std::string text_of(const model::LogEndpoint& endpoint) {
  return endpoint.transport == Transport::unix_socket ? endpoint.path
                                                      : endpoint.host + ":" + std::to_string(endpoint.port);
}

[[noreturn]] void fail(const model::LogEndpoint& endpoint, const Failed& failed) {
  if (failed == asio::error::operation_aborted) throw boost::system::system_error(failed);
  throw Error(ErrorKind::unavailable, "sending a log to " + text_of(endpoint) + ": " + failed.message());
}

}  // namespace

LogSender::LogSender(asio::io_context& loop, model::LogEndpoint endpoint)
    : loop_(loop), endpoint_(std::move(endpoint)), stream_(loop), datagrams_(loop) {}

void LogSender::close() {
  Failed ignored;
  stream_.close(ignored);
  datagrams_.close(ignored);
}

// A log socket takes datagrams, or else is a stream.
void LogSender::connect_unix() {
  Failed failed;
  asio::local::datagram_protocol::endpoint datagrams{endpoint_.path};
  datagrams_.open(asio::local::datagram_protocol{}, failed);
  if (!failed) datagrams_.connect(datagrams, failed);
  if (!failed) return;
  close();
  asio::local::stream_protocol::endpoint stream{endpoint_.path};
  Failed second;
  stream_.open(asio::local::stream_protocol{}, second);
  if (!second) stream_.connect(stream, second);
  if (second) fail(endpoint_, second);
}

asio::awaitable<void> LogSender::connect_by_name() {
  asio::ip::tcp::resolver resolver{loop_};
  Failed failed;
  const auto found = co_await resolver.async_resolve(endpoint_.host, std::to_string(endpoint_.port),
                                                     asio::redirect_error(asio::use_awaitable, failed));
  if (failed) fail(endpoint_, failed);
  for (const auto& each : found) {
    const asio::ip::tcp::endpoint place = each.endpoint();
    failed = {};
    if (endpoint_.transport == Transport::udp) {
      const asio::ip::udp::endpoint to{place.address(), place.port()};
      datagrams_.open(to.protocol(), failed);
      if (!failed) datagrams_.connect(to, failed);
    } else {
      stream_.open(place.protocol(), failed);
      const asio::generic::stream_protocol::endpoint to{place};
      if (!failed) co_await stream_.async_connect(to, asio::redirect_error(asio::use_awaitable, failed));
    }
    if (!failed) co_return;
    close();
  }
  fail(endpoint_, failed ? failed : Failed{asio::error::host_not_found});
}

asio::awaitable<void> LogSender::connect() {
  if (endpoint_.transport == Transport::unix_socket) {
    connect_unix();
  } else {
    co_await connect_by_name();
  }
}

asio::awaitable<void> LogSender::send(std::string_view bytes) {
  if (!stream_.is_open() && !datagrams_.is_open()) co_await connect();
  Failed failed;
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  if (datagrams_.is_open()) {
    co_await datagrams_.async_send(buffer, asio::redirect_error(asio::use_awaitable, failed));
  } else {
    co_await asio::async_write(stream_, buffer, asio::redirect_error(asio::use_awaitable, failed));
  }
  if (!failed) co_return;
  close();
  fail(endpoint_, failed);
}

}  // namespace stack::service
