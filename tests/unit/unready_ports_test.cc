// Which published ports lead to replicas that have not passed their check.
#include "base/model/unready_ports.h"

#include <gtest/gtest.h>

namespace stack::model {
namespace {

Container replica(const std::string& service, int number, Health health, std::vector<PortBinding> ports = {}) {
  Container container;
  container.spec.service = service;
  container.spec.replica = number;
  container.state.status = Status::running;
  container.state.health = health;
  container.state.ports = std::move(ports);
  return container;
}

using Sentences = std::vector<std::string>;
const PortBinding kWeb{.host_ip = "0.0.0.0", .host_port = 8080, .container_port = 80};
const PortBinding kWebSix{.host_ip = "::", .host_port = 8080, .container_port = 80};
const PortBinding kDns{.host_ip = "0.0.0.0", .host_port = 53, .container_port = 53, .protocol = Protocol::udp};

TEST(UnreadyPorts, NamesWhatNoReplicaIsReadyFor) {
  EXPECT_EQ(unready_ports({replica("web", 1, Health::unhealthy, {kWeb, kWebSix}),
                           replica("web", 2, Health::starting, {kWeb, kWebSix})}),
            (Sentences{"port 8080 of web: no replica passes its healthcheck; connections go to running ones"}));
  EXPECT_EQ(
      unready_ports({replica("web", 1, Health::unhealthy, {kWeb, kDns}), replica("db", 1, Health::starting)}),
      (Sentences{"ports 53/udp, 8080 of web: no replica passes its healthcheck; connections go to running ones"}));
}

TEST(UnreadyPorts, SaysNothingOfAPortWithAReadyReplica) {
  EXPECT_EQ(unready_ports({replica("web", 1, Health::unhealthy, {kWeb}), replica("web", 2, Health::healthy, {kWeb})}),
            Sentences{});
  EXPECT_EQ(unready_ports({replica("web", 1, Health::none, {kWeb})}), Sentences{});
}

TEST(UnreadyPorts, SaysNothingWhileTheFirstChecksAreUnderWay) {
  EXPECT_EQ(unready_ports({replica("web", 1, Health::starting, {kWeb}), replica("web", 2, Health::starting, {kWeb})}),
            Sentences{});
}

TEST(UnreadyPorts, CountsOnlyRunningReplicasOfServices) {
  Container ended = replica("web", 1, Health::healthy, {kWeb});
  ended.state.status = Status::exited;
  Container once = replica("web", 1, Health::none, {kWeb});
  once.spec.one_off = true;
  EXPECT_EQ(unready_ports({ended}), Sentences{});
  EXPECT_EQ(unready_ports({ended, once, replica("web", 2, Health::unhealthy, {kWeb})}).size(), 1u);
}

}  // namespace
}  // namespace stack::model
