// The two halves of a container's network as the shim and the child play them, with messages built by hand.
#include <cstring>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "tests/integration/container_fixture.h"

namespace stack::test {
namespace {

using model::PatchedMessage;
using ::testing::HasSubstr;
using NetworkTest = ContainerTest;

// Grows a netlink message; remembers where words have to be filled in.
class Builder {
 public:
  template <class Body>
  Builder(std::uint16_t type, std::uint16_t flags, const Body& body) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    put(&header, sizeof header);
    put(&body, sizeof body);
  }
  std::uint32_t begin(std::uint16_t type) {
    const auto at = size();
    const rtattr part{0, type};
    put(&part, sizeof part);
    return at;
  }
  void end(std::uint32_t at) {
    const auto length = static_cast<std::uint16_t>(size() - at);
    std::memcpy(message.bytes.data() + at, &length, sizeof length);
  }
  void add(std::uint16_t type, const void* data, std::size_t length) {
    const auto at = begin(type);
    put(data, length);
    const auto written = static_cast<std::uint16_t>(sizeof(rtattr) + length);
    std::memcpy(message.bytes.data() + at, &written, sizeof written);
  }
  void text(std::uint16_t type, const char* value) { add(type, value, std::strlen(value) + 1); }
  void patched(std::uint16_t type, PatchedMessage::Word word, const char* interface = "") {
    const std::uint32_t nothing = 0;
    add(type, &nothing, sizeof nothing);
    message.patches.push_back({size() - 4, word, interface});
  }
  template <class Body>
  void body(const Body& value) {
    put(&value, sizeof value);
  }
  PatchedMessage finish() {
    const std::uint32_t length = size();
    std::memcpy(message.bytes.data(), &length, sizeof length);
    return message;
  }
  PatchedMessage message;

 private:
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(message.bytes.size()); }
  void put(const void* data, std::size_t length) {
    const auto* from = static_cast<const std::byte*>(data);
    message.bytes.insert(message.bytes.end(), from, from + length);
    while (message.bytes.size() % 4 != 0) message.bytes.push_back(std::byte{0});
  }
};

void send_now(const PatchedMessage& message) {
  const UniqueFd socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
  ASSERT_GT(::send(socket.get(), message.bytes.data(), message.bytes.size(), 0), 0);
}

PatchedMessage bridge(const char* name) {
  ifinfomsg info{};
  info.ifi_flags = info.ifi_change = IFF_UP;
  Builder builder(RTM_NEWLINK, NLM_F_CREATE, info);
  builder.text(IFLA_IFNAME, name);
  const auto link = builder.begin(IFLA_LINKINFO);
  builder.text(IFLA_INFO_KIND, "bridge");
  builder.end(link);
  return builder.finish();
}

PatchedMessage veth(const char* name, const char* master) {
  ifinfomsg info{};
  info.ifi_flags = info.ifi_change = IFF_UP;
  Builder builder(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, info);
  builder.text(IFLA_IFNAME, name);
  builder.patched(IFLA_MASTER, PatchedMessage::Word::interface_index, master);
  const auto link = builder.begin(IFLA_LINKINFO);
  builder.text(IFLA_INFO_KIND, "veth");
  const auto data = builder.begin(IFLA_INFO_DATA);
  const auto peer = builder.begin(VETH_INFO_PEER);
  builder.body(ifinfomsg{});
  builder.text(IFLA_IFNAME, "eth0");
  builder.patched(IFLA_NET_NS_FD, PatchedMessage::Word::target_netns_fd);
  builder.end(peer);
  builder.end(data);
  builder.end(link);
  return builder.finish();
}

PatchedMessage address(const char* interface, const char* text) {
  ifaddrmsg info{};
  info.ifa_family = AF_INET;
  info.ifa_prefixlen = 24;
  Builder builder(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, info);
  in_addr value{};
  ::inet_pton(AF_INET, text, &value);
  builder.add(IFA_LOCAL, &value, sizeof value);
  builder.message.patches.push_back(
      {sizeof(nlmsghdr) + offsetof(ifaddrmsg, ifa_index), PatchedMessage::Word::interface_index, interface});
  return builder.finish();
}

TEST_F(NetworkTest, both_halves_and_dns_sockets) {
  send_now(bridge("tbr0"));
  TestContainer box(root_, "net");
  box.input.network.host_route = {veth("tve0", "tbr0")};
  box.input.network.child_route = {address("eth0", "10.9.8.7")};
  box.input.network.dns_sockets = true;
  box.input.spec.command = {"sleep", "1000"};
  ASSERT_EQ(box.start().kind, shim::Kind::started)
      << sandbox::launch_error(static_cast<sandbox::Stage>(box.last.packet.stage), box.last.packet.error, "").render();
  EXPECT_NE(::if_nametoindex("tve0"), 0U);
  EXPECT_EQ(box.last.packet.flags, std::uint32_t{shim::kHasDns});
  ASSERT_EQ(box.last.count, 3U);
  for (const std::size_t at : {1U, 2U}) {
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    ASSERT_EQ(::getsockname(box.last.fds[at].get(), reinterpret_cast<sockaddr*>(&bound), &size), 0);
    EXPECT_EQ(ntohl(bound.sin_addr.s_addr), 0x7F00000BU);
    EXPECT_NE(bound.sin_port, 0);
  }
  EXPECT_THAT(box.exec({{"ip", "addr"}}).out, HasSubstr("inet 10.9.8.7/24"));
  const shim::Received hello = box.reconnect();
  EXPECT_EQ(hello.count, 3U);
}

TEST_F(NetworkTest, a_failing_half_fails_the_start) {
  TestContainer box(root_, "nonet");
  box.input.network.host_route = {veth("tve1", "nosuchbridge")};
  box.input.spec.command = {"true"};
  EXPECT_EQ(box.start().kind, shim::Kind::failed);
  EXPECT_EQ(box.last.packet.stage, static_cast<int>(sandbox::Stage::network_link));
  TestContainer inner(root_, "noaddress");
  inner.input.network.child_route = {address("eth7", "10.9.8.7")};
  inner.input.spec.command = {"true"};
  EXPECT_EQ(inner.start().kind, shim::Kind::failed);
  EXPECT_EQ(inner.last.packet.stage, static_cast<int>(sandbox::Stage::network_address));
}

}  // namespace
}  // namespace stack::test
