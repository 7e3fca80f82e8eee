#include <gtest/gtest.h>

#include "base/error.h"
#include "health/machine.h"
#include "health/probe/probe.h"
#include "health/restart.h"

namespace stack::health {
namespace {

using namespace std::chrono_literals;
using model::Health;

constexpr Mono kZero{};

Settings settings() {
  Settings out;
  out.interval = 10s;
  out.retries = 2;
  return out;
}

// Fails early probes until the first regular one is due.
State past_early(const Settings& s, State state) {
  while (state.early_delay.count() > 0) {
    const Step step = advance(s, state, Result::fail, state.next_probe);
    EXPECT_EQ(step.verdict, Verdict::none);
    EXPECT_EQ(step.state.failing_streak, 0);
    state = step.state;
  }
  return state;
}

TEST(HealthMachine, TheFirstAnswerComesEarly) {
  const State state = start(settings(), kZero);
  EXPECT_EQ(state.next_probe, kZero + kFirstDelay);
  const Step step = advance(settings(), state, Result::pass, state.next_probe);
  EXPECT_EQ(step.verdict, Verdict::became_healthy);
  EXPECT_EQ(step.state.next_probe, kZero + kFirstDelay + 10s);
}

TEST(HealthMachine, EarlyFailuresBackOffAndCountForNothing) {
  const State state = past_early(settings(), start(settings(), kZero));
  EXPECT_EQ(state.next_probe, kZero + 10s) << "the first regular probe is where Docker has it";
  EXPECT_EQ(state.health, Health::starting);
}

TEST(HealthMachine, RetriesInARowMakeItUnhealthyAndOnePassHealthyAgain) {
  State state = past_early(settings(), start(settings(), kZero));
  Step step = advance(settings(), state, Result::fail, state.next_probe);
  EXPECT_EQ(step.state.health, Health::starting);
  EXPECT_EQ(step.state.failing_streak, 1);
  step = advance(settings(), step.state, Result::fail, step.state.next_probe);
  EXPECT_EQ(step.verdict, Verdict::became_unhealthy);
  step = advance(settings(), step.state, Result::fail, step.state.next_probe);
  EXPECT_EQ(step.verdict, Verdict::none);
  EXPECT_EQ(step.state.failing_streak, 3);
  step = advance(settings(), step.state, Result::pass, step.state.next_probe);
  EXPECT_EQ(step.verdict, Verdict::became_healthy);
  EXPECT_EQ(step.state.failing_streak, 0);
}

TEST(HealthMachine, FailuresInTheStartPeriodDoNotCountUntilTheFirstSuccess) {
  Settings s = settings();
  s.start_period = 60s;
  s.start_interval = 1s;
  State state = past_early(s, start(s, kZero));
  EXPECT_EQ(state.next_probe, kZero + 1s);
  Step step = advance(s, state, Result::fail, kZero + 2s);
  EXPECT_EQ(step.state.failing_streak, 0);
  EXPECT_EQ(step.state.next_probe, kZero + 3s);
  step = advance(s, step.state, Result::pass, kZero + 3s);
  EXPECT_EQ(step.verdict, Verdict::became_healthy);
  step = advance(s, step.state, Result::fail, kZero + 13s);
  EXPECT_EQ(step.state.failing_streak, 1) << "the first success ends the start period";
  EXPECT_EQ(step.state.next_probe, kZero + 23s);
}

TEST(HealthMachine, TheStartPeriodEnds) {
  Settings s = settings();
  s.start_period = 5s;
  s.retries = 1;
  const State state = past_early(s, start(s, kZero));
  EXPECT_EQ(advance(s, state, Result::fail, kZero + 5s).verdict, Verdict::became_unhealthy);
}

TEST(HealthMachine, UnsetValuesAreDockers) {
  model::Healthcheck check;
  check.interval = Nanos{0};
  check.retries = 0;
  const Settings s = settings_of(check);
  EXPECT_EQ(s.interval, 30s);
  EXPECT_EQ(s.timeout, 30s);
  EXPECT_EQ(s.retries, 3);
  EXPECT_EQ(s.start_interval, 5s);
  EXPECT_EQ(s.start_period, 0s);
}

TEST(Probe, Commands) {
  EXPECT_EQ(command_of({"CMD", "curl", "-f", "x"}, {}), (std::vector<std::string>{"curl", "-f", "x"}));
  EXPECT_EQ(command_of({"CMD-SHELL", "a && b"}, {}), (std::vector<std::string>{"/bin/sh", "-c", "a && b"}));
  EXPECT_EQ(command_of({"CMD-SHELL", "a"}, {"/bin/bash", "-ec"}), (std::vector<std::string>{"/bin/bash", "-ec", "a"}));
  EXPECT_EQ(command_of({"NONE"}, {}), std::nullopt);
  EXPECT_EQ(command_of({}, {}), std::nullopt);
  // Further words are the shell's arguments, as with Docker.
  EXPECT_EQ(command_of({"CMD-SHELL", "a", "b"}, {}), (std::vector<std::string>{"/bin/sh", "-c", "a", "b"}));
  EXPECT_EQ(problem_of({"CMD-SHELL", "a", "b"}), std::nullopt);
  for (const std::vector<std::string>& bad :
       {std::vector<std::string>{"CMD"}, {"CMD-SHELL"}, {"curl", "x"}, {""}, {"cmd", "true"}}) {
    EXPECT_EQ(command_of(bad, {}), std::nullopt);
    EXPECT_TRUE(problem_of(bad));
  }
}

TEST(Probe, OutputIsBoundedAtACharacter) {
  EXPECT_EQ(bounded_output("short"), "short");
  std::string text(kMaxOutputBytes - 1, 'x');
  text += "\xc3\xa4 and more";
  EXPECT_EQ(bounded_output(text), std::string(kMaxOutputBytes - 1, 'x'));
  EXPECT_LE(bounded_output(std::string(10000, '\x80')).size(), kMaxOutputBytes);
}

TEST(Probe, OnlyAnExitOfZeroPasses) {
  EXPECT_EQ(result_of({ProbeOutcome::Kind::exited, 0, ""}), Result::pass);
  EXPECT_EQ(result_of({ProbeOutcome::Kind::exited, 1, ""}), Result::fail);
  EXPECT_EQ(result_of({ProbeOutcome::Kind::timed_out, 0, ""}), Result::fail);
  EXPECT_EQ(result_of({ProbeOutcome::Kind::not_started, 0, ""}), Result::fail);
}

model::RestartPolicy policy(model::RestartKind kind, int attempts = 0) {
  model::RestartPolicy out;
  out.kind = kind;
  out.max_attempts = attempts;
  return out;
}

TEST(Restart, ThePauseDoublesUpToAMinuteAndAStableRunBeginsAnew) {
  RestartState state;
  Nanos expected = 100ms;
  for (int i = 0; i < 15; ++i) {
    const auto decision = decide(policy(model::RestartKind::always), state, {1, 1s, false});
    ASSERT_TRUE(decision.restart);
    EXPECT_EQ(decision.pause, expected);
    expected = std::min<Nanos>(expected * 2, 1min);
    state = decision.state;
  }
  EXPECT_EQ(decide(policy(model::RestartKind::always), state, {1, 10s, false}).pause, Nanos(100ms));
}

TEST(Restart, OnFailure) {
  EXPECT_FALSE(decide(policy(model::RestartKind::on_failure), {}, {0, 1s, false}).restart);
  RestartState state;
  int restarts = 0;
  for (; restarts < 10; ++restarts) {
    const auto decision = decide(policy(model::RestartKind::on_failure, 3), state, {1, 1s, false});
    if (!decision.restart) break;
    state = decision.state;
  }
  EXPECT_EQ(restarts, 3);
  // Slow starters give up as well.
  state = {};
  for (restarts = 0; restarts < 10; ++restarts) {
    const auto decision = decide(policy(model::RestartKind::on_failure, 3), state, {1, 20s, false});
    if (!decision.restart) break;
    EXPECT_EQ(decision.pause, Nanos(100ms));
    state = decision.state;
  }
  EXPECT_EQ(restarts, 3);
}

TEST(Restart, AManualStopStaysAndIsRememberedByUnlessStopped) {
  for (const auto kind :
       {model::RestartKind::always, model::RestartKind::unless_stopped, model::RestartKind::on_failure}) {
    EXPECT_FALSE(decide(policy(kind), {}, {137, 1s, true}).restart);
  }
  EXPECT_FALSE(decide(policy(model::RestartKind::no), {}, {1, 1s, false}).restart);
  EXPECT_TRUE(start_with_engine(policy(model::RestartKind::always), true, false, 0));
  EXPECT_FALSE(start_with_engine(policy(model::RestartKind::unless_stopped), true, false, 0));
  EXPECT_TRUE(start_with_engine(policy(model::RestartKind::unless_stopped), false, true, 0));
  EXPECT_FALSE(start_with_engine(policy(model::RestartKind::on_failure), false, false, 0));
  EXPECT_FALSE(start_with_engine(policy(model::RestartKind::no), false, true, 0));
}

TEST(Restart, DelayIsALowerBoundAndWindowSaysWhatIsStable) {
  auto p = policy(model::RestartKind::always);
  p.delay = 5s;
  p.window = 2s;
  EXPECT_EQ(decide(p, {}, {1, 1s, false}).pause, Nanos(5s));
  RestartState tired{9, 9, 50s};
  EXPECT_EQ(decide(p, tired, {1, 3s, false}).state.in_a_row, 1);
}

}  // namespace
}  // namespace stack::health
