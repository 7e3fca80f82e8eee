// plan: where the hooks of services stand.
#include <gtest/gtest.h>

#include "compose/plan/hooks.h"
#include "compose/plan/reconcile.h"
#include "compose/plan/takedown.h"

namespace stack::compose {
namespace {

Service service(const std::string& name) {
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
  p.services.emplace("db", service("db"));
  Service web = service("web");
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
Observed running(const Project& p) {
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
  Observed world = running(p);
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
  const Observed world = running(p);
  EXPECT_EQ(with_hooks(plan_restart(&p, world, {.project = "shop"}), p, world),
            "0 [] run hook pre_stop[0] in container shop-db-1 (requested)\n"
            "1 [0] stop container shop-db-1 (requested)\n"
            "2 [1] start container shop-db-1 (requested)\n"
            "3 [2] run hook post_start[0] in container shop-db-1 (requested)\n"
            "4 [3] run hook post_start[1] in container shop-db-1 (requested)\n");
}

TEST(Hooks, WhatIsTakenOverMayStandBehind) {
  const Project p = project();
  const Observed world = running(p);
  Plan plan;
  plan.add(StartContainer{"shop-db-1"}, {}, Requested{});
  plan.nodes[0].takes_over = {1};
  plan.add(StopContainer{"id-shop-db-1", "shop-db-1", {}}, {}, Requested{});
  add_hooks(plan, p, world);
  ASSERT_EQ(plan.nodes.size(), 5u);
  EXPECT_EQ(plan.nodes[0].takes_over, std::vector<std::size_t>{4});
  EXPECT_TRUE(std::holds_alternative<StopContainer>(plan.nodes[4].operation));
}

}  // namespace
}  // namespace stack::compose
