// What one container frees and another takes: ports, names, addresses and subnets change hands in order.
#include <gtest/gtest.h>

#include "tests/support/plan_world.h"

namespace stack::compose {
namespace {

using namespace plan_world;

Service publishing(const std::string& name, const std::string& published) {
  Service s = service(name);
  s.ports.push_back({.target = 80, .published = published, .protocol = "tcp"});
  return s;
}

Service at_address(const std::string& name, const std::string& address) {
  Service s = service(name);
  s.networks["default"].emplace().ipv4_address = address;
  return s;
}

Service named(const std::string& name, const std::string& container_name) {
  Service s = service(name);
  s.container_name = container_name;
  return s;
}

std::string operations(const Project& to, const Project& from, UpOptions options = {}) {
  Plan plan = reconcile(to, running(from).observed(), options);
  for (Node& node : plan.nodes) node.cause = Requested{};
  std::string text = print(plan);
  constexpr std::string_view kCause = " (requested)";
  for (std::size_t at = text.find(kCause); at != std::string::npos; at = text.find(kCause))
    text.erase(at, kCause.size());
  return text;
}

TEST(HandOver, APortGoesToAnotherServiceWhateverDependsOnWhat) {
  const Project from = project({publishing("app", "8080")});
  const char* free_order =
      "0 [] recreate container shop-app-1\n"
      "1 [0] stop container shop-app-1\n"
      "2 [0,1] start container shop-app-1\n"
      "3 [] create container shop-proxy-1\n"
      "4 [1,3] start container shop-proxy-1\n"
      "5 [2,4] remove container shop-app-1\n";
  EXPECT_EQ(operations(project({service("app"), publishing("proxy", "8080")}), from), free_order);
  // app may stop only when proxy runs, says depends_on, and proxy may only run when app has stopped.
  Service app = service("app");
  app.depends_on["proxy"] = {};
  EXPECT_EQ(operations(project({app, publishing("proxy", "8080")}), from),
            "0 [] create container shop-proxy-1\n"
            "1 [] recreate container shop-app-1\n"
            "2 [1] stop container shop-app-1\n"
            "3 [0,2] start container shop-proxy-1\n"
            "4 [1,2,3] start container shop-app-1\n"
            "5 [3,4] remove container shop-app-1\n");
}

TEST(HandOver, APortGoesFromAReplicaThatIsNoLongerWanted) {
  Service app = publishing("app", "8080");
  app.scale = 0;
  EXPECT_EQ(operations(project({app, publishing("proxy", "8080")}), project({publishing("app", "8080")})),
            "0 [] stop container shop-app-1\n"
            "1 [] create container shop-proxy-1\n"
            "2 [0,1] start container shop-proxy-1\n"
            "3 [0,2] remove container shop-app-1\n");
}

TEST(HandOver, TwoThatSwapStopBothBeforeEitherStarts) {
  const char* swapped =
      "0 [] recreate container shop-a-1\n"
      "1 [0] stop container shop-a-1\n"
      "2 [] recreate container shop-b-1\n"
      "3 [2] stop container shop-b-1\n"
      "4 [0,1,3] start container shop-a-1\n"
      "5 [1,2,3] start container shop-b-1\n"
      "6 [4,5] remove container shop-a-1\n"
      "7 [4,5] remove container shop-b-1\n";
  EXPECT_EQ(operations(project({publishing("a", "81"), publishing("b", "80")}),
                       project({publishing("a", "80"), publishing("b", "81")})),
            swapped);
  EXPECT_EQ(operations(project({at_address("a", "10.0.0.3"), at_address("b", "10.0.0.2")}),
                       project({at_address("a", "10.0.0.2"), at_address("b", "10.0.0.3")})),
            swapped);
  Service a = service("a"), b = service("b");
  a.mac_address = "02:00:00:00:00:0A";
  b.mac_address = "02:00:00:00:00:0b";
  Service a_later = a, b_later = b;
  a_later.mac_address = "02-00-00-00-00-0b";
  b_later.mac_address = "02:00:00:00:00:0a";
  EXPECT_EQ(operations(project({a_later, b_later}), project({a, b})), swapped);
}

TEST(HandOver, TwoThatSwapNamesGoByAThirdOne) {
  EXPECT_EQ(
      operations(project({named("a", "two"), named("b", "one")}), project({named("a", "one"), named("b", "two")})),
      "0 [] put aside container one\n"
      "1 [0] recreate container one\n"
      "2 [1] stop container two\n"
      "3 [] put aside container two\n"
      "4 [3] recreate container two\n"
      "5 [4] stop container one\n"
      "6 [2,4,5] start container two\n"
      "7 [1,2,5] start container one\n"
      "8 [6,7] remove container one\n"
      "9 [6,7] remove container two\n");
}

TEST(HandOver, ARenamedServiceTakesWhatItsOrphanHas) {
  for (const auto make : {publishing, at_address, named}) {
    const std::string value = make == at_address ? "10.0.0.2" : make == named ? "one" : "8080";
    const Plan plan = reconcile(project({make("frontend", value)}), running(project({make("app", value)})).observed(),
                                {.remove_orphans = true});
    const auto start = std::find_if(plan.nodes.begin(), plan.nodes.end(), [](const Node& node) {
      return std::holds_alternative<StartContainer>(node.operation);
    });
    ASSERT_NE(start, plan.nodes.end());
    ASSERT_EQ(start->takes_over.size(), 1u) << print(plan);
    EXPECT_TRUE(std::holds_alternative<StopContainer>(plan.nodes[start->takes_over.front()].operation));
    EXPECT_TRUE(std::holds_alternative<RemoveContainer>(plan.nodes.back().operation)) << print(plan);
  }
}

TEST(HandOver, APortOfARangeIsFreeWhenItsReplicaHasStopped) {
  Service before = publishing("web", "8080-8082"), after = publishing("web", "8080");
  before.scale = after.scale = 2;
  World world = running(project({before}));
  for (model::Container& container : world.observed().containers)
    container.state.ports = {
        {.host_port = static_cast<std::uint16_t>(8079 + container.spec.replica), .container_port = 80}};
  const Plan plan = reconcile(project({after}), world.observed(), {});
  for (const Node& node : plan.nodes) {
    if (const auto* start = std::get_if<StartContainer>(&node.operation)) {
      EXPECT_EQ(node.takes_over.size(), start->name == "shop-web-1" ? 1u : 2u) << print(plan);
    }
  }
}

TEST(HandOver, ReplicasThatShareAPortDoNotWaitForOneAnother) {
  Service before = publishing("web", "8080");
  before.scale = 2;
  Service after = before;
  after.environment["A"] = "1";
  const Plan plan = reconcile(project({after}), running(project({before})).observed(), {});
  for (const Node& node : plan.nodes) EXPECT_LE(node.takes_over.size(), 1u) << print(plan);
}

TEST(HandOver, NetworksThatSwapTheirSubnetsAreBothRemovedFirst) {
  const auto with_subnets = [](const char* front, const char* back) {
    Project p = project({service("web")});
    for (const auto& [key, subnet] : {std::pair{"front", front}, std::pair{"back", back}}) {
      p.networks[key].name = std::string{"shop_"} + key;
      p.networks[key].ipam.config.push_back({.subnet = subnet});
      p.services.at("web").networks[key] = std::nullopt;
    }
    return p;
  };
  const Plan plan = reconcile(with_subnets("10.2.0.0/16", "10.1.0.0/16"),
                              running(with_subnets("10.1.0.0/16", "10.2.128.0/24")).observed(), {});
  std::size_t removed = 0;
  for (const Node& node : plan.nodes) {
    if (std::holds_alternative<RemoveNetwork>(node.operation)) ++removed;
    if (!std::holds_alternative<CreateNetwork>(node.operation)) continue;
    EXPECT_EQ(removed, 2u) << print(plan);
  }
}

TEST(HandOver, AnAddressThatIsHeldByChanceIsTakenAfterItsHolderStops) {
  World world = running(project({service("app")}));
  world.observed().containers.front().state.endpoints = {{.network = "shop_default", .ipv4 = "10.0.0.2"}};
  Service app = service("app");
  app.environment["A"] = "1";
  const Plan plan = reconcile(project({app, at_address("fixed", "10.0.0.2")}), world.observed(), {});
  const auto start = std::find_if(plan.nodes.begin(), plan.nodes.end(), [](const Node& node) {
    const auto* each = std::get_if<StartContainer>(&node.operation);
    return each != nullptr && each->name == "shop-fixed-1";
  });
  ASSERT_NE(start, plan.nodes.end());
  ASSERT_EQ(start->takes_over.size(), 1u) << print(plan);
  EXPECT_EQ(std::get<StopContainer>(plan.nodes[start->takes_over.front()].operation).name, "shop-app-1");
}

TEST(HandOver, AnAddressIsLeftToChanceOnlyWhenThoseThatAreWantedAreKnown) {
  Service late = at_address("late", "10.0.0.2");
  late.depends_on["app"] = {};
  const Plan plan = reconcile(project({service("app"), late}), empty_world(), {});
  std::optional<std::size_t> created;
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    const auto* create = std::get_if<CreateContainer>(&plan.nodes[i].operation);
    if (create != nullptr && create->spec.service == "late") created = i;
    const auto* start = std::get_if<StartContainer>(&plan.nodes[i].operation);
    if (start == nullptr || start->name != "shop-app-1") continue;
    ASSERT_TRUE(created) << print(plan);
    EXPECT_TRUE(std::find(plan.nodes[i].after.begin(), plan.nodes[i].after.end(), *created) !=
                plan.nodes[i].after.end());
  }
}

}  // namespace
}  // namespace stack::compose
