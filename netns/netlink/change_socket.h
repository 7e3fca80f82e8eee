// Where the kernel tells what others change about the host's network: interfaces, forwarding settings, packet filters.
//
// Docker sets the policy of the FORWARD chain when it starts, firewalld and ufw flush the whole ruleset, a cable or a
// tunnel brings a new interface: the engine looks again and puts its part right. Lives on the loop it was given, which
// must outlive it; `changed` is called there, at most once in kSettle, and not for what carries the engine's own names.
// When the kernel's queue overflows, that counts as a change.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace stack::netns {

// Programs change many things one after the other.
inline constexpr std::chrono::milliseconds kSettle{100};

class ChangeSocket {
 public:
  // `own_links`: how the names of the engine's interfaces begin; `own_table`: its nftables table. Throws stack::Error.
  ChangeSocket(boost::asio::io_context& loop, std::string own_links, std::string own_table,
               std::function<void()> changed);
  ~ChangeSocket();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace stack::netns
