// Requests to connect and disconnect, as Docker's clients write them.
#include "engine/api/connect_json.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace stack::api {
namespace {

TEST(Connect, AnEndpointIsReadAsDockerWritesIt) {
  const NetworkJoin join = parse_network_join(
      R"({"Container":"web","EndpointConfig":{"Aliases":["shop"],"Links":["db:database"],"GwPriority":7,)"
      R"("IPAMConfig":{"IPv4Address":"10.5.0.9","IPv6Address":"fd00::9"},"MacAddress":"02:42:0a:05:00:09",)"
      R"("DriverOpts":{"com.docker.network.endpoint.ifname":"data0"},"NetworkID":""}})");
  EXPECT_EQ(join.container, "web");
  EXPECT_EQ(join.attachment.aliases, std::vector<std::string>{"shop"});
  EXPECT_EQ(join.attachment.links, (std::map<std::string, std::string>{{"database", "db"}}));
  EXPECT_EQ(join.attachment.ipv4_address, "10.5.0.9");
  EXPECT_EQ(join.attachment.ipv6_address, "fd00::9");
  EXPECT_EQ(join.attachment.mac_address, "02:42:0a:05:00:09");
  EXPECT_EQ(join.attachment.interface_name, "data0");
  EXPECT_EQ(join.attachment.gateway_priority, 7);
  const NetworkJoin back = parse_network_join(network_join_json(join));
  EXPECT_EQ(back.container, join.container);
  EXPECT_EQ(back.attachment, join.attachment);
}

TEST(Connect, AContainerAloneIsEnough) {
  EXPECT_EQ(parse_network_join(R"({"Container":"a","EndpointConfig":null})").attachment, model::Attachment{});
  EXPECT_FALSE(parse_network_leave(R"({"Container":"a"})").force);
  EXPECT_TRUE(parse_network_leave(network_leave_json({.container = "a", .force = true})).force);
}

TEST(Connect, OtherShapesAreRefused) {
  for (const char* wrong : {"{}", "[]", R"({"Container":7})", R"({"Container":"a","EndpointConfig":{"Aliases":"x"}})",
                            R"({"Container":"a","EndpointConfig":{"DriverOpts":{"a":1}}})",
                            R"({"Container":"a","EndpointConfig":{"IPAMConfig":{"LinkLocalIPs":"169.254.1.1"}}})"})
    EXPECT_THROW((void)parse_network_join(wrong), Error) << wrong;
  for (const char* wrong : {"{}", R"({"Container":"a","Force":"yes"})"})
    EXPECT_THROW((void)parse_network_leave(wrong), Error) << wrong;
}

}  // namespace
}  // namespace stack::api
