#include "engine/core/kernel_shims.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/sys/syscalls.h"
#include "engine/shim/spawn.h"

namespace stack::core {

namespace asio = boost::asio;

namespace {

class SocketLink final : public ShimLink {
 public:
  // `shim` is invalid for one that this engine did not spawn.
  SocketLink(asio::io_context& loop, UniqueFd connection, UniqueFd shim)
      : connection_(std::make_shared<Connection>(loop, std::move(connection))), shim_(std::move(shim)) {}
  SocketLink(const SocketLink&) = delete;
  SocketLink& operator=(const SocketLink&) = delete;
  ~SocketLink() override { connection_->stop(); }

  void listen(OnPacket on_packet, OnClosed on_closed) override {
    connection_->on_packet = std::move(on_packet);
    connection_->on_closed = std::move(on_closed);
    connection_->listen();
  }

  void send(const shim::Packet& packet, std::initializer_list<int> fds) override {
    const sys::Status status = shim::send_packet(socket(), packet, fds.begin(), fds.size());
    if (!status) throw Error::from_errno(status.err(), "talking to the container's shim");
  }

  void kill_shim() noexcept override {
    if (!shim_) shim_ = peer();
    if (shim_) static_cast<void>(sys::pidfd_send_signal(shim_, SIGKILL));
  }

 private:
  struct Connection : std::enable_shared_from_this<Connection> {
    Connection(asio::io_context& loop, UniqueFd fd) : socket(loop, fd.release()) {}

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
        const OnPacket callback = on_packet;  // the owner may destroy the link in it
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

  [[nodiscard]] BorrowedFd socket() const { return BorrowedFd{connection_->socket.native_handle()}; }

  // Its number is its own as long as it holds the other end.
  [[nodiscard]] UniqueFd peer() const noexcept {
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(socket().get(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0 || who.pid <= 0) return {};
    auto opened = sys::pidfd_open(who.pid);
    return opened ? std::move(*opened) : UniqueFd{};
  }

  std::shared_ptr<Connection> connection_;
  UniqueFd shim_;
};

}  // namespace

std::unique_ptr<ShimLink> KernelShims::spawn() {
  shim::SpawnedShim spawned = shim::spawn_shim(program_);
  return std::make_unique<SocketLink>(loop_, std::move(spawned.control), std::move(spawned.pidfd));
}

std::unique_ptr<ShimLink> KernelShims::connect(const std::filesystem::path& socket) {
  auto connection = shim::connect_shim(socket.c_str());
  if (!connection) return nullptr;
  return std::make_unique<SocketLink>(loop_, std::move(*connection), UniqueFd{});
}

Process KernelShims::hold(std::int32_t pid) {
  auto opened = sys::pidfd_open(pid);
  return {.pid = pid, .pidfd = opened ? std::move(*opened) : UniqueFd{}};
}

sys::Status KernelShims::signal(const Process& process, int signal) noexcept {
  // What could not be held has ended.
  if (!process.pidfd) return sys::Status{ESRCH};
  return sys::pidfd_send_signal(process.pidfd, signal);
}

bool KernelShims::has_ended(const Process& process) const noexcept {
  pollfd one{process.pidfd.get(), POLLIN, 0};
  return !process.pidfd || ::poll(&one, 1, 0) > 0;
}

}  // namespace stack::core
