// plan: what kill, pause, unpause, rm, and start with --wait would do.
#include <gtest/gtest.h>

#include "base/error.h"
#include "compose/plan/reconcile.h"
#include "compose/plan/takedown.h"

namespace stack::compose {
namespace {

Service service(const std::string& name) {
  Service s;
  s.name = name;
  s.image = "app";
  s.networks["default"] = std::nullopt;
  return s;
}

Project project(std::vector<Service> services) {
  Project p;
  p.name = "shop";
  p.networks["default"].name = "shop_default";
  for (Service& s : services) p.services.emplace(s.name, std::move(s));
  return p;
}

// What an `up` of the project leaves.
Observed running_pair(const Project& p) {
  Observed world;
  world.images["app"].id = "sha256:1";
  for (const Node& node : reconcile(p, world, {}).nodes) {
    if (const auto* network = std::get_if<CreateNetwork>(&node.operation))
      world.networks[network->spec.name] = {.id = "n", .spec = network->spec};
    if (const auto* create = std::get_if<CreateContainer>(&node.operation)) {
      model::Container& made = world.containers.emplace_back();
      made.id = "id-" + create->spec.name;
      made.spec = create->spec;
      made.state.status = model::Status::running;
    }
  }
  return world;
}

void stop(Observed& world, const std::string& service) {
  for (model::Container& container : world.containers) {
    if (container.spec.service == service) container.state.status = model::Status::exited;
  }
}

TEST(ContainerVerbs, SignalsAndPausesReachWhatRunsAllAtOnce) {
  Service web = service("web"), db = service("db");
  web.depends_on["db"] = {};
  const Project p = project({web, db});
  Observed world = running_pair(p);
  EXPECT_EQ(print(plan_kill(&p, world, {.project = "shop", .signal = "HUP"})),
            "0 [] kill container shop-db-1 with HUP (requested)\n"
            "1 [] kill container shop-web-1 with HUP (requested)\n");
  EXPECT_EQ(print(plan_pause(&p, world, {.project = "shop", .services = {"web"}})),
            "0 [] pause container shop-web-1 (requested)\n");
  stop(world, "web");
  EXPECT_EQ(print(plan_kill(nullptr, world, {.project = "shop"})),
            "0 [] kill container shop-db-1 with SIGKILL (requested)\n");
  EXPECT_EQ(print(plan_unpause(&p, world, {.project = "shop"})), "0 [] unpause container shop-db-1 (requested)\n");
}

TEST(ContainerVerbs, OrphansAreKilledOnlyOnRequest) {
  const Observed world = running_pair(project({service("web"), service("old")}));
  const Project p = project({service("web")});
  EXPECT_EQ(plan_kill(&p, world, {.project = "shop"}).nodes.size(), 1u);
  EXPECT_EQ(plan_kill(&p, world, {.project = "shop", .remove_orphans = true}).nodes.size(), 2u);
}

TEST(ContainerVerbs, RmTakesWhatDoesNotRunAndWithStopEverything) {
  Service web = service("web"), db = service("db");
  web.depends_on["db"] = {};
  const Project p = project({web, db});
  Observed world = running_pair(p);
  EXPECT_TRUE(plan_rm(&p, world, {.project = "shop"}).empty());
  EXPECT_EQ(print(plan_rm(&p, world, {.project = "shop", .stop_first = true})),
            "0 [] stop container shop-web-1 (requested by --stop)\n"
            "1 [0] remove container shop-web-1 (requested)\n"
            "2 [0] stop container shop-db-1 (requested by --stop)\n"
            "3 [2] remove container shop-db-1 (requested)\n");
  stop(world, "web");
  EXPECT_EQ(print(plan_rm(&p, world, {.project = "shop"})), "0 [] remove container shop-web-1 (requested)\n");
}

TEST(ContainerVerbs, OneOffContainersBelongToDownAndKillOnly) {
  const Project p = project({service("web")});
  Observed world = running_pair(p);
  world.containers.front().spec.one_off = true;
  const TakedownOptions options{.project = "shop", .stop_first = true};
  EXPECT_TRUE(plan_stop(&p, world, options).empty());
  EXPECT_TRUE(plan_pause(&p, world, options).empty());
  EXPECT_TRUE(plan_rm(&p, world, options).empty());
  EXPECT_EQ(plan_kill(&p, world, options).nodes.size(), 1u);
  EXPECT_EQ(plan_down(&p, world, options).nodes.size(), 3u);
}

TEST(ContainerVerbs, StartWaitsForHealthWhereThatIsChecked) {
  Service web = service("web"), db = service("db");
  db.healthcheck.emplace();
  db.healthcheck->test = {"CMD", "true"};
  const Project p = project({web, db});
  Observed world = running_pair(p);
  for (const char* name : {"web", "db"}) stop(world, name);
  EXPECT_EQ(print(plan_start(&p, world, {.project = "shop", .wait = true})),
            "0 [] start container shop-db-1 (requested)\n"
            "1 [] start container shop-web-1 (requested)\n"
            "2 [0] wait for db (service_healthy) (requested by --wait)\n"
            "3 [1] wait for web (service_started) (requested by --wait)\n");
}

TEST(ContainerVerbs, WhatIsPausedIsNotStarted) {
  const Project p = project({service("web")});
  Observed world = running_pair(p);
  world.containers.front().state.status = model::Status::paused;
  try {
    plan_start(&p, world, {.project = "shop"});
    FAIL() << "a paused container was to be started";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    EXPECT_EQ(error.message(), "container shop-web-1 is paused");
    EXPECT_NE(error.remedy_text().find("stack unpause web"), std::string::npos);
  }
}

}  // namespace
}  // namespace stack::compose
