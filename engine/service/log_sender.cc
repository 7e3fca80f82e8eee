#include "engine/service/log_sender.h"

#include <cerrno>
#include <functional>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/local/datagram_protocol.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include "base/async/host_lookup.h"
#include "base/error.h"
#include "engine/image/registry/tls_files.h"

namespace stack::service {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using Transport = model::LogEndpoint::Transport;

namespace {

std::string text_of(const model::LogEndpoint& endpoint) {
  return endpoint.transport == Transport::unix_socket ? endpoint.path
                                                      : endpoint.host + ":" + std::to_string(endpoint.port);
}

}  // namespace

LogSender::LogSender(asio::io_context& loop, async::Timekeeper& time, async::ThreadPool& workers,
                     model::LogEndpoint endpoint)
    : loop_(loop), time_(time), endpoint_(std::move(endpoint)), workers_(workers), stream_(loop), datagrams_(loop) {}

void LogSender::close() {
  Failed ignored;
  stream_.close(ignored);
  datagrams_.close(ignored);
}

void LogSender::fail(const Failed& failed) {
  if (failed == asio::error::operation_aborted && !late_) throw boost::system::system_error(failed);
  const std::string what = "sending a log to " + text_of(endpoint_) + ": ";
  if (failed == asio::error::message_size)
    throw Error(ErrorKind::invalid, what + "a message is too long for a datagram");
  throw Error(ErrorKind::unavailable, what + (late_ ? "no answer within 10 s" : failed.message()));
}

std::unique_ptr<async::Alarm> LogSender::bound() {
  late_ = false;
  return time_.after(kSendWait, [this] {
    late_ = true;
    close();
  });
}

// A log socket takes datagrams, or else is a stream. Neither waits for room in the other side's queue: that is a failure like others.
LogSender::Failed LogSender::connect_unix() {
  Failed failed;
  const asio::local::datagram_protocol::endpoint datagrams{endpoint_.path};
  datagrams_.open(asio::local::datagram_protocol{}, failed);
  if (!failed) datagrams_.connect(datagrams, failed);
  if (!failed) return failed;
  close();
  failed = {};
  const asio::local::stream_protocol::endpoint stream{endpoint_.path};
  stream_.open(asio::local::stream_protocol{}, failed);
  if (!failed) stream_.native_non_blocking(true, failed);
  // Boost.Asio would take EAGAIN for a connection under way.
  if (!failed && ::connect(stream_.native_handle(), stream.data(), static_cast<socklen_t>(stream.size())) != 0)
    failed = Failed{errno, boost::system::system_category()};
  return failed;
}

asio::awaitable<LogSender::Failed> LogSender::connect_by_name() {
  const std::vector<asio::ip::address> addresses = co_await async::addresses_of(loop_, endpoint_.host);
  Failed failed;
  for (const asio::ip::address& address : addresses) {
    failed = {};
    if (endpoint_.transport == Transport::udp) {
      const asio::ip::udp::endpoint to{address, endpoint_.port};
      datagrams_.open(to.protocol(), failed);
      if (!failed) datagrams_.connect(to, failed);
    } else {
      const asio::ip::tcp::endpoint place{address, endpoint_.port};
      stream_.open(place.protocol(), failed);
      const asio::generic::stream_protocol::endpoint to{place};
      const auto alarm = bound();
      if (!failed) co_await stream_.async_connect(to, asio::redirect_error(asio::use_awaitable, failed));
    }
    if (!failed || (failed == asio::error::operation_aborted && !late_)) break;
    close();
  }
  co_return failed;
}

asio::awaitable<LogSender::Failed> LogSender::encrypt() {
  const model::LogTls& wanted = *endpoint_.tls;
  tls_.reset();
  std::function<std::shared_ptr<ssl::context>()> read = [tls = wanted] {
    try {
      return image::log_tls_context(tls);
    } catch (const Error& error) {
      throw Error(ErrorKind::unavailable, error.message());  // files may be written anew
    }
  };
  authorities_ = co_await workers_.run(std::move(read));
  tls_.emplace(stream_, *authorities_);
  ::SSL_set_tlsext_host_name(tls_->native_handle(), endpoint_.host.c_str());
  Failed failed;
  tls_->set_verify_mode(wanted.verified ? ssl::verify_peer : ssl::verify_none, failed);
  if (wanted.verified) tls_->set_verify_callback(ssl::host_name_verification(endpoint_.host), failed);
  {
    const auto alarm = bound();
    co_await tls_->async_handshake(ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, failed));
  }
  const long verdict = ::SSL_get_verify_result(tls_->native_handle());
  if (failed && wanted.verified && verdict != X509_V_OK) {
    close();
    throw Error(ErrorKind::unavailable,
                "sending a log to " + text_of(endpoint_) +
                    ": its certificate is not trusted: " + ::X509_verify_cert_error_string(verdict));
  }
  co_return failed;
}

asio::awaitable<void> LogSender::connect() {
  late_ = false;
  Failed failed;
  if (endpoint_.transport == Transport::unix_socket) {
    failed = connect_unix();
  } else {
    failed = co_await connect_by_name();
  }
  if (!failed && endpoint_.tls) failed = co_await encrypt();
  if (!failed) co_return;
  close();
  fail(failed);
}

asio::awaitable<LogSender::Failed> LogSender::write(std::string_view bytes) {
  Failed failed;
  const auto alarm = bound();
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  if (datagrams_.is_open()) {
    co_await datagrams_.async_send(buffer, asio::redirect_error(asio::use_awaitable, failed));
  } else if (tls_) {
    co_await asio::async_write(*tls_, buffer, asio::redirect_error(asio::use_awaitable, failed));
  } else {
    co_await asio::async_write(stream_, buffer, asio::redirect_error(asio::use_awaitable, failed));
  }
  co_return failed;
}

asio::awaitable<void> LogSender::send(std::string_view bytes) {
  if (!stream_.is_open() && !datagrams_.is_open()) co_await connect();
  const Failed failed = co_await write(bytes);
  if (!failed) co_return;
  close();
  fail(failed);
}

}  // namespace stack::service
