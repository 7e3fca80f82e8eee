#include <gmock/gmock.h>

#include "netns/forwarding.h"

namespace stack::netns {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Owner = ForwardingPicture::Owner;

ForwardingPicture host_with_a_bridge() {
  ForwardingPicture now;
  now.links = {{"eth0", Owner::host, false}, {"stestb1234567", Owner::ours, false}};
  now.wanted4 = true;
  return now;
}

TEST(NetnsForwarding, OpensInterfacesAndGuardsThemFirst) {
  const ForwardingSteps steps = decide(host_with_a_bridge());
  EXPECT_THAT(steps.open4, ElementsAre("eth0", "stestb1234567"));
  EXPECT_THAT(steps.before.ipv4, ElementsAre("eth0"));
  EXPECT_EQ(steps.before, steps.after);
  EXPECT_FALSE(steps.all6.has_value());
}

TEST(NetnsForwarding, DecidingAgainChangesNothing) {
  ForwardingPicture now = host_with_a_bridge();
  now.links[0].forwards4 = now.links[1].forwards4 = true;
  now.guarded.ipv4 = {"eth0"};
  const ForwardingSteps steps = decide(now);
  EXPECT_THAT(steps.open4, IsEmpty());
  EXPECT_THAT(steps.close4, IsEmpty());
  EXPECT_EQ(steps.after, now.guarded);
}

TEST(NetnsForwarding, WhatSomebodyElseOpenedIsNotGuarded) {
  ForwardingPicture now = host_with_a_bridge();
  now.links[0].forwards4 = true;
  EXPECT_THAT(decide(now).after.ipv4, IsEmpty());
  now.all4 = true;
  now.guarded.ipv4 = {"eth0"};  // by us, before somebody turned the host into a router
  const ForwardingSteps steps = decide(now);
  EXPECT_TRUE(steps.after.empty());
  EXPECT_THAT(steps.close4, IsEmpty());
}

TEST(NetnsForwarding, TheLastOneClosesWhatWasOpened) {
  ForwardingPicture now;
  now.links = {{"eth0", Owner::host, true}, {"eth1", Owner::host, true}};
  now.guarded.ipv4 = {"eth0", "gone0"};
  ForwardingSteps steps = decide(now);
  EXPECT_THAT(steps.close4, ElementsAre("eth0"));
  EXPECT_TRUE(steps.after.empty());

  now.links.push_back({"sotherb7654321", Owner::other_engine, true});
  steps = decide(now);
  EXPECT_THAT(steps.close4, IsEmpty());
  EXPECT_THAT(steps.after.ipv4, ElementsAre("eth0"));
}

TEST(NetnsForwarding, IPv6IsOneSettingForAll) {
  ForwardingPicture now = host_with_a_bridge();
  now.wanted6 = true;
  ForwardingSteps steps = decide(now);
  EXPECT_EQ(steps.all6, true);
  EXPECT_THAT(steps.before.ipv6, ElementsAre("eth0", "lo"));

  now.all6 = true;
  now.guarded.ipv6 = steps.after.ipv6;
  now.links.push_back({"eth1", Owner::host, false});
  steps = decide(now);
  EXPECT_FALSE(steps.all6.has_value());
  EXPECT_THAT(steps.after.ipv6, ElementsAre("eth0", "eth1", "lo"));

  ForwardingPicture routed = now;
  routed.default6 = true;  // somebody wrote the setting again
  EXPECT_THAT(decide(routed).after.ipv6, IsEmpty());
  EXPECT_FALSE(decide(routed).all6.has_value());

  now.wanted4 = now.wanted6 = false;
  EXPECT_EQ(decide(now).all6, false);
  EXPECT_TRUE(decide(now).after.empty());
}

}  // namespace
}  // namespace stack::netns
