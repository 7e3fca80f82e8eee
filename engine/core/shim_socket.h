// The daemon's end of one connection to a shim: packets out at once, packets in by callback.
//
// Loop thread only. on_packet and on_closed are called from the loop, never from within send(); the object may be destroyed in
// them. Destroying it closes the connection, which is no event for the shim.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>

#include "base/unique_fd.h"
#include "engine/shim/packet_socket.h"

namespace boost::asio {
class io_context;
}

namespace stack::core {

class ShimSocket {
 public:
  using OnPacket = std::function<void(shim::Received&)>;
  using OnClosed = std::function<void()>;

  ShimSocket(boost::asio::io_context& loop, UniqueFd connection, OnPacket on_packet, OnClosed on_closed);
  ShimSocket(const ShimSocket&) = delete;
  ShimSocket& operator=(const ShimSocket&) = delete;
  ~ShimSocket();

  // Throws stack::Error when the shim is gone or does not read.
  void send(const shim::Packet& packet, std::initializer_list<int> fds = {});

 private:
  struct Connection;
  std::shared_ptr<Connection> connection_;
};

}  // namespace stack::core
