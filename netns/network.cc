#include "netns/network.h"

#include <algorithm>

#include <unistd.h>

#include "base/error.h"
#include "base/ids.h"
#include "netns/network_stack.h"

namespace stack::netns {

std::unique_ptr<NetworkStack> NetworkStack::open(boost::asio::io_context& loop, Options options) {
  const bool good = options.tag.size() >= 4 && options.tag.size() <= 6 &&
                    std::all_of(options.tag.begin(), options.tag.end(),
                                [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
  if (!good) throw Error(ErrorKind::invalid, "the engine's tag \"" + options.tag + "\" is not 4 to 6 of a-z and 0-9");
  return std::make_unique<NetworkStackImpl>(loop, std::move(options));
}

NetworkStackImpl::NetworkStackImpl(boost::asio::io_context& loop, Options options)
    : options_(std::move(options)),
      auto_pools_(options_.default_pools.empty() ? built_in_pools() : parse_pools(options_.default_pools)),
      links_(HostLinks::open()),
      firewall_(Firewall::open(options_.tag)),
      forward_policy_(ForwardPolicy::open(options_.tag)),
      forwarding_(Forwarding::open(alias())),
      relays_(loop, system_random()),
      dns_(loop, names_, system_random()),
      kernel_has_ipv6_(::access("/proc/sys/net/ipv6", F_OK) == 0),
      watch_(loop, "s" + options_.tag, firewall_.table(), [this] { host_changed(); }) {
  auto_pools_.push_back(unique_local_pool(options_.tag));
  // Names begin at a random place, so that they do not meet those of veths that a killed engine left or that are still
  // dying.
  system_random()(&next_host_name_, sizeof next_host_name_);
}

}  // namespace stack::netns
