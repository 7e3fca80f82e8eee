// A proxy that tunnels (CONNECT): whatever name is asked for, it leads to one port of this machine. So a test can speak to
// "registry.example" by TLS without a name server, and see what the proxy saw.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace stack::test {

class TunnelProxy {
 public:
  // `refusal`: the answer to everyone, "407 X"; empty: they are let through.
  TunnelProxy(std::uint16_t to_port, std::string refusal = {});
  TunnelProxy(const TunnelProxy&) = delete;
  TunnelProxy& operator=(const TunnelProxy&) = delete;
  ~TunnelProxy();

  [[nodiscard]] std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }
  // The heads of what was asked, as they came.
  [[nodiscard]] std::vector<std::string> heads() const;

 private:
  void run();
  void serve(UniqueFd connection);
  [[nodiscard]] bool wait_for(int fd) const;

  const std::uint16_t to_port_;
  const std::string refusal_;
  UniqueFd listening_;
  std::uint16_t port_ = 0;
  UniqueFd ended_, end_;
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;
  std::vector<std::thread> tunnels_;
  std::thread thread_;
};

}  // namespace stack::test
