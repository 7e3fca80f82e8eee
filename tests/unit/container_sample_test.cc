// What the kernel's files say of a container's interfaces and of the machine.
#include "engine/service/container_sample.h"

#include <gtest/gtest.h>

namespace stack::service {
namespace {

TEST(ContainerSample, InterfacesWithoutTheLoopbackOne) {
  const auto found = parse_interfaces(
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls "
      "carrier\n"
      "    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       "
      "0\n"
      "  eth0:    1500      10    1    2    0     0          0         0     2500      20    3    4    0     0       "
      "0\n"
      "broken\n");
  ASSERT_EQ(found.size(), 1U);
  const api::NetworkCounters wanted{.rx_bytes = 1500,
                                    .rx_packets = 10,
                                    .rx_errors = 1,
                                    .rx_dropped = 2,
                                    .tx_bytes = 2500,
                                    .tx_packets = 20,
                                    .tx_errors = 3,
                                    .tx_dropped = 4};
  EXPECT_EQ(found.at("eth0"), wanted);
}

TEST(ContainerSample, HostileText) {
  EXPECT_TRUE(parse_interfaces("").empty());
  EXPECT_EQ(parse_interfaces("e: x 1 2\n").at("e"), api::NetworkCounters{});
  EXPECT_EQ(parse_machine_cpu("cpu x", 100), 0U);
  EXPECT_EQ(parse_machine_cpu("intr 1 2", 100), 0U);
}

TEST(ContainerSample, TheMachinesTimeHasNoGuests) {
  EXPECT_EQ(parse_machine_cpu("cpu  1 2 3 4 5 6 7 800 900 1000\ncpu0 1\n", 100), 28U * 10'000'000);
}

}  // namespace
}  // namespace stack::service
