// Bridges that somebody else made: used, and left as they were. And what a network that cannot be made leaves: nothing.
#include <gmock/gmock.h>

#include "base/error.h"
#include "tests/integration/netns_fixture.h"

namespace stack::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class AdoptedBridgeTest : public NetworkTest {
 protected:
  static model::NetworkSpec on(const std::string& bridge, const std::string& subnet) {
    model::NetworkSpec spec{.name = "front", .driver_opts = {{"com.docker.network.bridge.name", bridge}}};
    spec.pools.push_back({subnet, "", "", {}});
    return spec;
  }
  // The host's own bridge, with an address, and forwarding off.
  void SetUp() override {
    NetworkTest::SetUp();
    if (IsSkipped()) return;
    output_of("echo 0 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv4/conf/default/route_localnet");
    output_of(
        "ip link add mybr type bridge && ip addr add 10.9.0.7/24 dev mybr && ip addr add fd00:9::7/64 nodad dev mybr "
        "&& ip link set mybr up");
    before = state();
  }
  static std::string state() {
    return output_of("ip -oneline addr show mybr scope global | sed 's/^[0-9]*: //'") +
           setting("ipv4/conf/mybr/forwarding") + setting("ipv4/conf/mybr/route_localnet") +
           setting("ipv6/conf/mybr/disable_ipv6") + setting("ipv6/conf/mybr/accept_ra");
  }
  std::string before;
};

TEST_F(AdoptedBridgeTest, StaysAsItWasWhenItsNetworkGoes) {
  auto made = network->plan_network(new_id(system_random()), on("mybr", "10.9.0.0/24"));
  made.adopted = network->ensure_network(made);
  network->flush();
  ASSERT_TRUE(made.adopted.has_value());
  EXPECT_THAT(output_of("ip addr show mybr"), HasSubstr("10.9.0.1/24"));
  EXPECT_THAT(output_of("ip addr show mybr"), HasSubstr("fd00:9::7/64"));
  const auto web = start("web-1", {"front"});
  const UniqueFd listener = listen_in(web, 80);
  EXPECT_TRUE(connect_tcp(web.address, 80).has_value());
  network->release(web.id);
  network->disconnect(web.id);
  network->remove_network(made.id);
  EXPECT_EQ(state(), before);
}

TEST_F(AdoptedBridgeTest, IsRememberedAcrossEngines) {
  auto made = network->plan_network(new_id(system_random()), on("mybr", "10.9.0.0/24"));
  made.adopted = network->ensure_network(made);
  const auto first = made.adopted;
  open();
  made.adopted = network->ensure_network(made);
  EXPECT_EQ(made.adopted, first);
  EXPECT_THAT(network->sweep().removed, Not(Contains(HasSubstr("mybr"))));
  // An engine that leaves, and one that is purged, which only knows what is stored.
  EXPECT_THAT(network->remove_all().errors, IsEmpty());
  EXPECT_EQ(state(), before);
  made.adopted = network->ensure_network(made);
  open();
  network->note_network(made);
  EXPECT_THAT(network->remove_all().errors, IsEmpty());
  EXPECT_EQ(state(), before);
}

TEST_F(AdoptedBridgeTest, KeepsAnAddressThatIsTheGateway) {
  auto made = network->plan_network(new_id(system_random()), [] {
    auto spec = on("mybr", "10.9.0.0/24");
    spec.pools[0].gateway = "10.9.0.7";
    return spec;
  }());
  made.adopted = network->ensure_network(made);
  EXPECT_THAT(made.adopted->addresses, IsEmpty());
  network->remove_network(made.id);
  EXPECT_EQ(state(), before);
}

TEST_F(AdoptedBridgeTest, OfAnotherEngineStaysToo) {
  auto other = netns::NetworkStack::open(loop, {.tag = "othr", .default_pools = {}, .resolvers = {}});
  const auto theirs = other->plan_network(new_id(system_random()), on("shared0", "10.8.0.0/24"));
  EXPECT_FALSE(other->ensure_network(theirs).has_value());
  auto ours = network->plan_network(new_id(system_random()), on("shared0", "10.8.0.0/24"));
  EXPECT_TRUE(network->ensure_network(ours).has_value());
  network->remove_network(ours.id);
  EXPECT_THAT(output_of("ip addr show shared0"), HasSubstr("10.8.0.1/24"));
  other->remove_network(theirs.id);
  EXPECT_THAT(output_of("ip link"), Not(HasSubstr("shared0")));
}

TEST_F(AdoptedBridgeTest, ANetworkThatCannotBeMadeLeavesNothing) {
  output_of("ip link add plain0 type veth peer name plain1");
  const std::string links = output_of("ip -br link");
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto made = network->plan_network(new_id(system_random()), on("plain0", "10.7.0.0/24"));
    EXPECT_THROW(network->ensure_network(made), Error);
    network->discard_network(made.id);
  }
  EXPECT_EQ(output_of("ip -br link"), links);
  // The name and the addresses are free again.
  make_network("front", "10.7.0.0/24");
}

}  // namespace
}  // namespace stack::test
