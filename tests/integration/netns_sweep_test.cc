#include <gmock/gmock.h>

#include "tests/integration/netns_fixture.h"

namespace stack::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(NetworkTest, ASuccessorTakesOverAndSweepsTheRest) {
  const auto kept = make_network("kept"), lost = make_network("lost");
  const auto web = start("web-1", {"kept"});
  const UniqueFd listener = listen_in(web, 80);
  publish(web, "shop/web", "", 8080, 80);
  network->flush();
  const auto wanted = request("web-1", {"kept"});
  const auto endpoints = network->endpoints(web.id);
  const auto orphan = start("orphan-1", {"lost"});
  output_of("ip link add other0 type veth && ip link add bystander type bridge");

  // The engine dies and another one comes, which knows of one network and one container.
  network.reset();
  EXPECT_TRUE(connect_tcp("127.0.0.1", 8080).has_value()) << "the port is served while there is no engine";
  open();
  network->ensure_network(kept);
  network->adopt(wanted, endpoints);
  publish(web, "shop/web", "", 8080, 80);
  const auto report = network->sweep();
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_THAT(report.removed, Contains("interface " + lost.bridge));
  EXPECT_THAT(report.removed, Contains(HasSubstr("interface stestv")));
  EXPECT_TRUE(connect_tcp("127.0.0.1", 8080).has_value());
  EXPECT_THAT(output_of("ip link"), HasSubstr(endpoints.at(0).host_interface));
  EXPECT_THAT(output_of("ip link"), HasSubstr("bystander"));
  EXPECT_THAT(output_of("nft list ruleset"), Not(HasSubstr(lost.bridge)));
}

TEST_F(NetworkTest, RemovingAllLeavesNothing) {
  make_network("front");
  const auto web = start("web-1", {"front"});
  publish(web, "shop/web", "", 8080, 80);
  network->flush();
  EXPECT_THAT(network->remove_all().errors, IsEmpty());
  EXPECT_THAT(output_of("ip -br link"), Not(HasSubstr("stest")));
  EXPECT_EQ(output_of("nft list ruleset"), "");
  // And it can begin anew.
  make_network("front");
  network->flush();
  EXPECT_THAT(output_of("nft list ruleset"), HasSubstr("table inet stack_test"));
}

}  // namespace
}  // namespace stack::test
