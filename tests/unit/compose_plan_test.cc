// plan: the picture of what up, down, stop and restart would do, and the laws that hold for every project.
#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "base/error.h"
#include "compose/admission/support.h"
#include "compose/model/project_json.h"
#include "compose/plan/difference.h"
#include "compose/plan/reconcile.h"
#include "compose/plan/resource_spec.h"
#include "compose/plan/takedown.h"
#include "compose/plan/wanted_container.h"
#include "tests/support/plan_world.h"
#include "tests/support/random_project.h"

namespace stack::compose {
namespace {

using namespace plan_world;

TEST(Reconcile, CreatesWhatIsMissingAndGatesOnHealth) {
  Service web = service("web"), db = service("db");
  web.depends_on["db"].condition = DependencyCondition::healthy;
  EXPECT_EQ(print(reconcile(project({web, db}), empty_world(), {.scale = {{"web", 2}}})),
            "0 [] create network shop_default (it does not exist)\n"
            "1 [0] create container shop-db-1 (0 of 1 replicas exist)\n"
            "2 [1] start container shop-db-1 (0 of 1 replicas exist)\n"
            "3 [0] create container shop-web-1 (0 of 2 replicas exist)\n"
            "4 [2] wait for db (service_healthy) (web depends on it)\n"
            "5 [3,4] start container shop-web-1 (0 of 2 replicas exist)\n"
            "6 [0] create container shop-web-2 (0 of 2 replicas exist)\n"
            "7 [4,6] start container shop-web-2 (0 of 2 replicas exist)\n");
}

TEST(Reconcile, AgainWithoutAChangeDoesNothing) {
  Service web = service("web"), db = service("db");
  web.depends_on["db"].condition = DependencyCondition::healthy;
  const Project p = project({web, db});
  EXPECT_EQ(print(reconcile(p, running(p).observed(), {})), "");
}

TEST(Reconcile, AChangedEnvironmentRecreatesThatServiceAloneAndSaysWhy) {
  Project p = project({service("web"), service("db")});
  const World world = running(p);
  p.services.at("web").environment["A"] = "1";
  EXPECT_EQ(print(reconcile(p, world.observed(), {})),
            "0 [] recreate container shop-web-1 (configuration changed: environment.A added: 1)\n"
            "1 [0] stop container shop-web-1 (configuration changed: environment.A added: 1)\n"
            "2 [0,1] start container shop-web-1 (configuration changed: environment.A added: 1)\n"
            "3 [2] remove container shop-web-1 (configuration changed: environment.A added: 1)\n");
  const Plan plan = reconcile(p, world.observed(), {});
  EXPECT_EQ(std::get<CreateContainer>(plan.nodes[0].operation).spec.labels.at("com.docker.compose.replace"), "web-1");
}

TEST(Reconcile, AnotherNameOfAVolumeOrANetworkRecreatesWhoUsesIt) {
  Project p = project({service("web"), service("db")});
  p.volumes["data"].name = "shop_data";
  p.services.at("db").volumes = {{.type = "volume", .source = "data", .target = "/data"}};
  World world = running(p);
  EXPECT_EQ(print(reconcile(p, world.observed(), {})), "");
  p.volumes.at("data").name = "other";
  const Plan plan = reconcile(p, world.observed(), {});
  EXPECT_NE(
      print(plan).find("recreate container shop-db-1 (configuration changed: volumes.data.name: shop_data -> other)"),
      std::string::npos)
      << print(plan);
  EXPECT_EQ(print(plan).find("shop-web-1"), std::string::npos) << print(plan);
  world.apply(plan);
  EXPECT_EQ(print(reconcile(p, world.observed(), {})), "");
  p.networks.at("default").name = "shared";
  const Plan moved = reconcile(p, world.observed(), {});
  EXPECT_NE(print(moved).find("recreate container shop-web-1 (configuration changed: networks.default.name"),
            std::string::npos)
      << print(moved);
  world.apply(moved);
  EXPECT_EQ(print(reconcile(p, world.observed(), {})), "");
}

TEST(Plan, ImagesArePulledBeforeAnythingIsTouched) {
  UpOptions options;
  options.pulls = {{.operation = {.reference = "app", .services = {"web"}}, .cause = {.policy = "missing"}}};
  Service web = service("web");
  EXPECT_EQ(print(reconcile(project({web}), empty_world(), options)),
            "0 [] pull image app for web (it is not here)\n"
            "1 [0] create network shop_default (it does not exist)\n"
            "2 [1] create container shop-web-1 (0 of 1 replicas exist)\n"
            "3 [2] start container shop-web-1 (0 of 1 replicas exist)\n");
  options.pulls.front().cause = {.policy = "always", .present = true};
  const Plan nothing_else = reconcile(project({web}), running(project({web})).observed(), options);
  EXPECT_EQ(print(nothing_else), "0 [] pull image app for web (pull policy: always)\n");
  EXPECT_EQ(nothing_else.pulls, 1U);
  options.pulls.front().cause = {
      .policy = "", .present = true, .platform = "linux/arm64", .present_for = "linux/amd64"};
  EXPECT_EQ(print(reconcile(project({web}), running(project({web})).observed(), options)),
            "0 [] pull image app for web (platform: linux/arm64, the image here is for linux/amd64)\n");
}

TEST(Takedown, ImagesGoAfterTheContainers) {
  const Project shop = project({service("web")});
  const Plan plan = plan_down(&shop, running(shop).observed(), {.project = "shop", .images = {"app"}});
  EXPECT_EQ(print(plan),
            "0 [] stop container shop-web-1 (the project is taken down)\n"
            "1 [0] remove container shop-web-1 (the project is taken down)\n"
            "2 [1] remove network shop_default (the project is taken down)\n"
            "3 [1] remove image app (requested by --rmi)\n");
  EXPECT_TRUE(may_stay(plan.nodes.at(3).operation)) << "what others use is no failure";
}

TEST(Plan, ItsSummaryCountsEachContainerOnce) {
  Service db = service("db"), web = service("web"), job = service("job");
  web.depends_on["db"] = {};
  web.scale = 3;
  World world = running(project({db, web, job, service("old")}));
  for (model::Container& container : world.observed().containers) {
    if (container.spec.service == "job") container.state.status = model::Status::exited;
  }
  db.environment["A"] = "1";
  web.scale = 2;
  const Project p = project({db, web, job, service("extra")});
  EXPECT_EQ(summary(reconcile(p, world.observed(), {.remove_orphans = true})),
            "1 created, 1 recreated, 1 started, 2 removed, 2 unchanged");
  EXPECT_EQ(summary(plan_stop(&p, world.observed(), {.project = "shop"})), "4 stopped");
  EXPECT_EQ(summary(plan_down(nullptr, world.observed(), {.project = "shop"})), "6 removed");
  EXPECT_EQ(summary({}), "");
}

TEST(Reconcile, ScalingTouchesNothingElse) {
  const Project p = project({service("web"), service("db")});
  const World three = running(p, {.scale = {{"web", 3}}});
  EXPECT_EQ(print(reconcile(p, three.observed(), {.scale = {{"web", 4}}})),
            "0 [] create container shop-web-4 (3 of 4 replicas exist)\n"
            "1 [0] start container shop-web-4 (3 of 4 replicas exist)\n");
  EXPECT_EQ(print(reconcile(p, three.observed(), {.scale = {{"web", 2}}})),
            "0 [] stop container shop-web-3 (scale is 2, 3 exist)\n"
            "1 [0] remove container shop-web-3 (scale is 2, 3 exist)\n");
}

TEST(Reconcile, StoppedContainersStartAgainWithoutBeingRecreated) {
  const Project p = project({service("web")});
  World world = running(p);
  world.apply(plan_stop(&p, world.observed(), {.project = "shop"}));
  EXPECT_EQ(print(reconcile(p, world.observed(), {})), "0 [] start container shop-web-1 (exited)\n");
}

// A job that runs again, and others that ask for it: `up` is not done before it is.
TEST(Reconcile, WhatIsStartedAgainIsWaitedForAsThoseThatRunAskForIt) {
  Service web = service("web"), migrate = service("migrate"), db = service("db");
  web.depends_on["migrate"].condition = DependencyCondition::completed;
  web.depends_on["db"].condition = DependencyCondition::healthy;
  const Project p = project({web, migrate, db});
  World world = running(p);
  world.apply(plan_stop(&p, world.observed(), {.project = "shop", .services = {"migrate"}}));
  EXPECT_EQ(print(reconcile(p, world.observed(), {})),
            "0 [] start container shop-migrate-1 (exited)\n"
            "1 [0] wait for migrate (service_completed_successfully) (web depends on it)\n");
}

TEST(Reconcile, ARecreatedDependencyTakesRestartingDependentsAlong) {
  Service web = service("web"), db = service("db");
  web.depends_on["db"].restart = true;
  Project p = project({web, db});
  World world = running(p);
  p.services.at("db").environment["A"] = "1";
  EXPECT_EQ(print(reconcile(p, world.observed(), {})),
            "0 [] recreate container shop-db-1 (configuration changed: environment.A added: 1)\n"
            "1 [0] stop container shop-web-1 (dependency db is recreated)\n"
            "2 [0,1] stop container shop-db-1 (configuration changed: environment.A added: 1)\n"
            "3 [0,2] start container shop-db-1 (configuration changed: environment.A added: 1)\n"
            "4 [3] remove container shop-db-1 (configuration changed: environment.A added: 1)\n"
            "5 [1,3] start container shop-web-1 (dependency db is recreated)\n");
}

// What an engine leaves that is killed between making a successor and stopping its predecessor.
TEST(Reconcile, ACutOffRecreateIsFinishedWithoutTwoInOnePlace) {
  Project p = project({service("web")});
  World world = running(p);
  p.services.at("web").environment["A"] = "1";
  Plan plan = reconcile(p, world.observed(), {});
  plan.nodes.resize(1);
  world.apply(plan);
  EXPECT_EQ(print(reconcile(p, world.observed(), {})),
            "0 [] stop container c2_shop-web-1 (another container has its number)\n"
            "1 [0] start container shop-web-1 (created)\n"
            "2 [0,1] remove container c2_shop-web-1 (another container has its number)\n");
  const Plan restart = plan_restart(&p, world.observed(), {.project = "shop"});
  EXPECT_EQ(print(restart),
            "0 [] stop container c2_shop-web-1 (requested)\n"
            "1 [0] start container c2_shop-web-1 (requested)\n");
}

TEST(Reconcile, ANetworkMadeAnewStopsDependentsFirstAndStartsBystandersAgain) {
  Service web = service("web"), db = service("db");
  web.depends_on["db"] = {};
  Project p = project({web, db, service("other")});
  World world = running(p);
  p.networks.at("default").internal = true;
  const std::string text = print(reconcile(p, world.observed(), {.services = {"web"}}));
  EXPECT_TRUE(
      text.starts_with("0 [] stop container shop-web-1 (network changed: shop_default)\n"
                       "1 [0] stop container shop-db-1 (network changed: shop_default)\n"
                       "2 [] stop container shop-other-1 (network changed: shop_default)\n"
                       "3 [0,1,2] remove network shop_default (its definition changed)\n"
                       "4 [3] create network shop_default (its definition changed)\n"))
      << text;
  EXPECT_TRUE(text.ends_with("[2,4] start container shop-other-1 (its network was recreated)\n")) << text;
}

TEST(Reconcile, AChangedNetworkIsMadeAnewAroundItsContainers) {
  Service partner = service("partner");
  partner.networks.clear();
  partner.network_mode = "service:web";
  partner.depends_on["web"] = {};
  Project p = project({service("web"), partner});
  World world = running(p);
  p.networks.at("default").internal = true;
  const Plan plan = reconcile(p, world.observed(), {});
  EXPECT_EQ(print(plan),
            "0 [] stop container shop-web-1 (network changed: shop_default)\n"
            "1 [0] remove network shop_default (its definition changed)\n"
            "2 [1] create network shop_default (its definition changed)\n"
            "3 [0,2] start container shop-web-1 (its network was recreated)\n"
            "4 [] stop container shop-partner-1 (its network was recreated)\n"
            "5 [3,4] start container shop-partner-1 (its network was recreated)\n");
  world.apply(plan);
  EXPECT_TRUE(world.observed().networks.at("shop_default").spec.internal);
  EXPECT_EQ(print(reconcile(p, world.observed(), {})), "");
}

TEST(Reconcile, OrphansAreNamedAndRemovedOnRequest) {
  const World world = running(project({service("old"), service("web")}));
  const Project p = project({service("web")});
  EXPECT_NE(print(reconcile(p, world.observed(), {})).find("warning: found orphan containers (shop-old-1)"),
            std::string::npos);
  EXPECT_EQ(print(reconcile(p, world.observed(), {.remove_orphans = true})),
            "0 [] stop container shop-old-1 (orphan)\n"
            "1 [0] remove container shop-old-1 (orphan)\n");
}

TEST(Reconcile, AnonymousVolumesStayUnlessTheirRemovalIsAskedFor) {
  Service two = service("web"), one = two;
  two.scale = 2;
  const auto removals = [](const Plan& plan) {
    std::vector<bool> all;
    for (const Node& node : plan.nodes) {
      if (const auto* remove = std::get_if<RemoveContainer>(&node.operation)) all.push_back(remove->anonymous_volumes);
    }
    return all;
  };
  const World world = running(project({two, service("old")}));
  EXPECT_EQ(removals(reconcile(project({one}), world.observed(), {.remove_orphans = true})),
            (std::vector<bool>{false, false}));
  EXPECT_EQ(removals(reconcile(project({two}), world.observed(), {.renew_volumes = true})),
            (std::vector<bool>{false, false}));
  EXPECT_EQ(removals(plan_down(nullptr, world.observed(), {.project = "shop"})),
            (std::vector<bool>{false, false, false}));
  EXPECT_EQ(removals(plan_down(nullptr, world.observed(), {.project = "shop", .volumes = true})),
            (std::vector<bool>{true, true, true}));
}

TEST(Reconcile, OrphansMayBeIgnored) {
  const World world = running(project({service("web"), service("old")}));
  const Plan plan = reconcile(project({service("web")}), world.observed(), {.ignore_orphans = true});
  EXPECT_TRUE(plan.empty() && plan.warnings.empty()) << print(plan);
}

TEST(Reconcile, WhoLivesOfARecreatedContainerIsRecreated) {
  Project p = project({service("owner"), service("side"), service("taker"), service("other")});
  Service& side = p.services.at("side");
  side.networks.clear();
  side.network_mode = "service:owner";
  side.depends_on["owner"];
  p.services.at("taker").volumes_from = {"owner:ro"};
  p.services.at("taker").depends_on["owner"];
  World world{empty_world()};
  const Plan first = reconcile(p, world.observed(), {});
  world.apply(first);
  for (const model::Container& container : world.observed().containers) {
    const bool side_one = container.spec.service == "side", taker = container.spec.service == "taker";
    EXPECT_EQ(container.spec.network_mode, side_one ? "container:shop-owner-1" : "");
    EXPECT_EQ(container.spec.volumes_from, taker ? Strings{"shop-owner-1:ro"} : Strings{});
  }
  EXPECT_TRUE(reconcile(p, world.observed(), {}).nodes.empty());
  p.services.at("owner").environment["A"] = "b";
  const std::string text = print(reconcile(p, world.observed(), {}));
  for (const char* name : {"owner", "side", "taker"}) {
    EXPECT_NE(text.find("create container shop-" + std::string{name} + "-1"), std::string::npos) << text;
  }
  EXPECT_EQ(text.find("other"), std::string::npos) << text;
  EXPECT_NE(text.find("recreate container shop-side-1 (service owner is recreated)"), std::string::npos) << text;
  EXPECT_NE(text.find("recreate container shop-taker-1 (service owner is recreated)"), std::string::npos) << text;
  const std::string forced = print(reconcile(p, world.observed(), {.services = {"other"}, .force_recreate = true}));
  EXPECT_NE(forced.find("recreate container shop-other-1 (requested)"), std::string::npos) << forced;
}

TEST(Reconcile, ARecreationEndsWhenTheOldContainerHasStopped) {
  Project p = project({service("web")});
  const World world = running(p);
  p.services.at("web").environment["A"] = "b";
  const Plan plan = reconcile(p, world.observed(), {});
  const auto& create = std::get<CreateContainer>(plan.nodes.at(0).operation);
  const auto& stop = std::get<StopContainer>(plan.nodes.at(1).operation);
  EXPECT_TRUE(create.stops_later && stop.replaced_by == "shop-web-1") << print(plan);
  // A network that is replaced stops its containers before anything is recreated.
  p.networks.at("default").driver_opts["com.docker.network.driver.mtu"] = "1400";
  const Plan earlier = reconcile(p, world.observed(), {});
  for (const Node& node : earlier.nodes) {
    if (const auto* made = std::get_if<CreateContainer>(&node.operation)) {
      EXPECT_FALSE(made->stops_later) << print(earlier);
    }
  }
}

TEST(Takedown, ServicesTakeOnlyTheirNetworksAlong) {
  Service web = service("web"), db = service("db");
  db.networks = {{"inner", std::nullopt}};
  Project p = project({web, db});
  p.networks["inner"].name = "shop_inner";
  const World world = running(p);
  const std::string text = print(plan_down(&p, world.observed(), {.project = "shop", .services = {"db"}}));
  EXPECT_NE(text.find("remove network shop_inner"), std::string::npos) << text;
  EXPECT_EQ(text.find("shop_default"), std::string::npos) << text;
}

TEST(Takedown, OrphansAreWhatUpCallsSo) {
  Service web = service("web"), tool = service("tool");
  tool.profiles = {"tools"};
  Project p = project({web});
  World world = running(p);
  p.disabled.emplace("tool", tool);
  const auto add = [&](const std::string& name, const std::string& of, bool one_off, model::Status status) {
    model::Container& made = world.observed().containers.emplace_back();
    made.id = made.spec.name = name;
    made.spec.service = of;
    made.spec.one_off = one_off;
    made.state.status = status;
  };
  add("ended", "tool", true, model::Status::exited);
  add("runs", "tool", true, model::Status::running);
  add("ghost", "gone", false, model::Status::running);
  const auto removed = [&](const TakedownOptions& options) {
    std::set<std::string> names;
    for (const Node& node : plan_down(&p, world.observed(), options).nodes) {
      if (const auto* remove = std::get_if<RemoveContainer>(&node.operation)) names.insert(remove->name);
    }
    return names;
  };
  using Names = std::set<std::string>;
  EXPECT_EQ(removed({.project = "shop"}), (Names{"shop-web-1"}));
  EXPECT_EQ(removed({.project = "shop", .remove_orphans = true}), (Names{"ended", "ghost", "shop-web-1"}));
  EXPECT_EQ(removed({.project = "shop", .services = {"web"}, .remove_orphans = true}),
            (Names{"ended", "ghost", "shop-web-1"}));
  EXPECT_EQ(removed({.project = "shop", .services = {"web"}}), (Names{"shop-web-1"}));
}

TEST(Takedown, DependentsStopFirstAndTheNetworkGoesLast) {
  Service web = service("web"), db = service("db");
  web.depends_on["db"] = {};
  const Project p = project({web, db});
  const World world = running(p);
  EXPECT_EQ(print(plan_down(&p, world.observed(), {.project = "shop"})),
            "0 [] stop container shop-web-1 (the project is taken down)\n"
            "1 [0] remove container shop-web-1 (the project is taken down)\n"
            "2 [0] stop container shop-db-1 (the project is taken down)\n"
            "3 [2] remove container shop-db-1 (the project is taken down)\n"
            "4 [1,3] remove network shop_default (the project is taken down)\n");
  // Without its file the order comes from the containers' labels.
  EXPECT_EQ(print(plan_down(nullptr, world.observed(), {.project = "shop"})),
            print(plan_down(&p, world.observed(), {.project = "shop"})));
}

TEST(Takedown, WhatBelongsToAProfileThatIsNotActiveIsLeftAlone) {
  Project p = project({service("web"), service("tool")});
  const World world = running(p);
  p.disabled.insert(p.services.extract("tool"));
  const std::string text = print(plan_down(&p, world.observed(), {.project = "shop"}));
  EXPECT_EQ(text.find("tool"), std::string::npos) << text;
  EXPECT_EQ(print(plan_stop(&p, world.observed(), {.project = "shop"})),
            "0 [] stop container shop-web-1 (requested)\n");
  EXPECT_EQ(print(plan_stop(&p, world.observed(), {.project = "shop", .services = {"tool"}})),
            "0 [] stop container shop-tool-1 (requested)\n");
  EXPECT_EQ(plan_stop(&p, world.observed(), {.project = "shop", .everything = true}).nodes.size(), 2u);
}

TEST(Takedown, WhatStaysInUseSaysByWhomAndHowThatGoesToo) {
  Service tools = service("tools");
  tools.profiles = {"tools", "more"};
  tools.volumes.push_back({.type = "volume", .source = "data", .target = "/data"});
  Project all = project({service("web"), service("old"), tools});
  all.volumes["data"].name = "shop_data";
  const World world = running(all);
  Project p = project({service("web")});
  p.volumes = all.volumes;
  p.disabled.emplace("tools", tools);
  std::vector<std::string> kept;
  for (const Node& node : plan_down(&p, world.observed(), {.project = "shop", .volumes = true}).nodes) {
    if (const auto* network = std::get_if<RemoveNetwork>(&node.operation)) kept.push_back(network->kept_by);
    if (const auto* volume = std::get_if<RemoveVolume>(&node.operation)) kept.push_back(volume->kept_by);
  }
  EXPECT_EQ(kept, (std::vector<std::string>{"by shop-old-1 (orphan; take it down too with --remove-orphans), "
                                            "shop-tools-1 (take it down too with --profile tools)",
                                            "by shop-tools-1 (take it down too with --profile tools)"}));
}

TEST(Takedown, TheNetworkOfOneServiceGoesWhenNothingElseUsesIt) {
  const Project p = project({service("web"), service("db")});
  const Plan plan = plan_down(&p, running(p).observed(), {.project = "shop", .services = {"web"}});
  ASSERT_EQ(plan.nodes.size(), 3u) << print(plan);
  EXPECT_TRUE(std::get<RemoveNetwork>(plan.nodes[2].operation).if_unused);
}

TEST(Takedown, AStoppedContainerIsRestartedByItsStart) {
  const Project p = project({service("web")});
  World world = running(p);
  world.observed().containers[0].state.status = model::Status::exited;
  const Plan plan = plan_restart(&p, world.observed(), {.project = "shop"});
  ASSERT_EQ(plan.nodes.size(), 1u) << print(plan);
  EXPECT_EQ(std::get<StartContainer>(plan.nodes[0].operation).part_of, PartOf::whole_restart);
}

TEST(Takedown, NothingCanBeStartedOfAProjectThatNobodyKnows) {
  EXPECT_THROW(plan_start(nullptr, empty_world(), {.project = "shop"}), Error);
}

TEST(Reconcile, ASeparatorRenamesNothingThatIsThere) {
  Project p = project({service("web")});
  p.services.at("web").scale = 1;
  World world{empty_world()};
  p.separator = "_";
  world.apply(reconcile(p, world.observed(), {}));
  EXPECT_EQ(world.observed().containers.at(0).spec.name, "shop_web_1");
  p.separator = "-";
  EXPECT_TRUE(reconcile(p, world.observed(), {}).empty());
  EXPECT_EQ(reconcile(p, world.observed(), {}).kept, Strings{"shop_web_1"});
  const Plan more = reconcile(p, world.observed(), {.scale = {{"web", 2}}});
  EXPECT_NE(print(more).find("create container shop-web-2"), std::string::npos);
}

TEST(Laws, FromAnyProjectToAnyOtherOnePlanIsEnough) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    std::mt19937 random{seed};
    World world{empty_world()};
    for (int step = 0; step < 4; ++step) {
      const Project p = test::random_project(random);
      const UpOptions options{.force_recreate = random() % 8 == 0, .remove_orphans = true};
      const Plan plan = reconcile(p, world.observed(), options);
      world.apply(plan);
      ASSERT_FALSE(HasFatalFailure()) << "seed " << seed;
      ASSERT_EQ(print(reconcile(p, world.observed(), {.remove_orphans = true})), "") << "seed " << seed << "\n"
                                                                                     << print(plan);
    }
    const Plan down =
        plan_down(nullptr, world.observed(), {.project = "shop", .remove_orphans = true, .volumes = true});
    world.apply(down);
    ASSERT_TRUE(world.observed().containers.empty()) << "seed " << seed;
    ASSERT_TRUE(world.observed().networks.empty()) << "seed " << seed;
  }
}

TEST(Laws, TheOrderOfWhatIsObservedDoesNotMatter) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::mt19937 random{seed};
    World world{empty_world()};
    world.apply(reconcile(test::random_project(random), world.observed(), {}));
    const Project next = test::random_project(random);
    Observed shuffled = world.observed();
    std::shuffle(shuffled.containers.begin(), shuffled.containers.end(), random);
    const auto operations = [](const Plan& plan) {
      std::multiset<std::string> all;
      for (const Node& node : plan.nodes) all.insert(describe(node.operation) + " " + to_text(node.cause));
      return all;
    };
    EXPECT_EQ(operations(reconcile(next, shuffled, {})), operations(reconcile(next, world.observed(), {})))
        << "seed " << seed;
  }
}

TEST(Laws, DependentsStartAfterWhatTheyDependOn) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random{seed};
    const Project p = test::random_project(random);
    const Plan plan = reconcile(p, empty_world(), {});
    std::map<std::string, std::set<std::size_t>> starts;  // of a service
    for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
      const auto* start = std::get_if<StartContainer>(&plan.nodes[i].operation);
      if (start != nullptr) starts[start->name.substr(5, start->name.rfind('-') - 5)].insert(i);
    }
    const auto reaches = [&](std::size_t from, std::size_t to) {
      std::vector<std::size_t> open{from};
      std::set<std::size_t> seen;
      while (!open.empty()) {
        const std::size_t at = open.back();
        open.pop_back();
        if (at == to) return true;
        if (!seen.insert(at).second) continue;
        open.insert(open.end(), plan.nodes[at].after.begin(), plan.nodes[at].after.end());
      }
      return false;
    };
    for (const auto& [name, s] : p.services) {
      for (const auto& [dependency, how] : s.depends_on) {
        for (const std::size_t mine : starts[name]) {
          for (const std::size_t theirs : starts[dependency])
            ASSERT_TRUE(reaches(mine, theirs)) << "seed " << seed << "\n" << print(plan);
        }
      }
    }
  }
}

}  // namespace
}  // namespace stack::compose
