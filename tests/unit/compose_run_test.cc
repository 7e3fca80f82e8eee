// run: the executor against a small world that records, in which any operation can be made to fail or to take its time.
#include <algorithm>
#include <deque>
#include <set>

#include <gtest/gtest.h>

#include "compose/run/executor.h"
#include "compose/run/fulfilment.h"

namespace stack::compose {
namespace {

class FakeEngine final : public EnginePort {
 public:
  void perform(const Operation& operation, OnOutcome done) override {
    log.push_back(describe(operation));
    most_at_once = std::max(most_at_once, ++under_way);
    if (std::holds_alternative<WaitFor>(operation) && hold_waits) {
      waits.push_back(std::move(done));
      return;
    }
    const bool fails = failing.contains(describe(operation));
    pending.push_back([this, done, fails, text = describe(operation)] {
      --under_way;
      Outcome outcome;
      if (fails) outcome.failure = Error(failure_kind, text + " failed");
      done(std::move(outcome));
    });
  }
  void cancel_waits() override {
    for (const OnOutcome& done : std::exchange(waits, {})) {
      pending.push_back([this, done] {
        --under_way;
        Outcome outcome;
        outcome.failure = Error("given up");
        done(std::move(outcome));
      });
    }
  }
  void run() {
    while (!pending.empty()) {
      const auto next = std::move(pending.front());
      pending.pop_front();
      next();
    }
  }

  std::vector<std::string> log;
  std::set<std::string> failing;
  ErrorKind failure_kind = ErrorKind::internal;
  bool hold_waits = false;
  std::deque<std::function<void()>> pending;
  std::vector<OnOutcome> waits;
  std::size_t under_way = 0, most_at_once = 0;
};

std::string text_of(const ProgressEvent& event) {
  return model::title(model::subject_of(event)) + " " + std::string{model::headline(event)};
}

CreateContainer create(const std::string& name, const std::string& replaces = {}) {
  CreateContainer operation;
  operation.spec.name = name;
  operation.replaces = replaces;
  if (!replaces.empty()) operation.replaced_name = name;
  return operation;
}

struct Scenario {
  FakeEngine engine;
  std::vector<std::string> progress;
  std::optional<RunResult> result;
  std::unique_ptr<Executor> executor;

  void start(Plan plan, std::size_t parallel = Executor::kParallelMax) {
    executor = std::make_unique<Executor>(
        std::move(plan), engine,
        Listener{.progress = [this](const ProgressEvent& e) { progress.push_back(text_of(e)); }},
        [this](RunResult r) { result = std::move(r); }, parallel);
    executor->start();
  }
};

TEST(Executor, AnEmptyPlanIsDoneAtOnce) {
  Scenario run;
  run.start({});
  ASSERT_TRUE(run.result);
  EXPECT_FALSE(run.result->failure);
  EXPECT_EQ(run.result->succeeded, 0u);
}

TEST(Executor, IndependentNodesRunTogetherUpToTheBound) {
  Plan plan;
  for (int i = 0; i < 10; ++i) plan.add(create("c" + std::to_string(i)), {}, Requested{});
  Scenario run;
  run.start(plan, 3);
  run.engine.run();
  EXPECT_EQ(run.engine.most_at_once, 3u);
  EXPECT_EQ(run.result->succeeded, 10u);
}

TEST(Executor, TellsWhenAnOperationBeginsAndEnds) {
  Plan plan;
  const auto made = plan.add(create("web"), {}, Requested{});
  plan.add(StartContainer{"web"}, {made}, Requested{});
  Scenario run;
  run.start(plan);
  run.engine.run();
  EXPECT_EQ(run.progress, (std::vector<std::string>{"Container web Creating", "Container web Created",
                                                    "Container web Starting", "Container web Started"}));
}

TEST(Progress, SaysWhyWhatExistsIsChanged) {
  Plan plan;
  const auto network =
      plan.add(RemoveNetwork{.id = "1", .name = "n", .replaced = model::NetworkSpec{}}, {}, DefinitionChanged{});
  const auto made = plan.add(create("fresh"), {network}, TooFewReplicas{0, 1});
  plan.add(StartContainer{"fresh"}, {made}, TooFewReplicas{0, 1});
  const auto again = plan.add(create("web", "2"), {}, ImageChanged{"web", "1", "2"});
  const auto old = plan.add(StopContainer{"2", "web", {}, PartOf::recreation}, {again}, ImageChanged{"web", "1", "2"});
  plan.add(StartContainer{"web"}, {again, old}, ImageChanged{"web", "1", "2"});
  const auto ended = plan.add(StopContainer{"3", "web-2", {}}, {}, TooManyReplicas{2, 1});
  plan.add(RemoveContainer{"3", "web-2"}, {ended}, TooManyReplicas{2, 1});
  const auto told = [](const Plan& of) {
    std::vector<std::string> lines;
    FakeEngine engine;
    Executor executor{of,
                      engine,
                      {.progress =
                           [&](const ProgressEvent& event) {
                             const auto* begins = std::get_if<model::Started>(&event);
                             if (begins != nullptr && !begins->cause.empty())
                               lines.push_back(text_of(event) + ": " + begins->cause);
                           }},
                      [](const RunResult&) {}};
    executor.start();
    engine.run();
    std::sort(lines.begin(), lines.end());
    return lines;
  };
  EXPECT_EQ(told(plan), (std::vector<std::string>{"Container web Recreate: image changed: web",
                                                  "Container web-2 Stopping: scale is 1, 2 exist",
                                                  "Network n Removing: its definition changed"}));
  Plan down;
  down.for_good = true;
  down.add(StopContainer{"3", "web-2", {}}, {}, TakenDown{});
  EXPECT_EQ(told(down), std::vector<std::string>{});
}

TEST(Progress, ARecreationIsUnderWayUntilTheOldContainerHasStopped) {
  std::vector<std::string> lines;
  const auto tell = [&](const std::vector<ProgressEvent>& events) {
    for (const ProgressEvent& it : events)
      lines.push_back(text_of(it) + ": " + std::string{model::remark(model::action_of(it))});
  };
  const CreateContainer made{.spec = {.name = "web"}, .replaces = "1", .replaced_name = "web", .stops_later = true};
  const StopContainer stop{"1", "1_web", {}, PartOf::recreation, true, "web"};
  for (const Operation& each : {Operation{made}, Operation{stop}}) {
    tell(begun(each));
    tell(succeeded(each));
  }
  EXPECT_EQ(lines, (std::vector<std::string>{"Container web Recreate: ", "Container web Recreate: stopping the old one",
                                             "Container web Recreated: stopping the old one"}));
}

TEST(Executor, WhatIsRemovedAgainIsReported) {
  Plan plan;
  const auto network = plan.add(CreateNetwork{.spec = {.name = "n"}}, {}, Requested{});
  const auto web = plan.add(create("web"), {network}, Requested{});
  plan.add(StartContainer{"web"}, {web}, Requested{});
  FakeEngine engine;
  engine.failing = {"start container web"};
  std::vector<std::string> lines;
  Executor executor{plan,
                    engine,
                    {.progress =
                         [&](const ProgressEvent& it) {
                           const auto* warned = std::get_if<model::Warned>(&it);
                           lines.push_back(text_of(it) + " " + (warned != nullptr ? warned->details : ""));
                         }},
                    [](const RunResult&) {}};
  executor.start();
  engine.run();
  ASSERT_GE(lines.size(), 2u);
  EXPECT_EQ(lines.at(lines.size() - 2), "Container web Removed (rolled back)");
  EXPECT_EQ(lines.back(), "Network n Removed (rolled back)");
}

TEST(Executor, WhatAFailedRecreationLeavesIsReported) {
  for (const bool was_running : {true, false}) {
    Plan plan;
    const auto made = plan.add(create("web", "1"), {}, Requested{});
    const auto old =
        plan.add(StopContainer{"1", "web", {}, PartOf::recreation, was_running, "web"}, {made}, Requested{});
    const auto runs = plan.add(StartContainer{"web"}, {made, old}, Requested{});
    plan.add(RemoveContainer{"1", "web", false, PartOf::recreation}, {runs}, Requested{});
    Scenario run;
    run.engine.failing = {"start container web"};
    run.start(plan);
    run.engine.run();
    ASSERT_FALSE(run.progress.empty());
    EXPECT_EQ(run.progress.back(), was_running ? "Container web Restored" : "Container web Kept");
    EXPECT_EQ(std::count(run.progress.begin(), run.progress.end(), "Container web Kept"), was_running ? 0 : 1);
  }
}

TEST(Progress, SaysBeforehandWhatEachResourceWaitsFor) {
  Plan plan;
  const auto network = plan.add(CreateNetwork{.spec = {.name = "n"}}, {}, Requested{});
  const auto db = plan.add(create("db"), {network}, Requested{});
  const auto db_runs = plan.add(StartContainer{"db"}, {db}, Requested{});
  const auto healthy = plan.add(WaitFor{"db", {"db"}, DependencyCondition::healthy}, {db_runs}, Requested{});
  const auto web = plan.add(create("web"), {network}, Requested{});
  plan.add(StartContainer{"web"}, {web, healthy}, Requested{});
  const auto stopped = plan.add(StopContainer{"1", "front", {}}, {}, Requested{});
  const auto removed = plan.add(RemoveContainer{"1", "front"}, {stopped}, Requested{});
  plan.add(StopContainer{"2", "back", {}}, {stopped}, Requested{});
  plan.add(RemoveNetwork{"3", "m"}, {removed}, Requested{});
  std::vector<std::string> told;
  for (const ProgressEvent& event : pending(plan))
    told.push_back(text_of(event) + ": " + model::waits_text(std::get<model::Pending>(event).waits_for));
  EXPECT_EQ(told, (std::vector<std::string>{"Container back Stopped: for front to stop",
                                            "Container web Started: for db to be healthy",
                                            "Network m Removed: for front to be removed"}));
  const ProgressEvent waiting = begun(plan.nodes[healthy].operation).front();
  EXPECT_EQ(model::action_of(waiting), model::Action::wait_healthy);
  EXPECT_EQ(model::remark(model::action_of(waiting)), "until it is healthy");
}

TEST(Executor, AFailedStartRemovesWhatWasMadeForItAndLeavesTheRest) {
  Plan plan;
  const auto network = plan.add(CreateNetwork{}, {}, Requested{});
  const auto db = plan.add(create("db"), {network}, Requested{});
  const auto db_runs = plan.add(StartContainer{"db"}, {db}, Requested{});
  const auto web = plan.add(create("web"), {network}, Requested{});
  plan.add(StartContainer{"web"}, {web, db_runs}, Requested{});
  Scenario run;
  run.engine.failing = {"start container web"};
  run.start(plan);
  run.engine.run();
  ASSERT_TRUE(run.result && run.result->failure);
  EXPECT_EQ(run.result->failure->message(), "start container web failed");
  EXPECT_EQ(run.engine.log.back(), "remove container web");
  EXPECT_EQ(std::count(run.engine.log.begin(), run.engine.log.end(), "remove container db"), 0);
}

TEST(Executor, NothingStartedMeansTheNetworkGoesAsWell) {
  Plan plan;
  const auto network = plan.add(CreateNetwork{.spec = {.name = "n"}}, {}, Requested{});
  const auto web = plan.add(create("web"), {network}, Requested{});
  plan.add(StartContainer{"web"}, {web}, Requested{});
  Scenario run;
  run.engine.failing = {"start container web"};
  run.start(plan);
  run.engine.run();
  const std::vector<std::string> end{run.engine.log.end() - 2, run.engine.log.end()};
  EXPECT_EQ(end, (std::vector<std::string>{"remove container web", "remove network n"}));
}

TEST(Executor, AFailedSuccessorGivesItsPlaceBack) {
  Plan plan;
  const auto made = plan.add(create("web", "old"), {}, Requested{});
  const auto stopped = plan.add(StopContainer{"old", "web", {}}, {made}, Requested{});
  const auto started = plan.add(StartContainer{"web"}, {made, stopped}, Requested{});
  plan.add(RemoveContainer{"old", "web", false}, {started}, Requested{});
  Scenario run;
  run.engine.failing = {"start container web"};
  run.start(plan);
  run.engine.run();
  const std::vector<std::string> end{run.engine.log.end() - 3, run.engine.log.end()};
  EXPECT_EQ(end,
            (std::vector<std::string>{"remove container web", "rename container old to web", "start container old"}));
}

TEST(Executor, AnOptionalWaitThatFailsIsOnlyAWarning) {
  Plan plan;
  const auto wait = plan.add(WaitFor{"db", {"db-1"}, DependencyCondition::healthy, false}, {}, Requested{});
  plan.add(StartContainer{"web"}, {wait}, Requested{});
  Scenario run;
  run.engine.failing = {"wait for db (service_healthy)"};
  run.start(plan);
  run.engine.run();
  EXPECT_FALSE(run.result->failure);
  EXPECT_EQ(run.progress[1], "Container db-1 Skipped");
  const WaitFor failed{"db", {"db-1"}, DependencyCondition::healthy, false};
  const auto told = skipped(failed, "dependency failed to start: container db-1 is unhealthy").front();
  EXPECT_EQ(std::get<model::Warned>(told).details,
            "optional dependency \"db\" failed to start: container db-1 is unhealthy");
  EXPECT_EQ(run.engine.log.back(), "start container web");
}

TEST(Executor, WhatIsStillInUseStaysWhereThatMayBe) {
  Plan plan;
  const auto network = plan.add(RemoveNetwork{"n", "n", {}, true}, {}, Requested{});
  plan.add(RemoveVolume{"v", true}, {network}, Requested{});
  Scenario run;
  run.engine.failing = {"remove network n", "remove volume v"};
  run.engine.failure_kind = ErrorKind::conflict;
  run.start(plan);
  run.engine.run();
  EXPECT_FALSE(run.result->failure);
  EXPECT_EQ(run.progress, (std::vector<std::string>{"Network n Removing", "Network n Resource is still in use",
                                                    "Volume v Removing", "Volume v Resource is still in use"}));

  Scenario other;
  other.engine.failing = {"remove network n"};
  other.start(plan);
  other.engine.run();
  EXPECT_TRUE(other.result->failure) << "another failure than being in use";
}

TEST(Executor, ARestartOfWhatDidNotRunIsToldAsOne) {
  EXPECT_EQ(model::headline(begun(StartContainer{"web", PartOf::whole_restart}).front()), "Restarting");
  EXPECT_EQ(model::headline(succeeded(StartContainer{"web", PartOf::whole_restart}).front()), "Started");
}

// A container that has begun, and what is thought of it some time later.
struct Begun {
  model::Container container;
  WaitFor wait;

  Begun(const std::string& name, WaitFor what) : wait(std::move(what)) {
    container.spec.name = name;
    container.state.status = model::Status::running;
    container.state.started = Wall{std::chrono::seconds{10}};
  }
  void exits(int code) {
    container.state.status = model::Status::exited;
    container.state.exit_code = code;
  }
  [[nodiscard]] Judgement after(int milliseconds) const {
    const auto find = [&](const std::string&) { return &container; };
    return judge(wait, find, *container.state.started + std::chrono::milliseconds{milliseconds});
  }
};

TEST(Fulfilment, WhatHasNoCheckHasToRunSteadily) {
  Begun web{"web-1", WaitFor{"web", {"web-1"}, DependencyCondition::started, true, true}};
  EXPECT_EQ(web.after(200).fulfilment, Fulfilment::not_yet);
  EXPECT_EQ(web.after(200).again, kSettled - std::chrono::milliseconds{200});
  EXPECT_EQ(web.after(500).fulfilment, Fulfilment::yes);
  web.exits(3);
  EXPECT_EQ(web.after(600).why, "container web-1 exited (3)");
}

TEST(Fulfilment, WhatEndsAtOnceIsToldByItsExitAndNotByTheCheckThatItLacks) {
  Begun db{"db-1", WaitFor{"db", {"db-1"}, DependencyCondition::healthy, true}};
  EXPECT_EQ(db.after(200).again, kSettled - std::chrono::milliseconds{200});
  EXPECT_EQ(db.after(500).why, "dependency failed to start: container db-1 has no healthcheck configured");
  db.exits(1);
  EXPECT_EQ(db.after(200).why, "dependency failed to start: container db-1 exited (1)");
}

TEST(Executor, CancellingEndsWaitsAndBeginsNothingMore) {
  Plan plan;
  const auto wait = plan.add(WaitFor{"db", {"db-1"}, DependencyCondition::healthy, true}, {}, Requested{});
  plan.add(StartContainer{"web"}, {wait}, Requested{});
  Scenario run;
  run.engine.hold_waits = true;
  run.start(plan);
  run.engine.run();
  EXPECT_FALSE(run.result);
  run.executor->cancel();
  run.engine.run();
  ASSERT_TRUE(run.result);
  EXPECT_TRUE(run.result->cancelled);
  EXPECT_EQ(run.engine.log.size(), 1u);
}

std::vector<std::string> undone(const Plan& plan, const std::vector<NodeState>& states) {
  std::vector<std::string> all;
  for (const Operation& undo : roll_back(plan, states)) all.push_back(describe(undo));
  return all;
}
constexpr auto kDone = NodeState::succeeded, kFailed = NodeState::failed, kWaiting = NodeState::waiting;

// The network n is made anew around web, which is kept.
Plan network_made_anew() {
  Plan plan;
  const auto stopped = plan.add(StopContainer{"1", "web", {}}, {}, Requested{});
  const auto removed = plan.add(RemoveNetwork{"9", "n", model::NetworkSpec{.name = "n"}}, {stopped}, Requested{});
  const auto made = plan.add(CreateNetwork{{.name = "n"}}, {removed}, Requested{});
  plan.add(StartContainer{"web"}, {stopped, made}, Requested{});
  return plan;
}

TEST(RollBack, ANetworkThatCouldNotBeMadeAnewIsAsItWas) {
  EXPECT_EQ(undone(network_made_anew(), {kDone, kDone, kFailed, kWaiting}),
            (std::vector<std::string>{"create network n", "start container 1"}));
  EXPECT_EQ(undone(network_made_anew(), {kDone, kFailed, kWaiting, kWaiting}),
            (std::vector<std::string>{"start container 1"}));
}

TEST(RollBack, WhatFailsOnTheNewNetworkRunsOnTheOldOneAgain) {
  EXPECT_EQ(undone(network_made_anew(), {kDone, kDone, kDone, kFailed}),
            (std::vector<std::string>{"remove network n", "create network n", "start container 1"}));
}

// a has a fixed address of the old subnet: it can only have it again when b, which runs, leaves the new network.
TEST(RollBack, WhoNeedsTheOldNetworkGetsItBackFromThoseThatRunOnTheNewOne) {
  Plan plan;
  const auto a_stops = plan.add(StopContainer{"1", "a", {}}, {}, Requested{});
  const auto b_stops = plan.add(StopContainer{"2", "b", {}}, {}, Requested{});
  const auto removed =
      plan.add(RemoveNetwork{"9", "n", model::NetworkSpec{.name = "n"}}, {a_stops, b_stops}, Requested{});
  const auto made = plan.add(CreateNetwork{{.name = "n"}}, {removed}, Requested{});
  const auto a = plan.add(create("a", "1"), {made}, Requested{});
  const auto a_runs = plan.add(StartContainer{"a"}, {a_stops, a}, Requested{});
  const auto b_runs = plan.add(StartContainer{"b"}, {b_stops, made}, Requested{});  // it is kept
  plan.nodes[a_runs].takes_over = plan.nodes[b_runs].takes_over = {a_stops};
  EXPECT_EQ(
      undone(plan, {kDone, kDone, kDone, kDone, kDone, kFailed, kDone}),
      (std::vector<std::string>{"stop container b", "remove container a", "rename container 1 to a", "remove network n",
                                "create network n", "start container 2", "start container 1"}));
}

TEST(RollBack, WhatCouldNotBeRestartedIsNotTriedAgain) {
  Plan plan;
  const auto stopped = plan.add(StopContainer{"1", "web", {}, PartOf::restart}, {}, Requested{});
  plan.add(StartContainer{"web", PartOf::restart}, {stopped}, Requested{});
  EXPECT_EQ(undone(plan, {kDone, kFailed}), std::vector<std::string>{});
}

TEST(RollBack, WhatStoppedForGoodStaysStopped) {
  Plan plan;
  const auto stopped = plan.add(StopContainer{"1", "web", {}}, {}, Requested{});
  plan.add(RemoveContainer{"1", "web"}, {stopped}, Requested{});
  plan.for_good = true;
  EXPECT_EQ(undone(plan, {kDone, kFailed}), std::vector<std::string>{});
}

// web goes and app takes over from it; other has nothing to do with them.
Plan handed_over() {
  Plan plan;
  const auto stopped = plan.add(StopContainer{"1", "web", {}}, {}, Requested{});
  const auto aside = plan.add(PutAside{"1", "web"}, {}, Requested{});
  const auto app = plan.add(create("web"), {aside}, Requested{});
  const auto runs = plan.add(StartContainer{"web"}, {stopped, app}, Requested{});
  plan.nodes[runs].takes_over = {stopped};
  const auto other = plan.add(create("other"), {}, Requested{});
  const auto other_runs = plan.add(StartContainer{"other"}, {other}, Requested{});
  plan.add(RemoveContainer{"1", "web"}, {stopped, runs, other_runs}, Requested{});
  return plan;
}

TEST(RollBack, WhatStoppedInOrderToBeRemovedStartsAgainUnderItsName) {
  EXPECT_EQ(undone(handed_over(), {kDone, kDone, kDone, kFailed, kDone, kDone, kWaiting}),
            (std::vector<std::string>{"remove container web", "rename container 1 to web", "start container 1"}));
  EXPECT_EQ(undone(handed_over(), {kDone, kDone, kFailed, kWaiting, kWaiting, kWaiting, kWaiting}),
            (std::vector<std::string>{"rename container 1 to web", "start container 1"}));
  EXPECT_EQ(undone(handed_over(), {kDone, kFailed, kWaiting, kWaiting, kWaiting, kWaiting, kWaiting}),
            (std::vector<std::string>{"start container 1"}));
}

// The container that stopped for it stays behind, stopped, with what was written in it.
TEST(RollBack, WhatTookOverAndRunsIsLeftAlone) {
  EXPECT_EQ(undone(handed_over(), {kDone, kDone, kDone, kDone, kDone, kFailed, kWaiting}),
            (std::vector<std::string>{"remove container other"}));
}

TEST(RollBack, ARemovalThatNothingStandsInTheWayOfIsTriedOnceMore) {
  EXPECT_EQ(undone(handed_over(), {kDone, kDone, kDone, kDone, kDone, kDone, kFailed}),
            (std::vector<std::string>{"remove container web"}));
}

// One that nothing stands in the way of is done although the run failed: it is told as any other.
TEST(RollBack, ARemovalThatIsDoneAllTheSameIsTold) {
  const Plan plan = handed_over();
  const auto told = undone(plan, RemoveContainer{"1", "web"}, std::deque<Operation>{});
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(text_of(*told), "Container web Removed");
}

// a and b have swapped something: either may only run where the other does as well.
TEST(RollBack, OfTwoThatSwapTheOneThatRunsGivesWay) {
  Plan plan;
  const auto a = plan.add(create("a", "1"), {}, Requested{}), b = plan.add(create("b", "2"), {}, Requested{});
  const auto a_stops = plan.add(StopContainer{"1", "a", {}, PartOf::recreation}, {a}, Requested{});
  const auto b_stops = plan.add(StopContainer{"2", "b", {}, PartOf::recreation}, {b}, Requested{});
  for (const char* name : {"a", "b"}) {
    const auto runs = plan.add(StartContainer{name}, {a, b, a_stops, b_stops}, Requested{});
    plan.nodes[runs].takes_over = {a_stops, b_stops};
  }
  EXPECT_EQ(undone(plan, {kDone, kDone, kDone, kDone, kDone, kFailed}),
            (std::vector<std::string>{"stop container a", "remove container a", "remove container b",
                                      "rename container 2 to b", "rename container 1 to a", "start container 2",
                                      "start container 1"}));
}

TEST(RollBack, AReplacementThatRunsIsFinishedWhateverElseFailed) {
  Plan plan;
  const auto made = plan.add(create("web", "1"), {}, Requested{});
  const auto stopped = plan.add(StopContainer{"1", "web", {}, PartOf::recreation}, {made}, Requested{});
  const auto started = plan.add(StartContainer{"web"}, {made, stopped}, Requested{});
  plan.add(RemoveContainer{"1", "web", false, PartOf::recreation}, {started}, Requested{});
  plan.add(CreateVolume{}, {}, Requested{});
  EXPECT_EQ(undone(plan, {kDone, kDone, kDone, kWaiting, kFailed}), (std::vector<std::string>{"remove container web"}));
}

TEST(RollBack, WhatDidNotRunIsNotStarted) {
  Plan plan;
  const auto made = plan.add(create("web", "1"), {}, Requested{});
  StopContainer stop{"1", "web", {}, PartOf::recreation};
  stop.was_running = false;
  const auto stopped = plan.add(stop, {made}, Requested{});
  plan.add(StartContainer{"web"}, {made, stopped}, Requested{});
  EXPECT_EQ(undone(plan, {kDone, kDone, kFailed}),
            (std::vector<std::string>{"remove container web", "rename container 1 to web"}));
}

}  // namespace
}  // namespace stack::compose
