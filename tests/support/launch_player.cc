#include "tests/support/launch_player.h"

#include <cstdint>
#include <cstring>
#include <fstream>

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/error.h"
#include "netns/links/link_messages.h"
#include "netns/netlink/socket.h"

namespace stack::test {

namespace {

using Word = model::PatchedMessage::Word;

std::uint16_t port_of(const UniqueFd& fd) {
  sockaddr_in at{};
  socklen_t size = sizeof at;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&at), &size) != 0)
    throw Error::from_errno(errno, "getsockname");
  return ntohs(at.sin_port);
}

netns::Bytes patched(const model::PatchedMessage& message, int ns_fd, const DnsSockets& dns) {
  netns::Bytes out = message.bytes;
  for (const auto& patch : message.patches) {
    std::uint32_t word = 0;
    switch (patch.word) {
      case Word::target_netns_fd:
        word = static_cast<std::uint32_t>(ns_fd);
        break;
      case Word::interface_index:
        word = ::if_nametoindex(patch.interface.c_str());
        break;
      case Word::dns_udp_port:
        word = htons(port_of(dns.udp));
        break;
      case Word::dns_tcp_port:
        word = htons(port_of(dns.tcp));
        break;
    }
    if (word == 0) throw Error("nothing to patch in for " + patch.interface);
    std::memcpy(out.data() + patch.offset, &word, sizeof word);
  }
  return out;
}

void send_all(const std::vector<model::PatchedMessage>& messages, int ns_fd, const char* what) {
  netns::NetlinkSocket socket = netns::NetlinkSocket::open(NETLINK_ROUTE);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto acks = socket.request(std::vector<netns::Bytes>{patched(messages[i], ns_fd, {})});
    if (acks[0].err == 0 || (acks[0].err == EEXIST && messages[i].ignore_exists)) continue;
    throw Error::from_errno(acks[0].err, std::string(what) + " message " + std::to_string(i) + " " + acks[0].words);
  }
}

}  // namespace

void raise_loopback() {
  netns::NetlinkSocket socket = netns::NetlinkSocket::open(NETLINK_ROUTE);
  const auto ack = socket.request(netns::set_up(::if_nametoindex("lo"), true));
  if (ack.err != 0) throw Error::from_errno(ack.err, "raising lo");
}

DnsSockets play(const model::LaunchNetwork& launch, const NetNamespace& container) {
  send_all(launch.host_route, container.fd(), "host");
  DnsSockets dns;
  container.in([&] {
    if (launch.loopback_up) raise_loopback();
    send_all(launch.child_route, -1, "child");
    for (const auto& [path, value] : launch.sysctls) {
      std::ofstream file("/proc/sys/" + path);
      file << value << std::flush;
      if (!file) throw Error("writing " + path);
    }
    if (!launch.dns_sockets) return;
    dns.udp = bind_udp("127.0.0.11", 0);
    dns.tcp = listen_tcp("127.0.0.11", 0);
    netns::Bytes batch;
    std::uint32_t sequence = 0, last = 0;
    for (const auto& message : launch.child_netfilter) {
      netns::Bytes bytes = patched(message, -1, dns);
      auto* header = reinterpret_cast<nlmsghdr*>(bytes.data());
      header->nlmsg_seq = ++sequence;
      if ((header->nlmsg_flags & NLM_F_ACK) != 0) last = sequence;
      batch.insert(batch.end(), bytes.begin(), bytes.end());
    }
    if (batch.empty()) return;
    netns::NetlinkSocket socket = netns::NetlinkSocket::open(NETLINK_NETFILTER);
    const auto ack = socket.batch(batch, last);
    if (ack.err != 0) throw Error::from_errno(ack.err, "netfilter batch " + ack.words);
  });
  return dns;
}

}  // namespace stack::test
