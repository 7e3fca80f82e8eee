#include <gmock/gmock.h>

#include "base/error.h"
#include "netns/container_check.h"

namespace stack::netns {
namespace {

using ::testing::StartsWith;

std::string refusal(const model::ContainerSpec& spec) {
  try {
    check_container(spec);
    return {};
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    return error.message();
  }
}

TEST(NetnsContainerCheck, TakesWhatIsRight) {
  model::ContainerSpec spec;
  spec.dns = {"1.1.1.1", "2606:4700::1111"};
  spec.dns_search = {"example.org", "."};
  spec.dns_options = {"ndots:2"};
  spec.extra_hosts = {"db=10.0.0.5", "me=host-gateway", "six=fd00::1"};
  spec.networks.push_back({.network = "front",
                           .ipv4_address = "10.0.0.9",
                           .ipv6_address = "fd00::9",
                           .mac_address = "02:42:ac:11:00:0a",
                           .interface_name = "front0"});
  spec.ports = {{"", 0, 0, 80, model::Protocol::tcp}, {"::1", 8080, 8089, 80, model::Protocol::udp}};
  EXPECT_EQ(refusal(spec), "");
}

TEST(NetnsContainerCheck, NamesTheAttributeAndTheValue) {
  const auto with = [](const std::function<void(model::ContainerSpec&)>& change) {
    model::ContainerSpec spec;
    spec.networks.push_back({.network = "front"});
    change(spec);
    return refusal(spec);
  };
  EXPECT_THAT(with([](auto& s) { s.dns = {"notanip"}; }), StartsWith("dns: \"notanip\" is not an IP address"));
  EXPECT_THAT(with([](auto& s) { s.dns_search = {"a\nnameserver 6.6.6.6"}; }), StartsWith("dns_search: "));
  EXPECT_THAT(with([](auto& s) { s.dns_options = {"ndots:1 debug"}; }), StartsWith("dns_opt: "));
  EXPECT_THAT(with([](auto& s) { s.extra_hosts = {"a=notanip"}; }), StartsWith("extra_hosts.a: \"notanip\""));
  EXPECT_THAT(with([](auto& s) { s.extra_hosts = {"a"}; }), StartsWith("extra_hosts.a: \"\""));
  EXPECT_THAT(with([](auto& s) { s.extra_hosts = {"a b=10.0.0.1"}; }), StartsWith("extra_hosts: "));
  EXPECT_THAT(with([](auto& s) { s.extra_hosts = {"=10.0.0.1"}; }), StartsWith("extra_hosts: "));
  EXPECT_THAT(with([](auto& s) { s.networks[0].ipv4_address = "fd00::1"; }),
              StartsWith("networks.front.ipv4_address: \"fd00::1\" is not an IPv4 address"));
  EXPECT_THAT(with([](auto& s) { s.networks[0].ipv6_address = "10.0.0.1"; }),
              StartsWith("networks.front.ipv6_address: "));
  for (const char* mac : {"nonsense", "01:00:5e:00:00:01", "00:00:00:00:00:00"}) {
    EXPECT_THAT(with([&](auto& s) { s.networks[0].mac_address = mac; }), StartsWith("networks.front.mac_address: "));
  }
  EXPECT_THAT(with([](auto& s) { s.networks[0].interface_name = "../eth0"; }),
              StartsWith("networks.front.interface_name: "));
  EXPECT_THAT(with([](auto& s) { s.ports = {{"nowhere", 1, 1, 80}}; }), StartsWith("ports: \"nowhere\""));
  EXPECT_THAT(with([](auto& s) { s.ports = {{"", 1, 1, 0}}; }), StartsWith("ports: \"0\""));
  EXPECT_THAT(with([](auto& s) { s.ports = {{"", 9, 1, 80}}; }), StartsWith("ports: \"9-1\""));
  EXPECT_THAT(with([](auto& s) { s.ports = {{"", 0, 1, 80}}; }), StartsWith("ports: \"0-1\""));
}

}  // namespace
}  // namespace stack::netns
