#include "netns/ports/reservations.h"

#include <algorithm>

#include "base/error.h"
#include "base/model/protocol_name.h"
#include "base/scope_guard.h"
#include "netns/ports/holding_socket.h"
#include "netns/ports/port_owner.h"

namespace stack::netns {

namespace {

Address host_address(const model::PublishedPort& port) {
  if (port.host_ip.empty()) return {};
  const auto address = parse_address(port.host_ip);
  if (!address) throw Error(ErrorKind::invalid, "\"" + port.host_ip + "\" is not an address to publish a port on");
  return *address;
}

void check(const model::PublishedPort& port) {
  if (port.container_port == 0) throw Error(ErrorKind::invalid, "port 0 of a container cannot be published");
  if (port.host_last < port.host_first || (port.host_first == 0 && port.host_last != 0)) {
    throw Error(ErrorKind::invalid, "the range of host ports " + std::to_string(port.host_first) + "-" +
                                        std::to_string(port.host_last) + " is empty");
  }
}

bool overlap(const HostPort& a, const HostPort& b) {
  return a.protocol == b.protocol && a.port == b.port && a.address.family == b.address.family &&
         (a.address == b.address || a.address.is_unspecified() || b.address.is_unspecified());
}

}  // namespace

std::string text_of(const HostPort& port) {
  const std::string address = port.address.text();
  return (port.address.family == Family::v6 ? "[" + address + "]" : address) + ":" + std::to_string(port.port) + "/" +
         std::string{model::protocol_name(port.protocol)};
}

std::string Reservations::conflict_with(const HostPort& wanted) const {
  for (const auto& [port, held] : held_) {
    if (overlap(port, wanted)) return held.owner;
  }
  return {};
}

bool Reservations::take(const HostPort& port, const std::string& container_id, const std::string& owner,
                        const model::PublishedPort& wanted, std::string& why) {
  const bool fixed = wanted.host_first == wanted.host_last;
  if (const auto it = held_.find(port); it != held_.end()) {
    Held& held = it->second;
    const bool again = held.containers.contains(container_id);
    if (held.owner == owner && held.container_port == wanted.container_port && (again || (fixed && held.shared))) {
      held.containers.insert(container_id);
      return true;
    }
    why = held.owner;
    if (held.owner == owner && held.container_port != wanted.container_port) {
      why += ", for its port " + std::to_string(held.container_port);
    }
    return false;
  }
  if (why = conflict_with(port); !why.empty()) return false;
  auto socket = hold_port(port.address, port.protocol, port.port);
  if (!socket) {
    if (socket.err() == EADDRINUSE) {
      why = who_holds(port.address, port.protocol, port.port);
      return false;
    }
    Error error = Error::from_errno(socket.err(), "reserving port " + text_of(port));
    if (socket.err() == EADDRNOTAVAIL) {
      throw Error(ErrorKind::invalid, error.message()).remedy("publish it on an address that this machine has");
    }
    if (socket.err() == EPROTONOSUPPORT || socket.err() == ESOCKTNOSUPPORT) {
      throw Error(ErrorKind::unsupported, error.message()).remedy("this kernel does not speak the protocol");
    }
    throw error;
  }
  held_[port] = Held{std::move(*socket), owner, wanted.container_port, fixed, {container_id}};
  return true;
}

HostPort Reservations::reserve_one(const std::string& container_id, const std::string& owner,
                                   const model::PublishedPort& wanted, const Address& address) {
  std::string why;
  if (wanted.host_first != 0) {
    for (unsigned port = wanted.host_first; port <= wanted.host_last; ++port) {
      const HostPort candidate{address, wanted.protocol, static_cast<std::uint16_t>(port)};
      if (take(candidate, container_id, owner, wanted, why)) return candidate;
    }
    if (wanted.host_first == wanted.host_last) {
      throw Error(ErrorKind::conflict,
                  "port is already allocated: " + text_of({address, wanted.protocol, wanted.host_first}) +
                      " is taken by " + why)
          .remedy("publish another host port, or stop what uses this one");
    }
    throw Error(ErrorKind::conflict, "all ports are allocated: none of " + address.text() + ":" +
                                         std::to_string(wanted.host_first) + "-" + std::to_string(wanted.host_last) +
                                         "/" + std::string{model::protocol_name(wanted.protocol)} +
                                         " is free (the last is taken by " + why + ")");
  }
  auto socket = hold_port(address, wanted.protocol, 0);
  if (!socket) throw Error::from_errno(socket.err(), "reserving a free port of " + address.text());
  const auto port = port_of(*socket);
  if (!port) throw Error::from_errno(port.err(), "reserving a free port of " + address.text());
  const HostPort got{address, wanted.protocol, *port};
  if (address.family == Family::v6) {
    // A port that the kernel chose is lost when a relay stops listening; one that was asked for is not.
    socket = hold_port(address, wanted.protocol, 0);
    if (socket) socket = hold_port(address, wanted.protocol, *port);
    if (!socket) throw Error::from_errno(socket.err(), "reserving port " + text_of(got));
  }
  held_[got] = Held{std::move(*socket), owner, wanted.container_port, false, {container_id}};
  return got;
}

std::vector<model::PortBinding> Reservations::reserve(const std::string& container_id, const std::string& owner,
                                                      const std::vector<model::PublishedPort>& ports) {
  std::vector<HostPort> taken;
  std::vector<model::PortBinding> out;
  ScopeGuard undo([&] {
    for (const HostPort& port : taken) {
      const auto it = held_.find(port);
      if (it == held_.end()) continue;
      it->second.containers.erase(container_id);
      if (it->second.containers.empty()) held_.erase(it);
    }
  });
  for (const model::PublishedPort& wanted : ports) {
    check(wanted);
    const Address address = host_address(wanted);
    const HostPort got = reserve_one(container_id, owner, wanted, address);
    taken.push_back(got);
    out.push_back({address.text(), got.port, wanted.container_port, wanted.protocol});
  }
  undo.dismiss();
  auto& mine = bindings_[container_id];
  for (const model::PortBinding& binding : out) {
    if (std::find(mine.begin(), mine.end(), binding) == mine.end()) mine.push_back(binding);
  }
  return out;
}

int Reservations::socket_of(const HostPort& port) const {
  const auto it = held_.find(port);
  return it == held_.end() ? -1 : it->second.socket.get();
}

void Reservations::release(const std::string& container_id) {
  if (bindings_.erase(container_id) == 0) return;
  for (auto it = held_.begin(); it != held_.end();) {
    it->second.containers.erase(container_id);
    it = it->second.containers.empty() ? held_.erase(it) : std::next(it);
  }
}

const std::vector<model::PortBinding>& Reservations::of(const std::string& container_id) const {
  static const std::vector<model::PortBinding> kNone;
  const auto it = bindings_.find(container_id);
  return it == bindings_.end() ? kNone : it->second;
}

}  // namespace stack::netns
