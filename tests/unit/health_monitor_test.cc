#include <gtest/gtest.h>

#include "health/monitor.h"

namespace stack::health {
namespace {

using namespace std::chrono_literals;

class FakePort final : public ProbePort {
 public:
  void start_probe(std::uint64_t id, const std::string& container_id, const std::vector<std::string>& argv,
                   Nanos timeout, Started runs, Done done) override {
    started.push_back({id, container_id, argv, timeout, std::move(runs), std::move(done)});
  }
  void cancel_probe(std::uint64_t id) override { cancelled.push_back(id); }

  struct Asked {
    std::uint64_t id;
    std::string container_id;
    std::vector<std::string> argv;
    Nanos timeout;
    Started runs;
    Done done;
  };
  std::vector<Asked> started;
  std::vector<std::uint64_t> cancelled;
};

class MonitorTest : public ::testing::Test {
 protected:
  // Lets time pass, from alarm to alarm, until so many probes have been started in total.
  void until_started(std::size_t count) {
    for (Mono next; port.started.size() < count && time.next(next);) time.advance(next - time.mono());
    ASSERT_GE(port.started.size(), count);
  }

  async::ManualTimekeeper time;
  FakePort port;
  std::vector<Report> reports;
  Monitor monitor{time, port, [this](const Report& report) { reports.push_back(report); }};
};

TEST_F(MonitorTest, ProbesSoonAndReports) {
  Settings settings;
  settings.timeout = 3s;
  monitor.watch("web", {"true"}, settings);
  until_started(1);
  EXPECT_EQ(port.started[0].argv, std::vector<std::string>{"true"});
  EXPECT_EQ(port.started[0].timeout, Nanos(3s));
  port.started[0].done({ProbeOutcome::Kind::exited, 1, std::string(9000, 'x')});
  until_started(2);
  port.started[1].done({ProbeOutcome::Kind::exited, 0, "fine"});
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[0].outcome.output.size(), kMaxOutputBytes);
  EXPECT_EQ(reports[0].verdict, Verdict::none);
  EXPECT_EQ(reports[1].verdict, Verdict::became_healthy);
}

TEST_F(MonitorTest, AStoppedContainerIsCancelledAndItsLateAnswerIgnored) {
  monitor.watch("web", {"true"}, {});
  until_started(1);
  monitor.stop("web");
  EXPECT_EQ(port.cancelled, std::vector<std::uint64_t>{port.started[0].id});
  port.started[0].done({ProbeOutcome::Kind::exited, 0, ""});
  EXPECT_TRUE(reports.empty());
}

TEST_F(MonitorTest, APausedContainerIsNotProbed) {
  monitor.watch("web", {"true"}, {});
  until_started(1);
  monitor.pause("web");
  port.started[0].done({ProbeOutcome::Kind::timed_out, 0, ""});
  EXPECT_TRUE(reports.empty());
  monitor.unpause("web");
  until_started(2);
  port.started[1].done({ProbeOutcome::Kind::exited, 0, ""});
  EXPECT_EQ(reports.size(), 1u);
}

TEST_F(MonitorTest, ProbesThatRunKeepNobodyFromStarting) {
  for (std::size_t i = 0; i < kStartingMax + 5; ++i) monitor.watch("web-" + std::to_string(i), {"true"}, {});
  until_started(kStartingMax);
  time.advance(30ms);  // the others are due by now
  EXPECT_EQ(port.started.size(), kStartingMax);
  port.started[0].done({ProbeOutcome::Kind::exited, 0, ""});
  EXPECT_EQ(port.started.size(), kStartingMax + 1);
  // One that runs, for however long, has given its place to the next.
  port.started[1].runs();
  EXPECT_EQ(port.started.size(), kStartingMax + 2);
  port.started[1].runs();
  port.started[1].done({ProbeOutcome::Kind::exited, 0, ""});
  EXPECT_EQ(port.started.size(), kStartingMax + 2);
}

TEST_F(MonitorTest, APauseIsLeftBetweenProbesWhateverTheIntervalIs) {
  monitor.watch("web", {"true"}, {.interval = Nanos{1}, .start_interval = Nanos{1}});
  until_started(1);
  const Mono ended = time.mono();
  port.started[0].done({ProbeOutcome::Kind::exited, 0, ""});
  until_started(2);
  EXPECT_EQ(time.mono() - ended, kPauseMin);
}

TEST_F(MonitorTest, AnAnswerGivenTwiceCountsOnce) {
  monitor.watch("web", {"true"}, {});
  until_started(1);
  const auto done = port.started[0].done;
  done({ProbeOutcome::Kind::exited, 0, ""});
  done({ProbeOutcome::Kind::exited, 1, ""});
  EXPECT_EQ(reports.size(), 1u);
}

}  // namespace
}  // namespace stack::health
