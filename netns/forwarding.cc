#include "netns/forwarding.h"

#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "netns/links/interface_sysctl.h"

namespace stack::netns {

namespace {

using Owner = ForwardingPicture::Owner;

// Always guarded while IPv6 forwarding is ours: it tells a host without other interfaces from one that we did not touch.
constexpr const char* kLoopback = "lo";

std::string forwarding_of(const std::string& family, const std::string& interface) {
  return "net/" + family + "/conf/" + interface + "/forwarding";
}

bool is_on(const std::string& family, const std::string& interface) {
  return get_sysctl(forwarding_of(family, interface)).value_or("0") != "0";
}

bool is_engines(const HostLink& link) { return link.kind == "bridge" && link.alias.starts_with("stack:"); }

// The host's end of a container's veth, of any engine ("s", a tag of 4 to 6 characters, "v", seven digits). It is a port
// of a bridge, unless that has just been removed.
bool is_container_port(const HostLink& link) {
  const std::string& name = link.name;
  return link.kind == "veth" && name.size() >= 13 && name.size() <= 15 && name[0] == 's' &&
         name[name.size() - 8] == 'v';
}

void decide_ipv4(const ForwardingPicture& now, bool needed, ForwardingSteps& out) {
  for (const auto& link : now.links) {
    const bool was_opened = now.guarded.ipv4.contains(link.name);
    if (now.all4 || link.owner == Owner::other_engine) continue;
    if (link.owner == Owner::ours) {
      if (!link.forwards4) out.open4.push_back(link.name);
    } else if (now.wanted4 && !link.forwards4) {
      out.open4.push_back(link.name);
      out.after.ipv4.insert(link.name);
    } else if (needed && was_opened) {
      out.after.ipv4.insert(link.name);
    } else if (was_opened && link.forwards4) {
      out.close4.push_back(link.name);
    }
  }
}

void decide_ipv6(const ForwardingPicture& now, bool needed, ForwardingSteps& out) {
  const bool ours = now.all6 && !now.default6 && !now.guarded.ipv6.empty();
  const bool turn_on = now.wanted6 && !now.all6;
  if (turn_on) out.all6 = true;
  if (ours && !needed) out.all6 = false;
  if (!turn_on && (!ours || !needed)) return;
  out.after.ipv6.insert(kLoopback);
  for (const auto& link : now.links) {
    if (link.owner == Owner::host) out.after.ipv6.insert(link.name);
  }
}

}  // namespace

ForwardingSteps decide(const ForwardingPicture& now) {
  bool others = false;
  for (const auto& link : now.links) others = others || link.owner == Owner::other_engine;
  ForwardingSteps out;
  decide_ipv4(now, now.wanted4 || others, out);
  decide_ipv6(now, now.wanted6 || others, out);
  out.before = now.guarded;
  out.before.ipv4.insert(out.after.ipv4.begin(), out.after.ipv4.end());
  out.before.ipv6.insert(out.after.ipv6.begin(), out.after.ipv6.end());
  return out;
}

Forwarding Forwarding::open(std::string alias) { return {GuardTable::open(), std::move(alias)}; }

ForwardingPicture Forwarding::look(const std::vector<HostLink>& links, const std::set<std::string>& bridges) {
  ForwardingPicture out;
  for (const HostLink& link : links) {
    if (link.master != 0 || link.name == kLoopback || is_container_port(link)) continue;
    ForwardingPicture::Link each{link.name, Owner::host, is_on("ipv4", link.name)};
    if (bridges.contains(link.name)) {
      each.owner = Owner::ours;
    } else if (is_engines(link)) {
      if (link.alias == alias_) continue;  // one of our own that needs no forwarding
      each.owner = Owner::other_engine;
    }
    out.links.push_back(std::move(each));
  }
  out.all4 = is_on("ipv4", "all");
  out.all6 = is_on("ipv6", "all");
  out.default6 = is_on("ipv6", "default");
  out.guarded = guard_.read();
  return out;
}

void Forwarding::turn_on_ipv6(const std::vector<HostLink>& links, const std::set<std::string>& bridges) {
  std::vector<std::string> hosts{"default"};
  for (const HostLink& link : links) {
    // An interface that forwards takes no router advertisements: whoever took some goes on doing so.
    if (!bridges.contains(link.name) && !is_on("ipv6", link.name)) hosts.push_back(link.name);
  }
  set_sysctl(forwarding_of("ipv6", "all"), "1", OnMissing::ignore);
  for (const std::string& name : hosts) set_sysctl(forwarding_of("ipv6", name), "0", OnMissing::ignore);
}

void Forwarding::ensure(const std::vector<HostLink>& links, const std::set<std::string>& bridges, bool ipv6) {
  ForwardingPicture now = look(links, bridges);
  now.wanted4 = !bridges.empty();
  now.wanted6 = ipv6;
  const ForwardingSteps steps = decide(now);
  if (steps.before != now.guarded) guard_.write(steps.before);
  for (const std::string& name : steps.open4) set_sysctl(forwarding_of("ipv4", name), "1", OnMissing::ignore);
  for (const std::string& name : steps.close4) set_sysctl(forwarding_of("ipv4", name), "0", OnMissing::ignore);
  if (steps.all6 == true) turn_on_ipv6(links, bridges);
  if (steps.all6 == false) set_sysctl(forwarding_of("ipv6", "all"), "0", OnMissing::ignore);
  if (steps.after != steps.before) guard_.write(steps.after);
  if (!steps.after.empty() && !std::exchange(told_, true)) {
    log_info("containers reach other machines; the host still forwards nothing else");
  }
}

std::string Forwarding::remaining(const std::vector<HostLink>& links) {
  std::string engines;
  for (const auto& link : look(links, {}).links) {
    if (link.owner == Owner::other_engine) engines += (engines.empty() ? "" : ", ") + link.name;
  }
  if (engines.empty() || guard_.read().empty()) return {};
  return "forwarding stays on, guarded by the packet filter's table stack_forwarding: another engine needs it for " +
         engines;
}

}  // namespace stack::netns
