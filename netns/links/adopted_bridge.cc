#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "netns/links/host_links.h"
#include "netns/links/interface_sysctl.h"

namespace stack::netns {

namespace {

// Remembers what the setting was before the engine first changed it.
void change(const std::string& path, const std::string& value, OnMissing missing, model::AdoptedBridge& record) {
  const std::optional<std::string> before = get_sysctl(path);
  if (before && *before != value) record.settings.emplace(path, *before);
  set_sysctl(path, value, missing);
}

std::string text_of(const HostAddress& address) {
  return address.address.text() + "/" + std::to_string(address.prefix);
}

}  // namespace

std::uint32_t HostLinks::adopt_bridge(const WantedBridge& wanted, model::AdoptedBridge& record) {
  const std::string& name = wanted.link.name;
  const auto have = link(name);
  if (!have) throw Error(ErrorKind::not_found, "the bridge " + name + " has gone");
  const BridgeSteps steps = steps_for(wanted, have, addresses());
  const std::string six = "net/ipv6/conf/" + name + "/", four = "net/ipv4/conf/" + name + "/";
  if (wanted.ipv6) change(six + "disable_ipv6", "0", OnMissing::ignore, record);
  change(four + "route_localnet", "1", OnMissing::fail, record);
  // Turned on later, with everything else that forwards.
  if (const auto forwards = get_sysctl(four + "forwarding")) record.settings.emplace(four + "forwarding", *forwards);
  for (const HostAddress& address : steps.add) {
    require(socket_.request(add_address(have->index, address.address, address.prefix)),
            "giving " + address.address.text() + " to the bridge " + name);
    if (std::ranges::find(record.addresses, text_of(address)) == record.addresses.end())
      record.addresses.push_back(text_of(address));
  }
  if (steps.raise) require(socket_.request(set_up(have->index, true)), "raising the bridge " + name);
  return have->index;
}

void HostLinks::release_bridge(const std::string& name, const model::AdoptedBridge& record) {
  const auto have = link(name);
  if (!have) return;
  for (const HostAddress& address : addresses()) {
    if (address.index != have->index) continue;
    if (std::ranges::find(record.addresses, text_of(address)) == record.addresses.end()) continue;
    const Ack ack = socket_.request(remove_address(have->index, address.address, address.prefix));
    if (ack.err != EADDRNOTAVAIL) require(ack, "taking " + text_of(address) + " from the bridge " + name);
  }
  for (const auto& [path, value] : record.settings) set_sysctl(path, value, OnMissing::ignore);
}

}  // namespace stack::netns
