// A bound socket that holds a port of the host and never answers.
#pragma once

#include <cstdint>

#include "base/model/container_spec.h"
#include "base/sys/result.h"
#include "base/unique_fd.h"
#include "netns/ipam/address.h"

namespace stack::netns {

// `port` 0 lets the kernel choose; EADDRINUSE, EADDRNOTAVAIL, EACCES and the like as values.
sys::Result<UniqueFd> hold_port(const Address& address, model::Protocol protocol, std::uint16_t port) noexcept;
sys::Result<std::uint16_t> port_of(BorrowedFd socket) noexcept;

}  // namespace stack::netns
