// plan: where the hooks of services stand.
#include <gtest/gtest.h>

#include "compose/plan/hooks.h"
#include "compose/plan/reconcile.h"
#include "compose/plan/takedown.h"

namespace stack::compose {
namespace {

Service hooked_service(const std::string& name) {
  Service s;
  s.name = name;
  s.image = "app";
  s.post_start = {Hook{.command = Strings{"first"}}, Hook{.command = Strings{"second"}}};
  s.pre_stop = {Hook{.command = Strings{"last"}}};
  return s;
}

Project project() {
  Project p;
  p.name = "shop";
  p.services.emplace("db", hooked_service("db"));
  Service web = hooked_service("web");
  web.pre_stop.clear();
  web.depends_on["db"] = {};
  p.services.emplace("web", std::move(web));
  return p;
}

Observed nothing() {
  Observed world;
  world.images["app"].id = "sha256:1";
  return world;
}

// What an `up` of the project leaves.
Observed running_hooked(const Project& p) {
  Observed world = nothing();
  for (const Node& node : reconcile(p, world, {}).nodes) {
    if (const auto* create = std::get_if<CreateContainer>(&node.operation)) {
      model::Container& made = world.containers.emplace_back();
      made.id = "id-" + create->spec.name;
      made.spec = create->spec;
      made.state.status = model::Status::running;
    }
  }
  return world;
}

std::string with_hooks(Plan plan, const Project& p, const Observed& world) {
  add_hooks(plan, p, world);
  return print(plan);
}

TEST(Hooks, DependentsStartAfterTheHooksOfWhatTheyDependOn) {
  const Project p = project();
  EXPECT_EQ(with_hooks(reconcile(p, nothing(), {}), p, nothing()),
            "0 [] create container shop-db-1 (0 of 1 replicas exist)\n"
            "1 [0] start container shop-db-1 (0 of 1 replicas exist)\n"
            "2 [1] run hook post_start[0] in container shop-db-1 (0 of 1 replicas exist)\n"
            "3 [2] run hook post_start[1] in container shop-db-1 (0 of 1 replicas exist)\n"
            "4 [] create container shop-web-1 (0 of 1 replicas exist)\n"
            "5 [3,4] start container shop-web-1 (0 of 1 replicas exist)\n"
            "6 [5] run hook post_start[0] in container shop-web-1 (0 of 1 replicas exist)\n"
            "7 [6] run hook post_start[1] in container shop-web-1 (0 of 1 replicas exist)\n");
}

TEST(Hooks, AContainerThatRunsStopsAfterItsOwn) {
  const Project p = project();
  Observed world = running_hooked(p);
  EXPECT_EQ(with_hooks(plan_stop(&p, world, {.project = "shop"}), p, world),
            "0 [] stop container shop-web-1 (requested)\n"
            "1 [0] run hook pre_stop[0] in container shop-db-1 (requested)\n"
            "2 [1] stop container shop-db-1 (requested)\n");
  world.containers.front().spec.one_off = true;
  for (model::Container& container : world.containers) container.spec.one_off = true;
  Plan plan;
  plan.add(StopContainer{world.containers.front().id, world.containers.front().spec.name, {}}, {}, Requested{});
  EXPECT_EQ(with_hooks(plan, p, world), "0 [] stop container shop-db-1 (requested)\n");
}

TEST(Hooks, ARestartHasBoth) {
  Project p = project();
  p.services.erase("web");
  const Observed world = running_hooked(p);
  EXPECT_EQ(with_hooks(plan_restart(&p, world, {.project = "shop"}), p, world),
            "0 [] run hook pre_stop[0] in container shop-db-1 (requested)\n"
            "1 [0] stop container shop-db-1 (requested)\n"
            "2 [1] start container shop-db-1 (requested)\n"
            "3 [2] run hook post_start[0] in container shop-db-1 (requested)\n"
            "4 [3] run hook post_start[1] in container shop-db-1 (requested)\n");
}

TEST(Hooks, WhatIsTakenOverMayStandBehind) {
  const Project p = project();
  const Observed world = running_hooked(p);
  Plan plan;
  plan.add(StartContainer{"shop-db-1"}, {}, Requested{});
  plan.nodes[0].takes_over = {1};
  plan.add(StopContainer{"id-shop-db-1", "shop-db-1", {}}, {}, Requested{});
  add_hooks(plan, p, world);
  ASSERT_EQ(plan.nodes.size(), 5u);
  EXPECT_EQ(plan.nodes[0].takes_over, std::vector<std::size_t>{4});
  EXPECT_TRUE(std::holds_alternative<StopContainer>(plan.nodes[4].operation));
}

// A service of two replicas behind another one, with one hook for both of them and one for each.
Project prepared() {
  Project p = project();
  p.services.at("db") = hooked_service("db");
  Service& db = p.services.at("db");
  db.post_start.clear();
  db.pre_stop.clear();
  Service& web = p.services.at("web");
  web.post_start.clear();
  web.scale = 2;
  web.user = "5";
  web.container_name.clear();
  web.entrypoint = Strings{"serve"};
  web.environment["A"] = "1";
  web.ports.push_back({.target = 80, .published = "80"});
  Hook migrate{.command = Strings{"migrate"}, .user = "0", .image = "app"};
  migrate.environment["B"] = "2";
  web.pre_start = {migrate, Hook{.image = "tool", .per_replica = true}};
  return p;
}

Observed with_tool(Observed world) {
  world.images["tool"].id = "sha256:2";
  return world;
}

TEST(PreStart, RunsOnceBeforeAnyReplicaAndThenForEach) {
  const Project p = prepared();
  const Observed world = with_tool(nothing());
  EXPECT_EQ(with_hooks(reconcile(p, world, {}), p, world),
            "0 [] create container shop-db-1 (0 of 1 replicas exist)\n"
            "1 [0] start container shop-db-1 (0 of 1 replicas exist)\n"
            "2 [] create container shop-web-1 (0 of 2 replicas exist)\n"
            "3 [] create container shop-web-2 (0 of 2 replicas exist)\n"
            "4 [1,2,3] run hook pre_start[0] of web in container shop-web-pre_start-0 (0 of 2 replicas exist)\n"
            "5 [4] run hook pre_start[1] of web in container shop-web-1-pre_start-1 (0 of 2 replicas exist)\n"
            "6 [1,2,5] start container shop-web-1 (0 of 2 replicas exist)\n"
            "7 [4] run hook pre_start[1] of web in container shop-web-2-pre_start-1 (0 of 2 replicas exist)\n"
            "8 [1,3,7] start container shop-web-2 (0 of 2 replicas exist)\n");
}

TEST(PreStart, AFurtherReplicaHasOnlyTheHooksForEach) {
  Project p = prepared();
  const Observed world = with_tool(running_hooked(p));
  p.services.at("web").scale = 3;
  Plan plan = reconcile(p, world, {.no_recreate = true, .scale = {{"web", 3}}});
  EXPECT_EQ(with_hooks(std::move(plan), p, world),
            "0 [] create container shop-web-3 (2 of 3 replicas exist)\n"
            "1 [0] run hook pre_start[1] of web in container shop-web-3-pre_start-1 (2 of 3 replicas exist)\n"
            "2 [0,1] start container shop-web-3 (2 of 3 replicas exist)\n");
}

TEST(PreStart, RunsAgainForARecreationOfAllAndNotForARestart) {
  const Project p = prepared();
  const Observed world = with_tool(running_hooked(p));
  Plan again = reconcile(p, world, {.services = {"web"}, .force_recreate = true});
  const std::string text = with_hooks(std::move(again), p, world);
  const auto at = [&](const char* what) { return text.find(what); };
  EXPECT_NE(at("pre_start[0] of web"), std::string::npos) << text;
  EXPECT_LT(at("stop container shop-web-2"), at("pre_start[0] of web")) << text;
  EXPECT_LT(at("stop container shop-web-1"), at("pre_start[0] of web")) << text;
  EXPECT_LT(at("pre_start[0] of web"), at("start container shop-web-1")) << text;
  EXPECT_EQ(with_hooks(plan_restart(&p, world, {.project = "shop"}), p, world).find("pre_start"), std::string::npos);
  Observed stopped = world;
  for (model::Container& each : stopped.containers) each.state.status = model::Status::exited;
  EXPECT_EQ(with_hooks(plan_start(&p, stopped, {.project = "shop"}), p, stopped).find("pre_start"), std::string::npos);
}

TEST(PreStart, RunsBeforeAStartOfWhatWasOnlyCreated) {
  const Project p = prepared();
  Observed world = with_tool(running_hooked(p));
  for (model::Container& each : world.containers) each.state.status = model::Status::created;
  const std::string text = with_hooks(plan_start(&p, world, {.project = "shop"}), p, world);
  EXPECT_NE(text.find("[0] run hook pre_start[0] of web in container shop-web-pre_start-0"), std::string::npos) << text;
}

TEST(PreStart, ItsContainerIsTheServicesButForWhatTheHookSays) {
  const Project p = prepared();
  const Observed world = with_tool(nothing());
  Plan plan = reconcile(p, world, {});
  add_hooks(plan, p, world);
  std::vector<model::ContainerSpec> specs;
  for (const Node& node : plan.nodes) {
    if (const auto* hook = std::get_if<RunHook>(&node.operation)) specs.push_back(*hook->spec);
  }
  ASSERT_EQ(specs.size(), 3u);
  const model::ContainerSpec& first = specs[0];
  EXPECT_EQ(first.image, "app");
  EXPECT_EQ(first.entrypoint, Strings{"serve"});
  EXPECT_EQ(first.command, Strings{"migrate"});
  EXPECT_EQ(first.user, "0");
  EXPECT_EQ(first.environment.at("A"), "1");
  EXPECT_EQ(first.environment.at("B"), "2");
  EXPECT_TRUE(first.one_off);
  EXPECT_TRUE(first.ports.empty());
  EXPECT_EQ(first.volumes_from, Strings{"shop-web-1"});
  EXPECT_EQ(first.labels.at("com.docker.compose.hook"), "pre_start");
  EXPECT_FALSE(first.labels.contains("com.docker.compose.config-hash"));
  EXPECT_EQ(specs[1].image, "tool");
  EXPECT_EQ(specs[1].image_id, "sha256:2");
  EXPECT_EQ(specs[1].user, "5");
  EXPECT_FALSE(specs[1].entrypoint.has_value());
  EXPECT_EQ(specs[2].volumes_from, Strings{"shop-web-2"});
}

}  // namespace
}  // namespace stack::compose
