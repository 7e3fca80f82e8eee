#include "engine/shim/shim_service.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/sandbox/child_files.h"

namespace stack::shim {
namespace {

using sandbox::Stage;

constexpr int kBacklog = 4;

}  // namespace

Service::Service(UniqueFd first) noexcept
    : executions_(Outlet{
          this, [](void* context, std::uint64_t serial, const Packet& packet, const int* fds, std::size_t count) {
            auto* self = static_cast<Service*>(context);
            bool there = false;
            for (Connection& connection : self->connections_) {
              if (!connection.socket || connection.serial != serial) continue;
              there = true;
              self->send(connection, packet, fds, count);
            }
            if (there || packet.kind != Kind::exec_exited) return;
            // The engine that started it is gone; the one that came after it knows the process by its ID.
            Packet for_others = packet;
            for_others.number = 0;
            for (Connection& connection : self->connections_) {
              if (connection.socket) self->send(connection, for_others, nullptr, 0);
            }
          }}) {
  connections_[0].socket = std::move(first);
  connections_[0].serial = next_serial_++;
}

bool Service::connected() const noexcept {
  for (const Connection& connection : connections_) {
    if (connection.socket) return true;
  }
  return false;
}

void Service::run() noexcept {
  while (!leaving_) step();
}

void Service::step() noexcept {
  static pollfd polled[kAll + 1 + Container::kPollMax + Executions::kPollMax];
  std::size_t count = 0;
  for (const Connection& connection : connections_) polled[count++] = {connection.socket.get(), POLLIN, 0};
  // A full house lets further engines wait in the backlog.
  bool room = false;
  for (const Connection& connection : connections_) room = room || !connection.socket;
  polled[count++] = {room ? listener_.get() : -1, POLLIN, 0};
  const std::size_t of_container = count;
  count += container_.watch(polled + count);
  const std::size_t of_executions = count;
  count += executions_.watch(polled + count);
  if (::poll(polled, count, container_.timeout_ms()) < 0 && errno != EINTR) return leave();

  Phase before = container_.phase();
  container_.attend(polled + of_container, of_executions - of_container);
  after(before);
  before = container_.phase();
  executions_.attend(polled + of_executions, count - of_executions);
  container_.finish_if_drained(executions_.any());
  after(before);
  for (std::size_t i = 0; i < kAll && !leaving_; ++i) {
    if (polled[i].revents != 0 && connections_[i].socket.get() == polled[i].fd) serve(connections_[i]);
  }
  if (!leaving_ && polled[kAll].revents != 0) accept_one();
  if (!connected() && (container_.phase() == Phase::over || container_.phase() == Phase::empty)) leave();
}

// Tells what has changed since `before`.
void Service::after(Phase before) noexcept {
  const Phase now = container_.phase();
  if (now == before) return;
  if (now == Phase::failed || now == Phase::over) withdraw();
  if (now == Phase::failed) {
    Packet packet;
    packet.kind = Kind::failed;
    packet.stage = static_cast<std::int32_t>(container_.failure().stage);
    packet.error = container_.failure().error;
    std::strncpy(packet.detail, container_.failure().detail, sizeof packet.detail - 1);
    for (Connection& connection : connections_) {
      if (connection.socket) send(connection, packet, nullptr, 0);
    }
    return leave();
  }
  if (before == Phase::launching) tell_all(Kind::started);
  if (now == Phase::over) tell_all(Kind::exited);
}

void Service::tell_all(Kind kind) noexcept {
  for (Connection& connection : connections_) {
    if (!connection.socket) continue;
    Packet packet;
    packet.kind = kind;
    int fds[kFdsMax];
    const std::size_t count = container_.describe(packet, fds);
    send(connection, packet, fds, count);
  }
}

void Service::send(Connection& connection, const Packet& packet, const int* fds, std::size_t count) noexcept {
  // An engine that does not read loses its connection, and learns the rest from the next one's hello.
  if (!send_packet(connection.socket, packet, fds, count)) connection.socket.reset();
}

void Service::accept_one() noexcept {
  UniqueFd socket{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  if (!socket) return;
  for (Connection& connection : connections_) {
    if (connection.socket) continue;
    connection.socket = std::move(socket);
    connection.serial = next_serial_++;
    Packet packet;
    packet.kind = Kind::hello;
    int fds[kFdsMax];
    const std::size_t count = container_.describe(packet, fds);
    return send(connection, packet, fds, count);
  }
}

void Service::serve(Connection& connection) noexcept {
  Received received;
  while (connection.socket && !leaving_) {
    const auto status = receive_packet(connection.socket, received);
    if (status) {
      handle(connection, received);
      continue;
    }
    if (status.err() == EAGAIN) return;
    connection.socket.reset();
    // Nobody waits for this start any more: nothing half-made shall stay.
    if (container_.phase() == Phase::launching && !connected()) {
      container_.abandon();
      leave();
    }
  }
}

void Service::handle(Connection& connection, Received& received) noexcept {
  const Packet& packet = received.packet;
  switch (packet.kind) {
    case Kind::launch:
      return launch(received);
    case Kind::exec:
      return executions_.start(container_, connection.serial, received);
    case Kind::signal:
      return packet.number == 0 ? container_.signal(packet.signal)
                                : executions_.signal(connection.serial, packet.number, packet.signal);
    case Kind::resize:
      return packet.number == 0 ? container_.resize(packet.rows, packet.columns)
                                : executions_.resize(connection.serial, packet.number, packet.rows, packet.columns);
    case Kind::stdin_close:
      return container_.close_stdin();
    case Kind::forget:
      if (container_.phase() == Phase::launching) container_.abandon();
      if (container_.phase() == Phase::over || container_.phase() == Phase::failed) leave();
      return;
    default:
      connection.socket.reset();
  }
}

void Service::launch(Received& received) noexcept {
  const Phase before = container_.phase();
  if (before != Phase::empty || received.count != 1) return;
  if (!container_.launch(std::move(received.fds[0]))) {
    // The child is on its way meanwhile.
    if (const Failure failure = listen()) container_.fail(failure);
  }
  after(before);
}

// The socket's path may be longer than an address allows: it is bound by way of its folder's descriptor.
Failure Service::listen() noexcept {
  const char* path = container_.plan().text(container_.plan().head().socket_path);
  const char* slash = std::strrchr(path, '/');
  char folder[4096];
  const auto size = slash != nullptr ? static_cast<std::size_t>(slash - path) : sizeof folder;
  if (size >= sizeof folder) return {Stage::socket, ENAMETOOLONG, path};
  std::memcpy(folder, path, size);
  folder[size] = '\0';
  auto dir = sandbox::open_path(size == 0 ? "/" : folder, O_PATH | O_DIRECTORY);
  if (!dir) return {Stage::socket, dir.err(), path};
  socket_folder_ = std::move(*dir);
  socket_name_ = slash + 1;
  if (::unlinkat(socket_folder_.get(), socket_name_, 0) != 0 && errno != ENOENT) return {Stage::socket, errno, path};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const int made = std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", socket_folder_.get(),
                                 socket_name_);
  if (made < 0 || static_cast<std::size_t>(made) >= sizeof address.sun_path) return {Stage::socket, ENAMETOOLONG, path};
  listener_.reset(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  ::umask(0177);
  const bool bound = listener_ && ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                     ::listen(listener_.get(), kBacklog) == 0;
  const int err = errno;
  ::umask(0);
  return bound ? Failure{} : Failure{Stage::socket, err, path};
}

void Service::leave() noexcept {
  withdraw();
  leaving_ = true;
}

// Before anybody hears of the end: the next start of the container listens at the same path.
void Service::withdraw() noexcept {
  if (socket_name_ != nullptr) ::unlinkat(socket_folder_.get(), socket_name_, 0);
  socket_name_ = nullptr;
}

}  // namespace stack::shim
