#include "engine/core/shim_socket.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/error.h"

namespace stack::core {

namespace asio = boost::asio;

struct ShimSocket::Connection : std::enable_shared_from_this<ShimSocket::Connection> {
  Connection(asio::io_context& loop, UniqueFd fd, OnPacket packet, OnClosed closed)
      : socket(loop, fd.release()), on_packet(std::move(packet)), on_closed(std::move(closed)) {}

  void listen() {
    socket.async_wait(asio::posix::stream_descriptor::wait_read,
                      [self = shared_from_this()](const boost::system::error_code& failed) {
                        if (!failed) self->take();
                      });
  }

  void take() {
    while (on_packet) {
      shim::Received received;
      const sys::Status status = shim::receive_packet(BorrowedFd{socket.native_handle()}, received);
      if (status.err() == EAGAIN) return listen();
      if (!status) {
        const OnClosed closed = std::exchange(on_closed, {});
        on_packet = {};
        if (closed) closed();
        return;
      }
      const OnPacket callback = on_packet;  // the owner may destroy the socket in it
      callback(received);
    }
  }

  void stop() {
    on_packet = {};
    on_closed = {};
    boost::system::error_code ignored;
    socket.close(ignored);
  }

  asio::posix::stream_descriptor socket;
  OnPacket on_packet;
  OnClosed on_closed;
};

ShimSocket::ShimSocket(asio::io_context& loop, UniqueFd connection, OnPacket on_packet, OnClosed on_closed)
    : connection_(
          std::make_shared<Connection>(loop, std::move(connection), std::move(on_packet), std::move(on_closed))) {
  connection_->listen();
}

ShimSocket::~ShimSocket() { connection_->stop(); }

void ShimSocket::send(const shim::Packet& packet, std::initializer_list<int> fds) {
  const sys::Status status =
      shim::send_packet(BorrowedFd{connection_->socket.native_handle()}, packet, fds.begin(), fds.size());
  if (!status) throw Error::from_errno(status.err(), "talking to the container's shim");
}

}  // namespace stack::core
