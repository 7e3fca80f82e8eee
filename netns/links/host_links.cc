#include "netns/links/host_links.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <map>
#include <thread>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>

#include "base/error.h"
#include "base/scope_guard.h"
#include "base/sys/syscalls.h"
#include "netns/links/interface_sysctl.h"

namespace stack::netns {

namespace {

constexpr int kModuleTries = 50, kModulePauseMs = 10;

// Whoever sits on a bridge is no router and no authority for the host: what a frame says changes no address, no route and
// no neighbour of another interface.
void distrust_containers(const std::string& bridge) {
  const std::string six = "net/ipv6/conf/" + bridge + "/", four = "net/ipv4/conf/" + bridge + "/";
  for (const char* name : {"accept_ra", "autoconf", "accept_redirects"}) {
    set_sysctl(six + name, "0", OnMissing::ignore);
  }
  // Of a bridge that forwards, redirects count only when `all` says so as well; send_redirects when either does.
  for (const char* name : {"accept_redirects", "secure_redirects", "send_redirects", "accept_source_route"}) {
    set_sysctl(four + name, "0", OnMissing::ignore);
  }
}

// Neighbours are asked for from an address of the link. The kernel makes one when it has noticed that the bridge has a carrier, which takes
// it up to a second: until then nobody would come from the host to a container by IPv6.
WantedBridge with_link_local(WantedBridge wanted) {
  if (wanted.ipv6) wanted.addresses.push_back({0, *parse_address("fe80::1"), 64});
  return wanted;
}

}  // namespace

void require(const Ack& ack, const std::string& step) {
  if (ack.err == 0) return;
  Error error = Error::from_errno(ack.err, ack.words.empty() ? step : step + " (" + ack.words + ")");
  if (ack.err == EPERM) {
    throw Error(ErrorKind::not_permitted, error.message()).remedy("run the engine as root, or with CAP_NET_ADMIN");
  }
  if (ack.err == EOPNOTSUPP) {
    throw Error(ErrorKind::unsupported, error.message())
        .remedy("the kernel needs bridges and veths: try `modprobe bridge veth`");
  }
  throw error;
}

std::optional<HostLink> read_link(const Received& message) {
  if (message.type != RTM_NEWLINK) return std::nullopt;
  const auto header = header_of<ifinfomsg>(message.payload);
  if (!header) return std::nullopt;
  const auto attributes = parse_attributes(after_header(message.payload, sizeof(ifinfomsg)));
  HostLink link;
  link.index = static_cast<std::uint32_t>(header->ifi_index);
  link.up = (header->ifi_flags & IFF_UP) != 0;
  if (const auto* name = find(attributes, IFLA_IFNAME)) link.name = name->text();
  if (const auto* alias = find(attributes, IFLA_IFALIAS)) link.alias = alias->text();
  if (const auto* master = find(attributes, IFLA_MASTER)) link.master = master->u32().value_or(0);
  if (const auto* mtu = find(attributes, IFLA_MTU)) link.mtu = mtu->u32().value_or(0);
  if (const auto* info = find(attributes, IFLA_LINKINFO)) {
    const auto inner = parse_attributes(info->value);
    if (const auto* kind = find(inner, IFLA_INFO_KIND)) link.kind = kind->text();
  }
  return link;
}

std::optional<HostAddress> read_address(const Received& message) {
  if (message.type != RTM_NEWADDR) return std::nullopt;
  const auto header = header_of<ifaddrmsg>(message.payload);
  if (!header) return std::nullopt;
  const auto attributes = parse_attributes(after_header(message.payload, sizeof(ifaddrmsg)));
  const auto* value = find(attributes, IFA_LOCAL);
  if (value == nullptr) value = find(attributes, IFA_ADDRESS);
  if (value == nullptr) return std::nullopt;
  const auto address = address_from(value->value.data(), value->value.size());
  if (!address || header->ifa_prefixlen > width_of(address->family)) return std::nullopt;
  return HostAddress{header->ifa_index, *address, header->ifa_prefixlen};
}

std::optional<Cidr> read_route(const Received& message, std::uint32_t& index) {
  index = 0;
  if (message.type != RTM_NEWROUTE) return std::nullopt;
  const auto header = header_of<rtmsg>(message.payload);
  if (!header || header->rtm_table == RT_TABLE_LOCAL || header->rtm_type != RTN_UNICAST) return std::nullopt;
  const auto attributes = parse_attributes(after_header(message.payload, sizeof(rtmsg)));
  const auto* value = find(attributes, RTA_DST);
  if (value == nullptr || header->rtm_dst_len == 0) return std::nullopt;
  if (const auto* out = find(attributes, RTA_OIF)) index = out->u32().value_or(0);
  const auto address = address_from(value->value.data(), value->value.size());
  if (!address) return std::nullopt;
  return parse_cidr(address->text() + "/" + std::to_string(header->rtm_dst_len));
}

BridgeSteps steps_for(const WantedBridge& wanted, const std::optional<HostLink>& link,
                      const std::vector<HostAddress>& addresses) {
  BridgeSteps steps;
  steps.create = !link;
  steps.raise = !link || !link->up;
  for (const HostAddress& address : wanted.addresses) {
    const bool there =
        link && std::any_of(addresses.begin(), addresses.end(), [&](const HostAddress& have) {
          return have.index == link->index && have.address == address.address && have.prefix == address.prefix;
        });
    if (!there) steps.add.push_back(address);
  }
  return steps;
}

HostLinks HostLinks::open() { return HostLinks(NetlinkSocket::open(NETLINK_ROUTE)); }

// A socket belongs to the namespace of the thread that opens it, and the loop's own must never be in another one.
void visit_namespace(BorrowedFd netns, const std::function<void()>& work) {
  std::exception_ptr failure;
  std::thread visitor([&] {
    try {
      if (const auto entered = sys::setns(netns, CLONE_NEWNET); !entered)
        throw Error::from_errno(entered.err(), "entering a container's network namespace");
      work();
    } catch (...) {
      failure = std::current_exception();
    }
  });
  visitor.join();
  if (failure) std::rethrow_exception(failure);
}

HostLinks HostLinks::inside(BorrowedFd netns) {
  std::optional<NetlinkSocket> socket;
  visit_namespace(netns, [&] { socket.emplace(NetlinkSocket::open(NETLINK_ROUTE)); });
  return HostLinks(std::move(*socket));
}

std::vector<HostLink> HostLinks::links() {
  std::vector<HostLink> out;
  const ifinfomsg header{};
  require(socket_.dump(Message(RTM_GETLINK, NLM_F_DUMP, header),
                       [&](const Received& message) {
                         if (auto link = read_link(message)) out.push_back(std::move(*link));
                       }),
          "listing the interfaces");
  return out;
}

std::optional<HostLink> HostLinks::link(const std::string& name) {
  std::optional<HostLink> out;
  const ifinfomsg header{};
  Message message(RTM_GETLINK, 0, header);
  message.put_text(IFLA_IFNAME, name);
  const Ack ack = socket_.dump(message, [&](const Received& answer) { out = read_link(answer); });
  if (ack.err == ENODEV) return std::nullopt;
  require(ack, "looking at interface " + name);
  return out;
}

std::vector<HostAddress> HostLinks::addresses() {
  std::vector<HostAddress> out;
  const ifaddrmsg header{};
  require(socket_.dump(Message(RTM_GETADDR, NLM_F_DUMP, header),
                       [&](const Received& message) {
                         if (auto address = read_address(message)) out.push_back(*address);
                       }),
          "listing the host's addresses");
  return out;
}

std::vector<HostRoute> HostLinks::routes() {
  std::map<std::uint32_t, std::string> names;
  for (const HostLink& each : links()) names[each.index] = each.name;
  std::vector<HostRoute> out;
  const rtmsg header{};
  require(socket_.dump(Message(RTM_GETROUTE, NLM_F_DUMP, header),
                       [&](const Received& message) {
                         std::uint32_t index = 0;
                         if (const auto route = read_route(message, index)) out.push_back({*route, names[index]});
                       }),
          "listing the host's routes");
  for (const HostAddress& address : addresses()) {
    const auto subnet = parse_cidr(address.address.text() + "/" + std::to_string(address.prefix));
    if (subnet) out.push_back({*subnet, names[address.index]});
  }
  return out;
}

std::uint32_t HostLinks::ensure_bridge(const WantedBridge& wanted) {
  const std::string& name = wanted.link.name;
  auto have = link(name);
  if (have && have->kind != "bridge") {
    throw Error(ErrorKind::conflict, "the interface " + name + " exists and is not a bridge");
  }
  const BridgeSteps steps = steps_for(with_link_local(wanted), have, have ? addresses() : std::vector<HostAddress>{});
  bool made = false;
  ScopeGuard undo([&] {
    if (made) socket_.request(delete_link(name));
  });
  if (steps.create) {
    // The first bridge of a machine loads its module; whoever comes meanwhile is told that there is no such thing.
    Ack ack = socket_.request(create_bridge(wanted.link));
    for (int tries = 0; ack.err == EOPNOTSUPP && tries < kModuleTries; ++tries) {
      ::poll(nullptr, 0, kModulePauseMs);
      ack = socket_.request(create_bridge(wanted.link));
    }
    require(ack, "creating the bridge " + name);
    made = true;
    have = link(name);
    if (!have) throw Error("the bridge " + name + " vanished while it was made");
  }
  // Also one whose engine was killed before the bridge had its alias.
  if (have->alias != wanted.link.alias)
    require(socket_.request(tune_bridge(wanted.link)), "configuring the bridge " + name);
  distrust_containers(name);
  // Its own address is nobody else's; while the kernel makes sure of that, for a second or two, it asks for no neighbours
  // on behalf of others.
  set_sysctl("net/ipv6/conf/" + name + "/accept_dad", "0", OnMissing::ignore);
  set_sysctl("net/ipv6/conf/" + name + "/disable_ipv6", wanted.ipv6 ? "0" : "1", OnMissing::ignore);
  // For 127.0.0.1:port of the host: the packet filter drops what comes from outside with such an address.
  set_sysctl("net/ipv4/conf/" + name + "/route_localnet", "1", OnMissing::fail);
  for (const HostAddress& address : steps.add) {
    require(socket_.request(add_address(have->index, address.address, address.prefix)),
            "giving " + address.address.text() + " to the bridge " + name);
  }
  if (steps.raise) require(socket_.request(set_up(have->index, true)), "raising the bridge " + name);
  undo.dismiss();
  return have->index;
}

void HostLinks::play(model::PatchedMessage message, BorrowedFd target, const std::string& step) {
  using Word = model::PatchedMessage::Word;
  for (const model::PatchedMessage::Patch& patch : message.patches) {
    std::uint32_t word = 0;
    if (patch.word == Word::target_netns_fd) {
      word = static_cast<std::uint32_t>(target.get());
    } else if (const auto found = patch.word == Word::interface_index ? link(patch.interface) : std::nullopt) {
      word = found->index;
    } else {
      throw Error(step + ": there is no interface " + patch.interface);
    }
    std::memcpy(message.bytes.data() + patch.offset, &word, sizeof word);
  }
  std::vector<Bytes> messages;
  messages.push_back(std::move(message.bytes));
  const Ack ack = socket_.request(std::move(messages)).front();
  if (message.ignore_exists && ack.err == EEXIST) return;
  require(ack, step);
}

bool HostLinks::remove(const std::string& name) {
  const Ack ack = socket_.request(delete_link(name));
  if (ack.err == ENODEV) return false;
  require(ack, "removing the interface " + name);
  return true;
}

}  // namespace stack::netns
