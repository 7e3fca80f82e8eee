// Network namespaces for tests: made, entered and left within one thread, so that a test can be the host, a container
// and a machine outside in turn. Sockets stay in the namespace that they were opened in.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/unique_fd.h"

namespace stack::test {

// A namespace that lives as long as this object (and whatever else holds it).
class NetNamespace {
 public:
  // A new, empty one with the settings of a host as the kernel makes it; the caller's stays current.
  static NetNamespace make();
  // The one that the thread is in.
  static NetNamespace current();
  [[nodiscard]] int fd() const { return fd_.get(); }
  // Runs `f` inside, and comes back.
  void in(const std::function<void()>& f) const;

 private:
  explicit NetNamespace(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

// The thread moves to new network and mount namespaces, for good, with the same settings; false without the rights to do so.
bool leave_the_host();

// Sockets with timeouts, of the address's family. Failures give nothing.
UniqueFd listen_tcp(const std::string& address, std::uint16_t port);
std::optional<UniqueFd> connect_tcp(const std::string& address, std::uint16_t port,
                                    std::chrono::milliseconds patience = std::chrono::milliseconds(1500));
UniqueFd bind_udp(const std::string& address, std::uint16_t port);
// True when a connection waits on the listener within a second; it is closed. `peer` gets the address it came from.
bool accepts(BorrowedFd listener, std::string* peer = nullptr);
// True when a connection waits right now.
bool waiting(BorrowedFd listener);
// Sends one datagram and gives the answer.
std::optional<std::string> ask_udp(const std::string& address, std::uint16_t port, const std::string& question);

}  // namespace stack::test
