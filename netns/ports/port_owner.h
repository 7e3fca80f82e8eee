// Which process holds a port of the host, for messages. Reads /proc, costs milliseconds: only after a bind has failed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/model/container_spec.h"
#include "netns/ipam/address.h"

namespace stack::netns {

// What stands in the way of binding `address`:`port`, out of a text like /proc/net/tcp or tcp6.
struct SocketInWay {
  std::optional<std::uint64_t> inode;  // of a process's socket, a listening one before a connected one
  bool closing = false;                // a connection that no process has any more
};
// Pure.
SocketInWay socket_in_way(std::string_view table, const Address& address, std::uint16_t port);

// "process nginx (pid 123)", or what is known when it is less. Never throws.
std::string who_holds(const Address& address, model::Protocol protocol, std::uint16_t port);

}  // namespace stack::netns
