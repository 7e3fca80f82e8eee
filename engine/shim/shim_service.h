// The shim's loop: connections of engines on one side, the container and its execs on the other. No heap, one thread.
//
// Leaves when a launch has failed or lost its engine, and when the container is over and nobody is connected or
// `forget` came.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/unique_fd.h"
#include "engine/shim/container.h"
#include "engine/shim/executions.h"
#include "engine/shim/packet_socket.h"

namespace stack::shim {

class Service {
 public:
  explicit Service(UniqueFd first) noexcept;
  void run() noexcept;

 private:
  struct Connection {
    UniqueFd socket;
    std::uint64_t serial = 0;  // never used again, so that a late result finds no stranger
  };
  static constexpr std::size_t kAll = kConnectionsMax + 1;

  void step() noexcept;
  void accept_one() noexcept;
  void serve(Connection& connection) noexcept;
  void handle(Connection& connection, Received& received) noexcept;
  void launch(Received& received) noexcept;
  Failure listen() noexcept;
  void send(Connection& connection, const Packet& packet, const int* fds, std::size_t count) noexcept;
  void tell_all(Kind kind) noexcept;
  void after(Phase before) noexcept;
  void leave() noexcept;
  void withdraw() noexcept;
  [[nodiscard]] bool connected() const noexcept;

  Connection connections_[kAll];
  std::uint64_t next_serial_ = 1;
  UniqueFd listener_, socket_folder_;
  const char* socket_name_ = nullptr;
  Container container_;
  Executions executions_;
  bool leaving_ = false;
};

}  // namespace stack::shim
