// plan_json: every operation and every cause goes through JSON unchanged, in words; what is no plan is refused.
#include "compose/plan/plan_json.h"

#include <random>

#include <gtest/gtest.h>

#include "base/error.h"
#include "compose/plan/plan_fields.h"
#include "compose/plan/reconcile.h"
#include "tests/support/random_project.h"

namespace stack::compose {
namespace {

// A value of each alternative whose members differ from their defaults, so that one that is missing in a table is noticed.
template <class... Alternatives>
std::vector<std::variant<Alternatives...>> one_of_each(const std::variant<Alternatives...>*) {
  return {Alternatives{}...};
}

struct Fill {
  int n = 1;
  void operator()(const char*, std::string& text) { text = "text " + std::to_string(n++); }
  void operator()(const char*, bool& flag) { flag = !flag; }
  void operator()(const char*, int& number) { number = ++n; }
  void operator()(const char*, std::vector<std::string>& list) { list = {"a", "b"}; }
  void operator()(const char*, std::optional<std::string>& text) { text = "maybe"; }
  void operator()(const char*, std::optional<Nanos>& time) { time = Nanos{7}; }
  void operator()(const char*, SourcePlace& place) { place = {"compose.yaml", 3, 9}; }
  void operator()(const char*, PartOf& part) { part = PartOf::recreation; }
  void operator()(const char*, HookPoint& point) { point = HookPoint::pre_stop; }
  void operator()(const char*, DependencyCondition& condition) { condition = DependencyCondition::completed; }
  void operator()(const char*, model::Status& status) { status = model::Status::paused; }
  void operator()(const char*, ChangeKind& kind) { kind = ChangeKind::removed; }
  void operator()(const char*, model::ContainerSpec& spec) {
    spec.name = "web";
    spec.ports.push_back({.host_first = 80, .protocol = model::Protocol::udp});
    spec.mounts.push_back({.kind = model::MountKind::tmpfs, .target = "/t"});
  }
  void operator()(const char* name, std::optional<model::ContainerSpec>& spec) { (*this)(name, spec.emplace()); }
  void operator()(const char*, model::NetworkSpec& spec) { spec.name = "net"; }
  void operator()(const char*, std::optional<model::NetworkSpec>& spec) { spec = model::NetworkSpec{.name = "old"}; }
  void operator()(const char*, model::VolumeSpec& spec) { spec.name = "data"; }
  void operator()(const char*, model::Resources& resources) { resources.memory_max = 1 << 20; }
  void operator()(const char*, model::RestartPolicy& policy) { policy.kind = model::RestartKind::always; }
  void operator()(const char*, std::vector<AttributeChange>& changes) {
    AttributeChange change;
    fields(change, *this);
    changes = {change, {.path = "image", .before = "a"}};
  }
};

bool same(const Plan& a, const Plan& b) { return plan_json(a) == plan_json(b) && print(a) == print(b); }

Plan plan_of_everything() {
  Plan plan;
  const auto causes = one_of_each(static_cast<const Cause*>(nullptr));
  std::size_t at = 0;
  for (Operation operation : one_of_each(static_cast<const Operation*>(nullptr))) {
    std::visit([](auto& o) { fields(o, Fill{}); }, operation);
    Cause cause = causes[at++ % causes.size()];
    std::visit([](auto& c) { fields(c, Fill{}); }, cause);
    std::vector<std::size_t> after;
    if (!plan.nodes.empty()) after = {plan.nodes.size() - 1};
    plan.add(std::move(operation), std::move(after), std::move(cause));
  }
  plan.nodes.back().takes_over = {0, 2};
  plan.warnings = {"w"};
  plan.kept = {"k"};
  plan.for_good = true;
  plan.pulls = 1;
  return plan;
}

TEST(PlanJson, EveryOperationGoesThroughItUnchanged) {
  const Plan plan = plan_of_everything();
  const Plan again = parse_plan(plan_json(plan));
  EXPECT_TRUE(same(plan, again)) << plan_json(plan) << "\n" << plan_json(again);
  EXPECT_EQ(again.nodes.back().takes_over, (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(std::get<CreateContainer>(again.nodes.at(7).operation).spec,
            std::get<CreateContainer>(plan.nodes.at(7).operation).spec);
  EXPECT_EQ(plan.nodes.size(), std::variant_size_v<Operation>);
}

TEST(PlanJson, EveryCauseGoesThroughItUnchanged) {
  for (Cause cause : one_of_each(static_cast<const Cause*>(nullptr))) {
    std::visit([](auto& c) { fields(c, Fill{}); }, cause);
    EXPECT_EQ(parse_cause(cause_json(cause)), cause) << cause_json(cause);
    EXPECT_FALSE(to_text(cause).empty()) << cause_json(cause);
  }
}

TEST(PlanJson, WhatIsShownHasNoTextsOfSecrets) {
  Plan plan = plan_of_everything();
  const auto hide = [](model::ContainerSpec& spec) { spec.files = {{.target = "/key", .content = "hush"}}; };
  for (Node& node : plan.nodes) {
    if (auto* create = std::get_if<CreateContainer>(&node.operation)) hide(create->spec);
    if (auto* hook = std::get_if<RunHook>(&node.operation)) hide(hook->spec.emplace());
  }
  EXPECT_NE(plan_json(plan).find("hush"), std::string::npos);
  EXPECT_EQ(plan_json(without_texts(plan)).find("hush"), std::string::npos);
}

TEST(PlanJson, EnumsAreWords) {
  const std::string text = plan_json(plan_of_everything());
  for (const char* words : {R"("part_of":"recreation")", R"("condition":"service_completed_successfully")",
                            R"("status":"paused")", R"("change":"removed")", R"("protocol":"udp")", R"("kind":"tmpfs")",
                            R"("point":"pre_stop")", R"("kind":"always")"})
    EXPECT_NE(text.find(words), std::string::npos) << words << " in " << text;
}

TEST(PlanJson, PlansOfRandomProjectsGoThroughIt) {
  std::mt19937 random{4711};
  for (int i = 0; i < 200; ++i) {
    const Project project = test::random_project(random);
    Observed world;
    for (const auto& [name, service] : project.services) world.images[service.image].id = "sha256:1";
    const Plan plan = reconcile(project, world, {});
    EXPECT_TRUE(same(plan, parse_plan(plan_json(plan)))) << print(plan);
  }
}

TEST(PlanJson, WhatIsNoPlanIsRefused) {
  EXPECT_EQ(print(parse_plan("{}")), "");
  for (const char* text :
       {"", "[]", "7", "{\"nodes\":7}", R"({"nodes":[{"operation":{"kind":"dance"}}]})",
        R"({"nodes":[{"operation":{}}]})", R"({"nodes":[{"operation":{"kind":"start_container","part_of":3}}]})",
        R"({"nodes":[{"operation":{"kind":"start_container"},"after":[0]}]})",
        R"({"nodes":[{"operation":{"kind":"start_container"},"takes_over":[5]}]})", R"({"pulls":1})"})
    EXPECT_THROW(parse_plan(text), Error) << text;
  EXPECT_THROW(parse_cause(R"({"kind":"whim"})"), Error);
}

}  // namespace
}  // namespace stack::compose
