// The health checks of a container: when they run, and what becomes of their answers.
#include "engine/core/probe_loop.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "base/async/event.h"

namespace stack::core {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using health::ProbeOutcome;

// One container whose probes end when the test says so.
class Owner final : public ProbeLoop::Owner {
 public:
  explicit Owner(asio::io_context& loop) : changed_(loop) {}
  asio::awaitable<ProbeOutcome> run_probe(ProbeLoop::Run run) override {
    runs.push_back(run);
    const std::size_t mine = runs.size();
    while (answers.size() < mine) co_await changed_.wait();
    co_return answers[mine - 1];
  }
  void on_probe(const ProbeLoop::Report& report) noexcept override { reports.push_back(report); }
  void answer(ProbeOutcome outcome) {
    answers.push_back(std::move(outcome));
    changed_.notify_all();
  }

  std::vector<ProbeLoop::Run> runs;
  std::vector<ProbeOutcome> answers;
  std::vector<ProbeLoop::Report> reports;

 private:
  async::Event changed_;
};

class ProbeLoopTest : public ::testing::Test {
 protected:
  void settle() {
    loop.restart();
    while (loop.poll() > 0) loop.restart();
  }
  // Lets time pass, from alarm to alarm, until so many probes have been started in total.
  void until_started(std::size_t count) {
    settle();
    for (Mono next; owner.runs.size() < count && time.next(next);) {
      time.advance(next - time.mono());
      settle();
    }
    ASSERT_GE(owner.runs.size(), count);
  }
  std::shared_ptr<ProbeLoop> make(health::Settings settings = {}) {
    return std::make_shared<ProbeLoop>(time, tasks, slots, owner, ProbeLoop::Check{{"true"}, settings});
  }
  void TearDown() override {
    asio::post(loop, [this] { tasks.cancel(); });
    settle();
  }

  asio::io_context loop;
  async::ManualTimekeeper time;
  async::TaskGroup tasks{loop, "probes"};
  ProbeSlots slots;
  Owner owner{loop};
};

TEST_F(ProbeLoopTest, ProbesSoonAndReports) {
  const auto probes = make({.timeout = 3s});
  probes->begin();
  until_started(1);
  EXPECT_EQ(owner.runs[0].argv, std::vector<std::string>{"true"});
  EXPECT_EQ(owner.runs[0].timeout, Nanos(3s));
  owner.answer({ProbeOutcome::Kind::exited, 1, std::string(9000, 'x')});
  until_started(2);
  owner.answer({ProbeOutcome::Kind::exited, 0, "fine"});
  settle();
  ASSERT_EQ(owner.reports.size(), 2u);
  EXPECT_EQ(owner.reports[0].outcome.output.size(), health::kMaxOutputBytes);
  EXPECT_EQ(owner.reports[0].state.health, model::Health::starting);
  EXPECT_EQ(owner.reports[1].state.health, model::Health::healthy);
  EXPECT_LE(owner.reports[1].started, owner.reports[1].ended);
}

TEST_F(ProbeLoopTest, AnEndCancelsAndIgnoresTheLateAnswer) {
  const auto probes = make();
  probes->begin();
  until_started(1);
  probes->end();
  EXPECT_TRUE(owner.runs[0].token->requested());
  owner.answer({ProbeOutcome::Kind::exited, 0, ""});
  settle();
  EXPECT_TRUE(owner.reports.empty());
  Mono next;
  EXPECT_FALSE(time.next(next)) << "an alarm is left";
}

TEST_F(ProbeLoopTest, APausedContainerIsNotProbed) {
  const auto probes = make();
  probes->begin();
  until_started(1);
  probes->hold();
  owner.answer({ProbeOutcome::Kind::timed_out, 0, ""});
  settle();
  EXPECT_TRUE(owner.reports.empty());
  probes->resume();
  until_started(2);
  owner.answer({ProbeOutcome::Kind::exited, 0, ""});
  settle();
  EXPECT_EQ(owner.reports.size(), 1u);
}

TEST_F(ProbeLoopTest, AnAnswerFromBeforeAPauseDoesNotCount) {
  const auto probes = make();
  probes->begin();
  until_started(1);
  probes->hold();
  probes->resume();
  owner.answer({ProbeOutcome::Kind::exited, 1, ""});
  until_started(2);
  EXPECT_TRUE(owner.reports.empty());
  owner.answer({ProbeOutcome::Kind::exited, 0, ""});
  settle();
  EXPECT_EQ(owner.reports.size(), 1u);
}

TEST_F(ProbeLoopTest, ProbesThatRunKeepNobodyFromStarting) {
  std::vector<std::shared_ptr<ProbeLoop>> all;
  for (std::size_t i = 0; i < ProbeSlots::kStartingMax + 5; ++i) all.push_back(make());
  for (const auto& probes : all) probes->begin();
  until_started(ProbeSlots::kStartingMax);
  time.advance(30ms);  // the others are due by now
  settle();
  EXPECT_EQ(owner.runs.size(), ProbeSlots::kStartingMax);
  owner.answer({ProbeOutcome::Kind::exited, 0, ""});
  settle();
  EXPECT_EQ(owner.runs.size(), ProbeSlots::kStartingMax + 1);
  // One that runs, for however long, has given its place to the next.
  owner.runs[1].started();
  settle();
  EXPECT_EQ(owner.runs.size(), ProbeSlots::kStartingMax + 2);
  const auto started = owner.runs[1].started;
  started();
  settle();
  EXPECT_EQ(owner.runs.size(), ProbeSlots::kStartingMax + 2);
  for (const auto& probes : all) probes->end();
}

TEST_F(ProbeLoopTest, APauseIsLeftBetweenProbesWhateverTheIntervalIs) {
  const auto probes = make({.interval = Nanos{1}, .start_interval = Nanos{1}});
  probes->begin();
  until_started(1);
  const Mono ended = time.mono();
  owner.answer({ProbeOutcome::Kind::exited, 0, ""});
  until_started(2);
  EXPECT_EQ(time.mono() - ended, ProbeLoop::kPauseMin);
}

TEST_F(ProbeLoopTest, GoesOnFromWhatIsKnown) {
  const auto probes = make({.interval = 1h});
  const health::State known{.health = model::Health::healthy, .failing_streak = 0, .start_period_over = true};
  probes->begin(&known);
  until_started(1);
  owner.answer({ProbeOutcome::Kind::exited, 1, ""});
  settle();
  ASSERT_EQ(owner.reports.size(), 1u);
  EXPECT_EQ(owner.reports[0].state.health, model::Health::healthy);
  EXPECT_EQ(owner.reports[0].state.failing_streak, 1);
  probes->end();
}

}  // namespace
}  // namespace stack::core
