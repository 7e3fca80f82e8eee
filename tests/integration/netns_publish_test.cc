#include <chrono>
#include <functional>
#include <set>

#include <gmock/gmock.h>
#include <sys/resource.h>

#include "base/error.h"
#include "tests/integration/netns_fixture.h"

namespace stack::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PublishTest : public NetworkTest {
 protected:
  void SetUp() override {
    NetworkTest::SetUp();
    if (IsSkipped()) return;
    output_of("ip link add lan0 type bridge && ip addr add 192.0.2.1/24 dev lan0 && ip link set lan0 up");
    front = make_network("front");
  }

  model::Network front;
};

TEST_F(PublishTest, OnAllAddressesOfTheHost) {
  const auto web = start("web-1", {"front"});
  const UniqueFd listener = listen_in(web, 80);
  publish(web, "shop/web", "", 8080, 80);
  EXPECT_FALSE(connect_tcp("127.0.0.1", 8080).has_value()) << "not before the flush";
  network->flush();
  for (const char* address : {"127.0.0.1", "192.0.2.1", "172.17.0.1"}) {
    EXPECT_TRUE(connect_tcp(address, 8080).has_value()) << address << output_of("nft list ruleset");
    EXPECT_TRUE(accepts(listener)) << address;
  }
}

TEST_F(PublishTest, OnOneAddressOnly) {
  const auto web = start("web-1", {"front"});
  const UniqueFd listener = listen_in(web, 80);
  publish(web, "shop/web", "127.0.0.1", 8080, 80);
  network->flush();
  EXPECT_TRUE(connect_tcp("127.0.0.1", 8080).has_value());
  EXPECT_FALSE(connect_tcp("192.0.2.1", 8080).has_value());
}

TEST_F(PublishTest, FromOutsideWithTheClientsAddress) {
  const NetNamespace outside = NetNamespace::make();
  output_of("ip link add up0 type veth peer name out0 && ip addr add 203.0.113.1/24 dev up0 && ip link set up0 up");
  output_of("ip link set out0 netns /proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(outside.fd()));
  outside.in([] { output_of("ip addr add 203.0.113.2/24 dev out0 && ip link set out0 up"); });
  const auto web = start("web-1", {"front"});
  const UniqueFd listener = listen_in(web, 80);
  publish(web, "shop/web", "", 8080, 80);
  network->flush();
  ASSERT_TRUE(settles([] { return setting("ipv4/conf/up0/forwarding") == "1"; })) << "the interface came later";
  ASSERT_TRUE(reaches(outside, "203.0.113.1", 8080));
  std::string peer;
  EXPECT_TRUE(accepts(listener, &peer));
  EXPECT_EQ(peer, "203.0.113.2");
}

TEST_F(PublishTest, SpreadsOverTheReadyReplicas) {
  const auto one = start("web-1", {"front"}), two = start("web-2", {"front"}), three = start("web-3", {"front"});
  const UniqueFd at_one = listen_in(one, 80), at_two = listen_in(two, 80), at_three = listen_in(three, 80);
  for (const auto* each : {&one, &two, &three}) publish(*each, "shop/web", "", 8080, 80);
  network->set_readiness(three.id, netns::Readiness::none);
  network->flush();
  const auto count = [](const UniqueFd& listener) {
    int out = 0;
    while (waiting(listener) && accepts(listener)) ++out;
    return out;
  };
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(connect_tcp("127.0.0.1", 8080).has_value());
  const int first = count(at_one), second = count(at_two);
  EXPECT_GT(first, 0);
  EXPECT_GT(second, 0);
  EXPECT_EQ(first + second, 64);
  EXPECT_EQ(count(at_three), 0);

  // One leaves, another enters: the port stays open throughout.
  network->set_readiness(one.id, netns::Readiness::none);
  network->set_readiness(three.id, netns::Readiness::ready);
  network->flush();
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(connect_tcp("127.0.0.1", 8080).has_value());
  EXPECT_EQ(count(at_one), 0);
  EXPECT_GT(count(at_three), 0);
  network->release(two.id);
  network->release(three.id);
  network->flush();
  EXPECT_FALSE(connect_tcp("127.0.0.1", 8080).has_value());
  EXPECT_THAT(output_of("nft list map inet stack_test backends_any"), Not(HasSubstr("elements")));
}

TEST_F(PublishTest, WithoutAReadyReplicaThoseThatRunAnswer) {
  const auto one = start("web-1", {"front"}), two = start("web-2", {"front"});
  const UniqueFd at_one = listen_in(one, 80), at_two = listen_in(two, 80);
  for (const auto* each : {&one, &two}) publish(*each, "shop/web", "", 8080, 80);
  network->set_readiness(one.id, netns::Readiness::last_resort);
  network->set_readiness(two.id, netns::Readiness::none);
  network->flush();
  ASSERT_TRUE(connect_tcp("127.0.0.1", 8080).has_value()) << "a check that cannot pass closes no port";
  EXPECT_TRUE(accepts(at_one));
  network->set_readiness(two.id, netns::Readiness::ready);
  network->flush();
  for (int i = 0; i < 32; ++i) ASSERT_TRUE(connect_tcp("127.0.0.1", 8080).has_value());
  EXPECT_FALSE(waiting(at_one)) << "as soon as one is ready, it alone";
  EXPECT_TRUE(accepts(at_two));
  network->set_readiness(one.id, netns::Readiness::none);
  network->set_readiness(two.id, netns::Readiness::none);
  network->flush();
  EXPECT_FALSE(connect_tcp("127.0.0.1", 8080).has_value()) << "what stops gets nothing";
}

TEST_F(PublishTest, AReplicaReachesItsOwnPublishedPort) {
  const auto web = start("web-1", {"front"});
  const UniqueFd listener = listen_in(web, 80);
  publish(web, "shop/web", "", 8080, 80);
  network->flush();
  EXPECT_TRUE(reaches(web.ns, "192.0.2.1", 8080));
  EXPECT_TRUE(reaches(web.ns, "172.17.0.1", 8080));
  make_network("back");
  network->flush();
  const auto db = start("db-1", {"back"});
  EXPECT_TRUE(reaches(db.ns, "192.0.2.1", 8080)) << "and so does a container of another network";
}

TEST_F(PublishTest, AContainerDoesNotReachTheHostsLoopback) {
  const UniqueFd secret = listen_tcp("127.0.0.1", 9000);
  const auto web = start("web-1", {"front"});
  network->flush();
  web.ns.in([&] {
    output_of(
        "ip route del local 127.0.0.0/8 dev lo table local; ip route del local 127.0.0.1 dev lo table local; "
        "echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet; ip addr del 127.0.0.1/8 dev lo; "
        "ip route add 127.0.0.1 via 172.17.0.1 src 172.17.0.2");
    EXPECT_FALSE(connect_tcp("127.0.0.1", 9000).has_value());
  });
  EXPECT_FALSE(waiting(secret));
}

TEST_F(PublishTest, Udp) {
  const auto dns = start("dns-1", {"front"});
  UniqueFd server;
  dns.ns.in([&] { server = bind_udp("0.0.0.0", 53); });
  publish(dns, "shop/dns", "", 5353, 53, model::Protocol::udp);
  network->flush();
  const UniqueFd client = bind_udp("0.0.0.0", 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(5353);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::sendto(client.get(), "ping", 4, 0, reinterpret_cast<sockaddr*>(&to), sizeof to), 4);
  char buffer[16];
  sockaddr_in from{};
  socklen_t size = sizeof from;
  ASSERT_EQ(::recvfrom(server.get(), buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size), 4);
  ASSERT_EQ(::sendto(server.get(), "pong", 4, 0, reinterpret_cast<sockaddr*>(&from), size), 4);
  EXPECT_EQ(::recv(client.get(), buffer, sizeof buffer, 0), 4);

  // Another replica takes over: the same client from the same port reaches it.
  const auto other = start("dns-2", {"front"});
  UniqueFd successor;
  other.ns.in([&] { successor = bind_udp("0.0.0.0", 53); });
  publish(other, "shop/dns", "", 5353, 53, model::Protocol::udp);
  network->release(dns.id);
  network->flush();
  ASSERT_EQ(::sendto(client.get(), "again", 5, 0, reinterpret_cast<sockaddr*>(&to), sizeof to), 5);
  EXPECT_EQ(::recv(successor.get(), buffer, sizeof buffer, 0), 5);
}

// How many clients reach the container's UDP port 514 while `send` lets each of two send again and again. What was on the way before the
// container's link was up may be lost.
std::size_t clients_heard(const NetNamespace& ns, const std::function<void()>& send) {
  UniqueFd server;
  ns.in([&] { server = bind_udp("0.0.0.0", 514); });
  constexpr int kTries = 100, kPauseMs = 50;
  std::set<std::string> heard;
  for (int tries = 0; heard.size() < 2 && tries < kTries; ++tries) {
    send();
    for (pollfd ready{server.get(), POLLIN, 0}; ::poll(&ready, 1, kPauseMs) > 0;) {
      char buffer[8];
      sockaddr_in from{};
      socklen_t size = sizeof from;
      if (::recvfrom(server.get(), buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size) == 4)
        heard.insert(std::to_string(ntohs(from.sin_port)) + "@" + std::to_string(from.sin_addr.s_addr));
    }
  }
  return heard.size();
}

// One client, from one port, without a pause: statsd, syslog, WireGuard, a game.
TEST_F(PublishTest, AUdpClientThatKeepsSendingIsServedFromTheStart) {
  const NetNamespace outside = NetNamespace::make();
  output_of("ip link add up0 type veth peer name out0 && ip addr add 203.0.113.1/24 dev up0 && ip link set up0 up");
  output_of("ip link set out0 netns /proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(outside.fd()));
  outside.in([] { output_of("ip addr add 203.0.113.2/24 dev out0 && ip link set out0 up"); });
  ASSERT_TRUE(settles([] { return setting("ipv4/conf/up0/forwarding") == "1"; }));
  UniqueFd local = bind_udp("127.0.0.1", 0), remote;
  outside.in([&] { remote = bind_udp("0.0.0.0", 0); });
  const auto send = [&] {
    for (const auto& [client, address] : {std::pair{&local, "127.0.0.1"}, {&remote, "203.0.113.1"}}) {
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(5514);
      ::inet_pton(AF_INET, address, &to.sin_addr);
      ::sendto(client->get(), "line", 4, 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
    }
  };
  const auto log = request("log-1", {"front"});
  netns::PublishRequest ports;
  ports.container_id = log.container_id;
  ports.owner = "shop/log";
  ports.ports.push_back({"", 5514, 5514, 514, model::Protocol::udp});
  const auto heard = [&](const Container& container) { return clients_heard(container.ns, send); };
  const auto run = [&] {
    auto container = start(log);
    network->reserve_ports(ports);
    send();  // reserved, and not ready
    network->set_readiness(log.container_id, netns::Readiness::ready);
    network->flush();
    return container;
  };
  send();
  auto first = run();
  EXPECT_EQ(heard(first), 2U) << "at the start";
  network->set_readiness(log.container_id, netns::Readiness::none);
  network->flush();
  send();
  network->set_readiness(log.container_id, netns::Readiness::ready);
  network->flush();
  EXPECT_EQ(heard(first), 2U) << "ready again";
  network->release(log.container_id);
  network->flush();
  send();
  const auto second = run();
  EXPECT_EQ(heard(second), 2U) << "stopped and started";

  // Somebody flushes the rules while the engine is killed; its successor serves the same clients.
  const auto endpoints = network->endpoints(log.container_id);
  network.reset();
  output_of("nft flush ruleset");
  send();
  open();
  network->ensure_network(front);
  network->adopt(log, endpoints);
  network->reserve_ports(ports);
  network->set_readiness(log.container_id, netns::Readiness::ready);
  network->flush();
  EXPECT_EQ(heard(second), 2U) << "after the engine's restart";
}

// The predecessor's namespace, and with it its port of the bridge, outlives the predecessor: the kernel takes its time, and
// longer than that when somebody else lives in it. The bridge is told the successor's port and does not wait to learn it.
TEST_F(PublishTest, ASuccessorWithTheSameAddressIsFoundWhileThePredecessorsPortExists) {
  const auto wanted = request("log-1", {"front"});
  const auto first = start(wanted);
  network->release(first.id);
  const auto second = start(wanted);
  ASSERT_EQ(first.address, second.address);
  const auto endpoint = network->endpoints(second.id).front();
  EXPECT_THAT(output_of("bridge fdb show br " + front.bridge + " | grep " + endpoint.mac),
              HasSubstr("dev " + endpoint.host_interface + " master " + front.bridge + " static"));
}

TEST_F(PublishTest, ComesBackAfterSomebodyFlushedTheRuleset) {
  const auto one = start("web-1", {"front"}), two = start("web-2", {"front"});
  const UniqueFd at_one = listen_in(one, 80), at_two = listen_in(two, 80);
  publish(one, "shop/web", "", 8080, 80);
  network->flush();
  output_of("nft flush ruleset");
  EXPECT_FALSE(connect_tcp("127.0.0.1", 8080).has_value());
  publish(two, "shop/web", "", 8080, 80);
  network->flush();
  EXPECT_TRUE(connect_tcp("127.0.0.1", 8080).has_value());
}

TEST_F(PublishTest, ConflictsNameTheOwner) {
  const auto web = start("web-1", {"front"}), api = start("api-1", {"front"});
  publish(web, "shop/web", "", 8080, 80);
  try {
    publish(api, "blog/api", "127.0.0.1", 8080, 80);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    EXPECT_EQ(error.message(), "port is already allocated: 127.0.0.1:8080/tcp is taken by shop/web");
  }
  const UniqueFd other = listen_tcp("127.0.0.1", 9000);
  try {
    publish(api, "blog/api", "", 9000, 80);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.message(), HasSubstr("0.0.0.0:9000/tcp is taken by process "));
    EXPECT_THAT(error.message(), HasSubstr("(pid " + std::to_string(::getpid()) + ")"));
  }
}

TEST_F(PublishTest, RangesAndFreePortsGiveEachReplicaItsOwn) {
  const auto one = start("web-1", {"front"}), two = start("web-2", {"front"});
  netns::PublishRequest wanted;
  wanted.owner = "shop/web";
  wanted.ports = {{"", 8080, 8089, 80, model::Protocol::tcp}, {"", 0, 0, 80, model::Protocol::tcp}};
  wanted.container_id = one.id;
  const auto first = network->reserve_ports(wanted);
  wanted.container_id = two.id;
  const auto second = network->reserve_ports(wanted);
  EXPECT_EQ(first.at(0).host_port, 8080);
  EXPECT_EQ(second.at(0).host_port, 8081);
  EXPECT_NE(first.at(1).host_port, 0);
  EXPECT_NE(first.at(1).host_port, second.at(1).host_port);
}

TEST_F(PublishTest, FiftyContainersCostLittle) {
  std::vector<std::string> started;
  for (int i = 0; i < 50; ++i) {
    auto wanted = request("web-" + std::to_string(i), {"front"}, {"web"});
    started.push_back(wanted.container_id);
  }
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 50; ++i) {
    const auto wanted = request("web-" + std::to_string(i), {"front"}, {"web"});
    network->reserve(wanted);
    netns::PublishRequest ports;
    ports.container_id = wanted.container_id;
    ports.owner = "shop/web";
    ports.ports.push_back({"", 8080, 8080, 80, model::Protocol::tcp});
    network->reserve_ports(ports);
    network->launch_network(wanted.container_id);
    network->set_readiness(wanted.container_id, netns::Readiness::ready);
  }
  network->flush();
  const auto took = std::chrono::steady_clock::now() - begin;
  RecordProperty("microseconds", static_cast<int>(std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
  std::printf("fifty containers: %.2f ms\n", std::chrono::duration<double, std::milli>(took).count());
  EXPECT_THAT(output_of("nft list chain inet stack_test any_50"), HasSubstr("mod 50"));
}

}  // namespace
}  // namespace stack::test
