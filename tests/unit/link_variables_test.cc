// What linked containers say in each other's environment; the values are dockerd's.
#include "engine/core/link_variables.h"

#include <gtest/gtest.h>

namespace stack::core {
namespace {

using Variables = std::map<std::string, std::string>;

model::Container target(std::vector<std::string> exposed) {
  model::Container to;
  to.spec.environment = {{"FOO", "bar"}, {"HOME", "/h"}};
  to.state.status = model::Status::running;
  to.state.endpoints.push_back({.network = "bridge", .ipv4 = "172.17.0.3"});
  to.exposed = std::move(exposed);
  return to;
}

Variables variables_of(const model::Container& to, const std::string& alias = "web") {
  return link_variables("me", {{.alias = alias, .to = &to, .image = {.env = {"PATH=/bin", "IMAGE=a=b"}}}});
}

TEST(LinkVariables, OfPortsAndTheEnvironment) {
  EXPECT_EQ(variables_of(target({"80/tcp"}), "my-web"), (Variables{{"MY_WEB_NAME", "/me/my-web"},
                                                                   {"MY_WEB_PORT", "tcp://172.17.0.3:80"},
                                                                   {"MY_WEB_PORT_80_TCP", "tcp://172.17.0.3:80"},
                                                                   {"MY_WEB_PORT_80_TCP_ADDR", "172.17.0.3"},
                                                                   {"MY_WEB_PORT_80_TCP_PORT", "80"},
                                                                   {"MY_WEB_PORT_80_TCP_PROTO", "tcp"},
                                                                   {"MY_WEB_ENV_FOO", "bar"},
                                                                   {"MY_WEB_ENV_IMAGE", "a=b"}}));
  EXPECT_EQ(variables_of(target({})).at("WEB_NAME"), "/me/web");
  EXPECT_FALSE(variables_of(target({})).contains("WEB_PORT"));
}

TEST(LinkVariables, TheFirstPortIsTcpWhereThereIsOne) {
  EXPECT_EQ(variables_of(target({"53/udp", "80/tcp"})).at("WEB_PORT"), "tcp://172.17.0.3:80");
  EXPECT_EQ(variables_of(target({"20/udp", "10/sctp"})).at("WEB_PORT"), "sctp://172.17.0.3:10");
}

TEST(LinkVariables, PortsInARowHaveABeginningAndAnEnd) {
  const Variables all = variables_of(target({"20/tcp", "21/tcp", "22/udp", "22/tcp", "30/tcp"}));
  EXPECT_EQ(all.at("WEB_PORT_20_TCP_START"), "tcp://172.17.0.3:20");
  EXPECT_EQ(all.at("WEB_PORT_20_TCP_PORT_START"), "20");
  EXPECT_EQ(all.at("WEB_PORT_20_TCP_END"), "tcp://172.17.0.3:22");
  EXPECT_EQ(all.at("WEB_PORT_20_TCP_PORT_END"), "22");
  for (const char* single : {"WEB_PORT_21_TCP_START", "WEB_PORT_22_UDP_START", "WEB_PORT_30_TCP_START"})
    EXPECT_FALSE(all.contains(single)) << single;
}

}  // namespace
}  // namespace stack::core
