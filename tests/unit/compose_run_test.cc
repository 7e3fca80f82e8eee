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
  void give_back(const std::string& id, const std::string& name, OnOutcome done) override {
    log.push_back("give back " + name + " to " + id);
    pending.push_back([done] { done({}); });
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
        std::move(plan), engine, [this](const Progress& p) { progress.push_back(p.id + " " + p.text); },
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
  for (int i = 0; i < 10; ++i) plan.add(create("c" + std::to_string(i)), {}, "test");
  Scenario run;
  run.start(plan, 3);
  run.engine.run();
  EXPECT_EQ(run.engine.most_at_once, 3u);
  EXPECT_EQ(run.result->succeeded, 10u);
}

TEST(Executor, TellsWhenAnOperationBeginsAndEnds) {
  Plan plan;
  const auto made = plan.add(create("web"), {}, "test");
  plan.add(StartContainer{"web"}, {made}, "test");
  Scenario run;
  run.start(plan);
  run.engine.run();
  EXPECT_EQ(run.progress, (std::vector<std::string>{"Container web Creating", "Container web Created",
                                                    "Container web Starting", "Container web Started"}));
}

TEST(Progress, SaysWhyWhatExistsIsChanged) {
  Plan plan;
  const auto network = plan.add(RemoveNetwork{.id = "1", .name = "n", .replaced = model::NetworkSpec{}}, {}, "subnet");
  const auto made = plan.add(create("fresh"), {network}, "0 of 1 replicas exist");
  plan.add(StartContainer{"fresh"}, {made}, "0 of 1 replicas exist");
  const auto again = plan.add(create("web", "2"), {}, "image changed: web");
  const auto old = plan.add(StopContainer{"2", "web", {}, PartOf::recreation}, {again}, "image changed: web");
  plan.add(StartContainer{"web"}, {again, old}, "image changed: web");
  const auto ended = plan.add(StopContainer{"3", "web-2", {}}, {}, "scale is 1, 2 exist");
  plan.add(RemoveContainer{"3", "web-2"}, {ended}, "scale is 1, 2 exist");
  const auto told = [](const Plan& of) {
    std::vector<std::string> lines;
    FakeEngine engine;
    Executor executor{of, engine,
                      [&](const Progress& event) {
                        if (!event.cause.empty()) lines.push_back(event.id + " " + event.text + ": " + event.cause);
                      },
                      [](const RunResult&) {}};
    executor.start();
    engine.run();
    std::sort(lines.begin(), lines.end());
    return lines;
  };
  EXPECT_EQ(told(plan),
            (std::vector<std::string>{"Container web Recreate: image changed: web",
                                      "Container web-2 Stopping: scale is 1, 2 exist", "Network n Removing: subnet"}));
  Plan down;
  down.for_good = true;
  down.add(StopContainer{"3", "web-2", {}}, {}, "the project is taken down");
  EXPECT_EQ(told(down), std::vector<std::string>{});
}

TEST(Progress, ARecreationIsUnderWayUntilTheOldContainerHasStopped) {
  std::vector<std::string> lines;
  const auto tell = [&](const std::vector<Progress>& events) {
    for (const Progress& it : events)
      lines.push_back(it.id + " " + it.text + (it.details.empty() ? "" : ": " + it.details));
  };
  const CreateContainer made{.spec = {.name = "web"}, .replaces = "1", .replaced_name = "web", .stops_later = true};
  const StopContainer stop{"1", "1_web", {}, PartOf::recreation, true, "web"};
  for (const Operation& each : {Operation{made}, Operation{stop}}) {
    tell(begun(each));
    tell(succeeded(each));
  }
  EXPECT_EQ(lines, (std::vector<std::string>{"Container web Recreate", "Container web Recreate: stopping the old one",
                                             "Container web Recreated"}));
}

TEST(Executor, WhatIsRemovedAgainIsReported) {
  Plan plan;
  const auto network = plan.add(CreateNetwork{.spec = {.name = "n"}}, {}, "test");
  const auto web = plan.add(create("web"), {network}, "test");
  plan.add(StartContainer{"web"}, {web}, "test");
  FakeEngine engine;
  engine.failing = {"start container web"};
  std::vector<std::string> lines;
  Executor executor{plan, engine,
                    [&](const Progress& it) { lines.push_back(it.id + " " + it.text + " " + it.details); },
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
    const auto made = plan.add(create("web", "1"), {}, "test");
    const auto old = plan.add(StopContainer{"1", "web", {}, PartOf::recreation, was_running, "web"}, {made}, "test");
    const auto runs = plan.add(StartContainer{"web"}, {made, old}, "test");
    plan.add(RemoveContainer{"1", "web", false, PartOf::recreation}, {runs}, "test");
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
  const auto network = plan.add(CreateNetwork{.spec = {.name = "n"}}, {}, "test");
  const auto db = plan.add(create("db"), {network}, "test");
  const auto db_runs = plan.add(StartContainer{"db"}, {db}, "test");
  const auto healthy = plan.add(WaitFor{"db", {"db"}, DependencyCondition::healthy}, {db_runs}, "test");
  const auto web = plan.add(create("web"), {network}, "test");
  plan.add(StartContainer{"web"}, {web, healthy}, "test");
  const auto stopped = plan.add(StopContainer{"1", "front", {}}, {}, "test");
  const auto removed = plan.add(RemoveContainer{"1", "front"}, {stopped}, "test");
  plan.add(StopContainer{"2", "back", {}}, {stopped}, "test");
  plan.add(RemoveNetwork{"3", "m"}, {removed}, "test");
  std::vector<std::string> told;
  for (const Progress& event : pending(plan)) {
    EXPECT_EQ(event.status, ProgressStatus::pending);
    told.push_back(event.id + " " + event.text + ": " + event.waits_for);
  }
  EXPECT_EQ(told, (std::vector<std::string>{"Container back Stopped: for front to stop",
                                            "Container web Started: for db to be healthy",
                                            "Network m Removed: for front to be removed"}));
  EXPECT_EQ(begun(plan.nodes[healthy].operation).front().waits_for, "until it is healthy");
}

TEST(Executor, AFailedStartRemovesWhatWasMadeForItAndLeavesTheRest) {
  Plan plan;
  const auto network = plan.add(CreateNetwork{}, {}, "test");
  const auto db = plan.add(create("db"), {network}, "test");
  const auto db_runs = plan.add(StartContainer{"db"}, {db}, "test");
  const auto web = plan.add(create("web"), {network}, "test");
  plan.add(StartContainer{"web"}, {web, db_runs}, "test");
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
  const auto network = plan.add(CreateNetwork{.spec = {.name = "n"}}, {}, "test");
  const auto web = plan.add(create("web"), {network}, "test");
  plan.add(StartContainer{"web"}, {web}, "test");
  Scenario run;
  run.engine.failing = {"start container web"};
  run.start(plan);
  run.engine.run();
  const std::vector<std::string> end{run.engine.log.end() - 2, run.engine.log.end()};
  EXPECT_EQ(end, (std::vector<std::string>{"remove container web", "remove network n"}));
}

TEST(Executor, AFailedSuccessorGivesItsPlaceBack) {
  Plan plan;
  const auto made = plan.add(create("web", "old"), {}, "test");
  const auto stopped = plan.add(StopContainer{"old", "web", {}}, {made}, "test");
  const auto started = plan.add(StartContainer{"web"}, {made, stopped}, "test");
  plan.add(RemoveContainer{"old", "web", false}, {started}, "test");
  Scenario run;
  run.engine.failing = {"start container web"};
  run.start(plan);
  run.engine.run();
  const std::vector<std::string> end{run.engine.log.end() - 3, run.engine.log.end()};
  EXPECT_EQ(end, (std::vector<std::string>{"remove container web", "give back web to old", "start container old"}));
}

TEST(Executor, AnOptionalWaitThatFailsIsOnlyAWarning) {
  Plan plan;
  const auto wait = plan.add(WaitFor{"db", {"db-1"}, DependencyCondition::healthy, false}, {}, "test");
  plan.add(StartContainer{"web"}, {wait}, "test");
  Scenario run;
  run.engine.failing = {"wait for db (service_healthy)"};
  run.start(plan);
  run.engine.run();
  EXPECT_FALSE(run.result->failure);
  EXPECT_EQ(run.progress[1], "Container db-1 Skipped");
  EXPECT_EQ(run.engine.log.back(), "start container web");
}

TEST(Executor, WhatIsStillInUseStaysWhereThatMayBe) {
  Plan plan;
  const auto network = plan.add(RemoveNetwork{"n", "n", {}, true}, {}, "test");
  plan.add(RemoveVolume{"v", true}, {network}, "test");
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
  EXPECT_EQ(begun(StartContainer{"web", PartOf::whole_restart}).front().text, "Restarting");
  EXPECT_EQ(succeeded(StartContainer{"web", PartOf::whole_restart}).front().text, "Started");
}

TEST(Fulfilment, WhatHasNoCheckHasToRunSteadily) {
  using std::chrono::milliseconds;
  model::Container web;
  web.spec.name = "web-1";
  web.state.status = model::Status::running;
  web.state.started = Wall{std::chrono::seconds{10}};
  const auto find = [&](const std::string&) { return &web; };
  const WaitFor wait{"web", {"web-1"}, DependencyCondition::started, true, true};
  const auto after = [&](milliseconds run) { return judge(wait, find, *web.state.started + run); };
  EXPECT_EQ(after(milliseconds{200}).fulfilment, Fulfilment::not_yet);
  EXPECT_EQ(after(milliseconds{200}).again, kSettled - milliseconds{200});
  EXPECT_EQ(after(milliseconds{500}).fulfilment, Fulfilment::yes);
  web.state.status = model::Status::exited;
  web.state.exit_code = 3;
  EXPECT_EQ(after(milliseconds{600}).why, "container web-1 exited (3)");
}

TEST(Executor, CancellingEndsWaitsAndBeginsNothingMore) {
  Plan plan;
  const auto wait = plan.add(WaitFor{"db", {"db-1"}, DependencyCondition::healthy, true}, {}, "test");
  plan.add(StartContainer{"web"}, {wait}, "test");
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
  for (const Undo& undo : roll_back(plan, states)) {
    const auto* back = std::get_if<GiveBack>(&undo);
    all.push_back(back != nullptr ? "give back " + back->name + " to " + back->id
                                  : describe(std::get<Operation>(undo)));
  }
  return all;
}
constexpr auto kDone = NodeState::succeeded, kFailed = NodeState::failed, kWaiting = NodeState::waiting;

// The network n is made anew around web, which is kept.
Plan network_made_anew() {
  Plan plan;
  const auto stopped = plan.add(StopContainer{"1", "web", {}}, {}, "test");
  const auto removed = plan.add(RemoveNetwork{"9", "n", model::NetworkSpec{.name = "n"}}, {stopped}, "test");
  const auto made = plan.add(CreateNetwork{{.name = "n"}}, {removed}, "test");
  plan.add(StartContainer{"web"}, {stopped, made}, "test");
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
  const auto a_stops = plan.add(StopContainer{"1", "a", {}}, {}, "test");
  const auto b_stops = plan.add(StopContainer{"2", "b", {}}, {}, "test");
  const auto removed = plan.add(RemoveNetwork{"9", "n", model::NetworkSpec{.name = "n"}}, {a_stops, b_stops}, "test");
  const auto made = plan.add(CreateNetwork{{.name = "n"}}, {removed}, "test");
  const auto a = plan.add(create("a", "1"), {made}, "test");
  const auto a_runs = plan.add(StartContainer{"a"}, {a_stops, a}, "test");
  const auto b_runs = plan.add(StartContainer{"b"}, {b_stops, made}, "test");  // it is kept
  plan.nodes[a_runs].takes_over = plan.nodes[b_runs].takes_over = {a_stops};
  EXPECT_EQ(undone(plan, {kDone, kDone, kDone, kDone, kDone, kFailed, kDone}),
            (std::vector<std::string>{"stop container b", "remove container a", "give back a to 1", "remove network n",
                                      "create network n", "start container 2", "start container 1"}));
}

TEST(RollBack, WhatCouldNotBeRestartedIsNotTriedAgain) {
  Plan plan;
  const auto stopped = plan.add(StopContainer{"1", "web", {}, PartOf::restart}, {}, "test");
  plan.add(StartContainer{"web", PartOf::restart}, {stopped}, "test");
  EXPECT_EQ(undone(plan, {kDone, kFailed}), std::vector<std::string>{});
}

TEST(RollBack, WhatStoppedForGoodStaysStopped) {
  Plan plan;
  const auto stopped = plan.add(StopContainer{"1", "web", {}}, {}, "test");
  plan.add(RemoveContainer{"1", "web"}, {stopped}, "test");
  plan.for_good = true;
  EXPECT_EQ(undone(plan, {kDone, kFailed}), std::vector<std::string>{});
}

// web goes and app takes over from it; other has nothing to do with them.
Plan handed_over() {
  Plan plan;
  const auto stopped = plan.add(StopContainer{"1", "web", {}}, {}, "test");
  const auto aside = plan.add(PutAside{"1", "web"}, {}, "test");
  const auto app = plan.add(create("web"), {aside}, "test");
  const auto runs = plan.add(StartContainer{"web"}, {stopped, app}, "test");
  plan.nodes[runs].takes_over = {stopped};
  const auto other = plan.add(create("other"), {}, "test");
  const auto other_runs = plan.add(StartContainer{"other"}, {other}, "test");
  plan.add(RemoveContainer{"1", "web"}, {stopped, runs, other_runs}, "test");
  return plan;
}

TEST(RollBack, WhatStoppedInOrderToBeRemovedStartsAgainUnderItsName) {
  EXPECT_EQ(undone(handed_over(), {kDone, kDone, kDone, kFailed, kDone, kDone, kWaiting}),
            (std::vector<std::string>{"remove container web", "give back web to 1", "start container 1"}));
  EXPECT_EQ(undone(handed_over(), {kDone, kDone, kFailed, kWaiting, kWaiting, kWaiting, kWaiting}),
            (std::vector<std::string>{"give back web to 1", "start container 1"}));
  EXPECT_EQ(undone(handed_over(), {kDone, kFailed, kWaiting, kWaiting, kWaiting, kWaiting, kWaiting}),
            (std::vector<std::string>{"start container 1"}));
}

TEST(RollBack, WhatTookOverAndRunsIsLeftAlone) {
  EXPECT_EQ(undone(handed_over(), {kDone, kDone, kDone, kDone, kDone, kFailed, kWaiting}),
            (std::vector<std::string>{"remove container other"}));
}

TEST(RollBack, ARemovalThatNothingStandsInTheWayOfIsTriedOnceMore) {
  EXPECT_EQ(undone(handed_over(), {kDone, kDone, kDone, kDone, kDone, kDone, kFailed}),
            (std::vector<std::string>{"remove container web"}));
}

// a and b have swapped something: either may only run where the other does as well.
TEST(RollBack, OfTwoThatSwapTheOneThatRunsGivesWay) {
  Plan plan;
  const auto a = plan.add(create("a", "1"), {}, "test"), b = plan.add(create("b", "2"), {}, "test");
  const auto a_stops = plan.add(StopContainer{"1", "a", {}, PartOf::recreation}, {a}, "test");
  const auto b_stops = plan.add(StopContainer{"2", "b", {}, PartOf::recreation}, {b}, "test");
  for (const char* name : {"a", "b"}) {
    const auto runs = plan.add(StartContainer{name}, {a, b, a_stops, b_stops}, "test");
    plan.nodes[runs].takes_over = {a_stops, b_stops};
  }
  EXPECT_EQ(
      undone(plan, {kDone, kDone, kDone, kDone, kDone, kFailed}),
      (std::vector<std::string>{"stop container a", "remove container a", "remove container b", "give back b to 2",
                                "give back a to 1", "start container 2", "start container 1"}));
}

TEST(RollBack, AReplacementThatRunsIsFinishedWhateverElseFailed) {
  Plan plan;
  const auto made = plan.add(create("web", "1"), {}, "test");
  const auto stopped = plan.add(StopContainer{"1", "web", {}, PartOf::recreation}, {made}, "test");
  const auto started = plan.add(StartContainer{"web"}, {made, stopped}, "test");
  plan.add(RemoveContainer{"1", "web", false, PartOf::recreation}, {started}, "test");
  plan.add(CreateVolume{}, {}, "test");
  EXPECT_EQ(undone(plan, {kDone, kDone, kDone, kWaiting, kFailed}), (std::vector<std::string>{"remove container web"}));
}

TEST(RollBack, WhatDidNotRunIsNotStarted) {
  Plan plan;
  const auto made = plan.add(create("web", "1"), {}, "test");
  StopContainer stop{"1", "web", {}, PartOf::recreation};
  stop.was_running = false;
  const auto stopped = plan.add(stop, {made}, "test");
  plan.add(StartContainer{"web"}, {made, stopped}, "test");
  EXPECT_EQ(undone(plan, {kDone, kDone, kFailed}),
            (std::vector<std::string>{"remove container web", "give back web to 1"}));
}

}  // namespace
}  // namespace stack::compose
