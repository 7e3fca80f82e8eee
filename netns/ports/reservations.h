// The host's ports that published ports need: found free, held, and given a name when they are taken.
//
// Each held port is a bound socket, so that no other process can take it while the packet filter leads its traffic to
// containers; what still reaches the socket (no replica runs) is refused or dropped by the kernel. It never listens,
// unless a relay listens on a copy (relay_server.h). Replicas of one owner share a fixed port. One thread; a reservation
// costs a few system calls.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/model/container_state.h"
#include "base/unique_fd.h"
#include "netns/ipam/address.h"

namespace stack::netns {

// Where somebody connects to, as reserved. `address` unspecified: all addresses of the host.
struct HostPort {
  Address address;
  model::Protocol protocol = model::Protocol::tcp;
  std::uint16_t port = 0;
  auto operator<=>(const HostPort&) const = default;
};
// "127.0.0.1:8080/tcp"
std::string text_of(const HostPort& port);

class Reservations {
 public:
  // All of `ports` or none. Throws conflict (naming who has it), invalid (not an address, an empty range), unsupported.
  std::vector<model::PortBinding> reserve(const std::string& container_id, const std::string& owner,
                                          const std::vector<model::PublishedPort>& ports);
  void release(const std::string& container_id);

  // The socket that holds a port, or -1; it stays with this object.
  [[nodiscard]] int socket_of(const HostPort& port) const;
  // What each container has.
  [[nodiscard]] const std::vector<model::PortBinding>& of(const std::string& container_id) const;

 private:
  struct Held {
    UniqueFd socket;
    std::string owner;
    std::uint16_t container_port = 0;
    bool shared = false;  // a fixed port, which further replicas of the owner may use
    std::set<std::string> containers;
  };
  std::string conflict_with(const HostPort& wanted) const;
  // Nothing when the port is taken; then `why` says by whom.
  bool take(const HostPort& port, const std::string& container_id, const std::string& owner,
            const model::PublishedPort& wanted, std::string& why);
  HostPort reserve_one(const std::string& container_id, const std::string& owner, const model::PublishedPort& wanted,
                       const Address& address);

  std::map<HostPort, Held> held_;
  std::map<std::string, std::vector<model::PortBinding>> bindings_;
};

}  // namespace stack::netns
