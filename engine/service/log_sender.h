// The connection over which a log is sent: made when there is something to send, made again after it broke.
//
// Loop thread; each call waits for the network and for nothing else. Owned by a forwarder.
#pragma once

#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/datagram_protocol.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include "base/model/log_endpoint.h"

namespace stack::service {

class LogSender {
 public:
  LogSender(boost::asio::io_context& loop, model::LogEndpoint endpoint);

  // Throws stack::Error when the other side cannot be reached or has gone; the next call begins anew.
  boost::asio::awaitable<void> send(std::string_view bytes);
  [[nodiscard]] bool in_datagrams() const { return endpoint_.transport == model::LogEndpoint::Transport::udp; }

 private:
  boost::asio::awaitable<void> connect();
  boost::asio::awaitable<void> connect_by_name();
  void connect_unix();
  void close();

  boost::asio::io_context& loop_;
  const model::LogEndpoint endpoint_;
  boost::asio::generic::stream_protocol::socket stream_;
  boost::asio::generic::datagram_protocol::socket datagrams_;
};

}  // namespace stack::service
