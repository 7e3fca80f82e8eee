#include <gmock/gmock.h>

#include "base/error.h"
#include "netns/driver_options.h"
#include "netns/ipam/address.h"
#include "netns/ipam/default_pools.h"
#include "netns/ipam/pool.h"
#include "netns/network_plan.h"

namespace stack::netns {
namespace {

using ::testing::HasSubstr;

Address ip(const char* text) { return parse_address(text).value(); }
Cidr net(const char* text) { return parse_cidr(text).value(); }

TEST(NetnsAddress, TextThereAndBack) {
  for (const char* text : {"0.0.0.0", "172.17.0.2", "255.255.255.255", "::", "fd00::1", "2001:db8::a:b"}) {
    EXPECT_EQ(ip(text).text(), text);
  }
  EXPECT_EQ(ip("172.17.0.2").bits, AddressBits{0xac110002});
  EXPECT_EQ(net("10.1.2.3/16").text(), "10.1.0.0/16");
  EXPECT_EQ(net("fd00::5/64").text(), "fd00::/64");
  EXPECT_EQ(net("0.0.0.0/0").last().text(), "255.255.255.255");
  EXPECT_EQ(mac_text(mac_for(ip("172.17.0.2"))), "02:42:ac:11:00:02");
}

TEST(NetnsAddress, RefusesWhatIsNone) {
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", "::g", "1.2.3.4/8", "01.2.3.4x"}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
  EXPECT_FALSE(parse_address(std::string_view("1.2.3.4\0", 8)));
  EXPECT_FALSE(parse_address(std::string(5000, '1')));
  for (const char* text : {"10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "/8", "fd00::/129"}) {
    EXPECT_FALSE(parse_cidr(text)) << text;
  }
  for (const char* text : {"", "02:42", "02:42:ac:11:00:0g", "02:42:ac:11:00:022", "02.42.ac.11.00.02"}) {
    EXPECT_FALSE(parse_mac(text)) << text;
  }
}

TEST(NetnsPool, GivesNobodyByChanceWhatAnotherIsExpectedToTake) {
  Pool pool(net("10.0.0.0/29"), net("10.0.0.0/29"));
  EXPECT_EQ(pool.take_next("a")->text(), "10.0.0.1");
  pool.give_back(ip("10.0.0.1"));
  pool.expect(ip("10.0.0.1"), "fixed");
  pool.expect(ip("10.0.0.3"), "other");
  EXPECT_EQ(pool.take_next("a")->text(), "10.0.0.2") << "though it had the first one before";
  EXPECT_EQ(pool.take_next("b")->text(), "10.0.0.4");
  EXPECT_TRUE(pool.take(ip("10.0.0.1"), "fixed"));
  EXPECT_EQ(pool.take_next("c")->text(), "10.0.0.5");
  EXPECT_EQ(pool.take_next("d")->text(), "10.0.0.6");
  EXPECT_EQ(pool.take_next("e")->text(), "10.0.0.3") << "rather than none at all";
}

TEST(NetnsPool, HandsOutUpwardsAndWraps) {
  Pool pool(net("10.0.0.0/29"), net("10.0.0.0/29"));
  pool.reserve(ip("10.0.0.1"));
  EXPECT_EQ(pool.take_next("a")->text(), "10.0.0.2");
  EXPECT_EQ(pool.take_next("b")->text(), "10.0.0.3");
  pool.give_back(ip("10.0.0.2"));
  EXPECT_EQ(pool.take_next("c")->text(), "10.0.0.4") << "a freed address rests";
  EXPECT_EQ(pool.take_next("a")->text(), "10.0.0.2") << "and waits for who had it";
  EXPECT_EQ(pool.take_next("d")->text(), "10.0.0.5");
  EXPECT_EQ(pool.take_next("e")->text(), "10.0.0.6");
  EXPECT_FALSE(pool.take_next("f"));
  pool.give_back(ip("10.0.0.3"));
  EXPECT_EQ(pool.take_next("f")->text(), "10.0.0.3") << "when nothing else is left, a remembered one is given";
}

TEST(NetnsPool, StaticAddresses) {
  Pool pool(net("10.0.0.0/24"), net("10.0.0.128/25"));
  pool.reserve(ip("10.0.0.1"));
  EXPECT_TRUE(pool.take(ip("10.0.0.50"), "a"));
  EXPECT_FALSE(pool.take(ip("10.0.0.50"), "b"));
  EXPECT_FALSE(pool.take(ip("10.0.0.1"), "b"));
  EXPECT_FALSE(pool.take(ip("10.0.0.0"), "b"));
  EXPECT_FALSE(pool.take(ip("10.0.0.255"), "b"));
  EXPECT_FALSE(pool.take(ip("10.0.1.1"), "b"));
  EXPECT_EQ(pool.take_next("c")->text(), "10.0.0.128");
}

TEST(NetnsPool, RemembersABoundedNumberOfOwners) {
  Pool pool(net("10.0.0.0/16"), net("10.0.0.0/16"));
  for (std::size_t i = 0; i < kRememberedOwners + 10; ++i) {
    const auto address = pool.take_next("owner-" + std::to_string(i));
    ASSERT_TRUE(address);
    pool.give_back(*address);
  }
  EXPECT_EQ(pool.take_next("owner-4105")->text(), "10.0.16.10");
  EXPECT_NE(pool.take_next("owner-0")->text(), "10.0.0.1");
}

TEST(NetnsPool, AHugeSubnetIsNotWalked) {
  Pool pool(net("fd00::/64"), net("fd00::/64"));
  EXPECT_EQ(pool.take_next("a")->text(), "fd00::1");
}

TEST(NetnsDefaultPools, AreWhatDockersUsersKnow) {
  const auto pools = built_in_pools();
  EXPECT_EQ(first_free(pools, Family::v4, {})->text(), "172.17.0.0/16");
  EXPECT_EQ(first_free(pools, Family::v4, {net("172.17.0.0/16"), net("172.18.3.0/24")})->text(), "172.19.0.0/16");
  EXPECT_EQ(first_free(pools, Family::v4, {net("172.16.0.0/12")})->text(), "192.168.0.0/20");
  EXPECT_EQ(first_free(pools, Family::v4, {net("172.16.0.0/12"), net("192.168.1.0/24")})->text(), "192.168.16.0/20");
  EXPECT_FALSE(first_free(pools, Family::v4, {net("172.16.0.0/12"), net("192.168.0.0/16")}));
  EXPECT_FALSE(first_free(pools, Family::v6, {}));
}

TEST(NetnsDefaultPools, FromText) {
  const auto pools = parse_pools({"10.10.0.0/16,20", "10.20.0.0/28", "10.30.0.0/16"});
  EXPECT_EQ(pools[0].cut, 20);
  EXPECT_EQ(pools[1].cut, 28);
  EXPECT_EQ(pools[2].cut, 24);
  for (const char* bad : {"", "10.0.0.0", "10.0.0.0/8,7", "10.0.0.0/8,33", "10.0.0.0/8,", "10.0.0.0/8,x"}) {
    EXPECT_THROW(parse_pools({bad}), Error) << bad;
  }
  EXPECT_EQ(unique_local_pool("abcd").base.prefix, 48);
  EXPECT_TRUE(net("fd00::/8").contains(unique_local_pool("abcd").base));
}

model::NetworkSpec spec(std::vector<model::IpamPool> pools) {
  model::NetworkSpec out;
  out.name = "front";
  out.pools = std::move(pools);
  return out;
}

std::string refusal(const model::NetworkSpec& wanted, const AddressesInUse& used = {}) {
  try {
    plan_pools(wanted, built_in_pools(), used, false);
  } catch (const Error& error) {
    return error.message();
  }
  return "accepted";
}

TEST(NetnsPlan, FillsInSubnetAndGateway) {
  const auto pools = plan_pools(spec({}), built_in_pools(), {}, false);
  ASSERT_EQ(pools.size(), 1u);
  EXPECT_EQ(pools[0].subnet, "172.17.0.0/16");
  EXPECT_EQ(pools[0].gateway, "172.17.0.1");
  const auto own = plan_pools(spec({{"10.5.1.7/16", "10.5.9.0/24", "10.5.0.254", {{"x", "10.5.0.7"}}}}), {}, {}, false);
  EXPECT_EQ(own[0].subnet, "10.5.0.0/16");
  EXPECT_EQ(own[0].gateway, "10.5.0.254");
  auto opened = open_pool(own[0]);
  EXPECT_FALSE(opened.pool.take(ip("10.5.0.7"), "a"));
  EXPECT_EQ(opened.pool.take_next("a")->text(), "10.5.9.0");
}

TEST(NetnsPlan, SaysWhatIsWrong) {
  EXPECT_THAT(refusal(spec({{"10.5.0.0", "", "", {}}})), HasSubstr("subnet \"10.5.0.0\" is not a subnet"));
  EXPECT_THAT(refusal(spec({{"10.5.0.0/16", "", "10.6.0.1", {}}})), HasSubstr("outside the subnet 10.5.0.0/16"));
  EXPECT_THAT(refusal(spec({{"10.5.0.0/16", "", "10.5.0.0", {}}})), HasSubstr("not the address of a machine"));
  EXPECT_THAT(refusal(spec({{"10.5.0.0/16", "10.6.0.0/24", "", {}}})), HasSubstr("ip_range 10.6.0.0/24 is outside"));
  EXPECT_THAT(refusal(spec({{"10.5.0.0/16", "", "", {{"a", "nonsense"}}}})), HasSubstr("is not an address"));
  EXPECT_THAT(refusal(spec({{"", "", "10.5.0.1", {}}})), HasSubstr("but no subnet"));
  EXPECT_THAT(refusal(spec({{"fd00::/64", "", "", {}}})), HasSubstr("needs enable_ipv6"));
  EXPECT_THAT(refusal(spec({{"10.5.0.0/16", "", "", {}}, {"10.5.1.0/24", "", "", {}}})), HasSubstr("overlap"));
  EXPECT_THAT(refusal(spec({{"10.5.0.0/32", "", "", {}}})), HasSubstr("one address only"));
  AddressesInUse used;
  used.host.push_back({net("10.0.0.0/8"), "vpn0"});
  EXPECT_EQ(refusal(spec({{"10.5.0.0/16", "", "", {}}}), used), "accepted") << "the narrower route wins anyway";
  used.host.push_back({net("10.5.7.0/24"), "eth1"});
  EXPECT_THAT(refusal(spec({{"10.5.0.0/16", "", "", {}}}), used), HasSubstr("10.5.7.0/24, which the host has on eth1"));
}

TEST(NetnsDriverOptions, AreReadOrRefused) {
  auto wanted = spec({});
  wanted.driver_opts = {{"com.docker.network.driver.mtu", "1400"},
                        {"com.docker.network.bridge.name", "br-shop"},
                        {"com.docker.network.bridge.enable_icc", "false"},
                        {"com.docker.network.bridge.host_binding_ipv4", "127.0.0.1"}};
  const auto options = parse_driver_options(wanted);
  EXPECT_EQ(options.mtu, 1400u);
  EXPECT_EQ(options.bridge_name, "br-shop");
  EXPECT_FALSE(options.neighbours);
  EXPECT_TRUE(options.masquerade);
  EXPECT_FALSE(options.ipv6);
  wanted.driver_opts = {{"com.docker.network.enable_ipv6", "True"},
                        {"com.docker.network.bridge.inhibit_ipv4", "1"},
                        {"unheard.of", "no effect"}};
  EXPECT_TRUE(parse_driver_options(wanted).ipv6);
  EXPECT_FALSE(parse_driver_options(wanted).bridge_has_ipv4);
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"com.docker.network.driver.mtu", "9"},          {"com.docker.network.driver.mtu", "x"},
      {"com.docker.network.bridge.name", "../../etc"}, {"com.docker.network.bridge.name", "sixteen-letters-"},
      {"com.docker.network.bridge.name", "all"},       {"com.docker.network.bridge.enable_icc", "perhaps"},
      {"com.docker.network.enable_ipv6", "no"}};
  for (const auto& [key, value] : bad) {
    wanted.driver_opts = {{key, value}};
    EXPECT_THROW(parse_driver_options(wanted), Error) << key << "=" << value;
  }
  wanted.driver_opts = {};
  wanted.driver = "overlay";
  EXPECT_THROW(parse_driver_options(wanted), Error);
  wanted.driver = "macvlan";
  EXPECT_THROW(parse_driver_options(wanted), Error) << "no parent";
}

}  // namespace
}  // namespace stack::netns
