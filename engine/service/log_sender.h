// The connection over which a log is sent: made when there is something to send, made again after it broke.
//
// Loop thread; each call waits for the network, kSendWait at most, and for nothing else. Owned by a forwarder.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/datagram_protocol.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "base/async/thread_pool.h"
#include "base/async/timekeeper.h"
#include "base/model/log_endpoint.h"

namespace stack::service {

class LogSender {
 public:
  // For each step: a connection, and what the other side takes of one message.
  static constexpr std::chrono::seconds kSendWait{10};

  // Files of certificates are read by `workers`, again for each connection.
  LogSender(boost::asio::io_context& loop, async::Timekeeper& time, async::ThreadPool& workers,
            model::LogEndpoint endpoint);

  // Throws stack::Error: unavailable when the other side cannot be reached, takes nothing for kSendWait or has gone, and the next call
  // connects again; invalid for a message that is longer than a datagram can be.
  boost::asio::awaitable<void> send(std::string_view bytes);
  [[nodiscard]] bool in_datagrams() const { return endpoint_.transport == model::LogEndpoint::Transport::udp; }

 private:
  using Failed = boost::system::error_code;

  boost::asio::awaitable<void> connect();
  boost::asio::awaitable<Failed> connect_by_name();
  // Over the connection that there is.
  boost::asio::awaitable<Failed> encrypt();
  Failed connect_unix();
  boost::asio::awaitable<Failed> write(std::string_view bytes);
  // Whatever waits for the network is called off when the alarm goes.
  [[nodiscard]] std::unique_ptr<async::Alarm> bound();
  void close();
  [[noreturn]] void fail(const Failed& failed);

  boost::asio::io_context& loop_;
  async::Timekeeper& time_;
  const model::LogEndpoint endpoint_;
  bool late_ = false;  // the bound of the step under way has passed
  async::ThreadPool& workers_;
  boost::asio::generic::stream_protocol::socket stream_;
  std::shared_ptr<boost::asio::ssl::context> authorities_;
  std::optional<boost::asio::ssl::stream<boost::asio::generic::stream_protocol::socket&>> tls_;
  boost::asio::generic::datagram_protocol::socket datagrams_;
};

}  // namespace stack::service
