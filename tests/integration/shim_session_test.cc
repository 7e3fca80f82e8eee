// A shim's session on its own, as whoever runs a program without a container record uses it: real shims, real processes, no store.
#include "engine/core/shim_session.h"

#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/async/task_group.h"
#include "engine/cgroup/cgroup_tree.h"
#include "engine/cgroup/stats.h"
#include "engine/core/exec_probe.h"
#include "engine/core/kernel_shims.h"
#include "tests/integration/container_fixture.h"
#include "tests/places.h"

namespace stack::core {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr Nanos kPatience = 20s;

class SessionTest : public test::ContainerTest, protected ShimSession::Owner {
 protected:
  void SetUp() override {
    ContainerTest::SetUp();
    box_.emplace(root_, "session");
    box_->input.spec.command = {"sleep", "1000"};
  }
  void TearDown() override {
    session_.reset();
    box_.reset();
    ContainerTest::TearDown();
  }

  std::unique_ptr<ShimSession> make_session() {
    ShimSession::Owner& owner = *this;
    return std::make_unique<ShimSession>(loop_, time_, shims_, owner);
  }
  void launch() { session_->launch(plan()); }
  UniqueFd plan() {
    return sandbox::seal_plan(
        sandbox::make_launch_plan(box_->input, sandbox::gather_host_facts(box_->facts, box_->input)));
  }
  UniqueFd exec_plan(const std::string& command) {
    std::vector<std::string> argv{"sh", "-c", command};
    return sandbox::seal_plan(sandbox::make_exec_plan(box_->input, box_->facts, {.argv = std::move(argv)}));
  }
  // The shim's process: the parent of the program.
  [[nodiscard]] pid_t shim() const {
    const std::string path = "/proc/" + std::to_string(pid_) + "/stat";
    const UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    const std::string text = test::read_to_end(file);
    int parent = 0;
    std::sscanf(text.c_str() + text.rfind(')') + 1, " %*c %d", &parent);
    return parent;
  }
  bool run_until(const std::function<bool()>& enough) {
    const Mono deadline = time_.mono() + kPatience;
    bool found = enough();
    for (; !found && time_.mono() < deadline; found = enough()) loop_.run_one_for(100ms), loop_.restart();
    return found;
  }
  // Runs the work to its end, and gives what it threw.
  std::optional<Error> play(asio::awaitable<void> work) {
    std::optional<Error> failure;
    bool over = false;
    asio::co_spawn(loop_, std::move(work), [&](const std::exception_ptr& thrown) {
      over = true;
      try {
        if (thrown) std::rethrow_exception(thrown);
      } catch (const Error& error) {
        failure = error;
      }
    });
    EXPECT_TRUE(run_until([&] { return over; }));
    return failure;
  }

  void on_launched(ShimSession::Launched launched) noexcept override {
    pid_ = launched.pid;
    adopted_ = launched.adopted;
  }
  void on_failed(Error why) noexcept override { failed_ = std::move(why); }
  void on_exited(ShimSession::Exit exit) noexcept override { exit_ = exit; }
  void on_lost() noexcept override { lost_ = true; }

  asio::io_context loop_;
  async::SystemTimekeeper time_{loop_};
  UniqueFd program_ = shim::seal_program(std::string(STACK_BINARY_DIR) + "/stack-shim");
  KernelShims shims_{loop_, program_};
  std::optional<test::TestContainer> box_;  // its files and its control group; its own shim is never started
  std::unique_ptr<ShimSession> session_ = make_session();
  std::int32_t pid_ = 0;
  bool adopted_ = false, lost_ = false;
  std::optional<Error> failed_;
  std::optional<ShimSession::Exit> exit_;
};

TEST_F(SessionTest, runs_a_program_to_its_end_without_a_record) {
  box_->input.spec.command = {"sh", "-c", "echo built; exit 3"};
  launch();
  ASSERT_TRUE(run_until([&] { return exit_.has_value(); }));
  EXPECT_GT(pid_, 0);
  EXPECT_EQ(exit_->wait_status, W_EXITCODE(3, 0));
  EXPECT_FALSE(exit_->adopted);
  EXPECT_EQ(box_->out(), "built\n");
  session_->end();
}

TEST_F(SessionTest, says_what_kept_a_program_from_starting) {
  box_->input.spec.command = {"nosuch"};
  launch();
  ASSERT_TRUE(run_until([&] { return failed_.has_value(); }));
  EXPECT_EQ(failed_->kind(), ErrorKind::no_such_command);
  EXPECT_EQ(pid_, 0);
}

TEST_F(SessionTest, runs_further_processes_and_signals_them) {
  launch();
  ASSERT_TRUE(run_until([&] { return pid_ != 0; }));
  const auto failure = play([&]() -> asio::awaitable<void> {
    const auto one = co_await session_->exec(exec_plan("echo hello; exit 4"), false, ShimSession::Purpose::user,
                                             time_.mono() + kPatience);
    EXPECT_EQ(co_await one->wait(), 4);
    EXPECT_EQ(test::read_to_end(one->out), "hello\n");
    const auto two = co_await session_->exec(exec_plan("exec sleep 1000"), false, ShimSession::Purpose::user,
                                             time_.mono() + kPatience);
    two->signal(SIGKILL);
    EXPECT_EQ(co_await two->wait(), 137);
  }());
  EXPECT_FALSE(failure);
  session_->signal(SIGKILL);
  ASSERT_TRUE(run_until([&] { return exit_.has_value(); }));
  EXPECT_EQ(exit_->wait_status, SIGKILL);
  session_->end();
}

TEST_F(SessionTest, an_exec_and_a_probe_end_by_their_deadlines_although_the_shim_is_stopped) {
  launch();
  ASSERT_TRUE(run_until([&] { return pid_ != 0; }));
  ASSERT_EQ(::kill(shim(), SIGSTOP), 0);
  const Mono begun = time_.mono();
  const auto late = play([&]() -> asio::awaitable<void> {
    co_await session_->exec(exec_plan("true"), false, ShimSession::Purpose::user, time_.mono() + 200ms);
  }());
  ASSERT_TRUE(late);
  EXPECT_EQ(late->kind(), ErrorKind::unavailable);
  EXPECT_EQ(late->message(), "the process did not start in time");
  EXPECT_LT(time_.mono() - begun, kPatience);
  ASSERT_EQ(::kill(shim(), SIGCONT), 0);
  // What starts too late is killed: only the program itself is left.
  EXPECT_TRUE(run_until([&] { return cgroup::processes(box_->facts.cgroups, box_->input.cgroup_path).size() == 1; }));
  session_->end();
  EXPECT_TRUE(run_until([&] { return cgroup::processes(box_->facts.cgroups, box_->input.cgroup_path).empty(); }));
}

TEST_F(SessionTest, a_probe_ends_although_its_shim_stops_while_it_runs) {
  launch();
  ASSERT_TRUE(run_until([&] { return pid_ != 0; }));
  health::ProbeOutcome outcome;
  const auto failure = play([&]() -> asio::awaitable<void> {
    ProbeLoop::Run run;
    run.timeout = 300ms;
    run.started = [&] { EXPECT_EQ(::kill(shim(), SIGSTOP), 0); };
    run.token = std::make_shared<async::CancellationToken>();
    StartProbe start = [&](Mono deadline) {
      return session_->exec(exec_plan("exec sleep 1000"), false, ShimSession::Purpose::probe, deadline);
    };
    outcome = co_await run_exec_probe(loop_, time_, std::move(run), std::move(start));
  }());
  EXPECT_FALSE(failure);
  EXPECT_EQ(outcome.kind, health::ProbeOutcome::Kind::timed_out);
  EXPECT_THAT(outcome.output, HasSubstr("exceeded its timeout of 300ms"));
  ASSERT_EQ(::kill(shim(), SIGCONT), 0);
  session_->end();
  EXPECT_TRUE(run_until([&] { return cgroup::processes(box_->facts.cgroups, box_->input.cgroup_path).empty(); }));
}

TEST_F(SessionTest, a_later_session_takes_over_and_hears_of_the_end) {
  launch();
  ASSERT_TRUE(run_until([&] { return pid_ != 0; }));
  const std::int32_t before = std::exchange(pid_, 0);
  session_ = make_session();
  auto link = shims_.connect(box_->input.socket_path);
  ASSERT_NE(link, nullptr);
  session_->adopt(std::move(link));
  ASSERT_TRUE(run_until([&] { return pid_ != 0; }));
  EXPECT_EQ(pid_, before);
  EXPECT_TRUE(adopted_);
  session_->signal(SIGTERM);
  session_->signal(SIGKILL);
  ASSERT_TRUE(run_until([&] { return exit_.has_value(); }));
  session_->end();
}

TEST_F(SessionTest, a_killed_shim_is_a_lost_session) {
  launch();
  ASSERT_TRUE(run_until([&] { return pid_ != 0; }));
  ASSERT_EQ(::kill(shim(), SIGKILL), 0);
  ASSERT_TRUE(run_until([&] { return lost_; }));
  EXPECT_FALSE(session_->runs());
  EXPECT_FALSE(exit_);
  cgroup::kill_all(box_->facts.cgroups, box_->input.cgroup_path);
}

TEST_F(SessionTest, a_launch_that_is_cancelled_leaves_nothing) {
  launch();
  session_->cancel();
  ASSERT_TRUE(run_until([&] { return failed_ || pid_ != 0; }));
  // It may have been too late, and then it runs.
  if (pid_ != 0) {
    session_->signal(SIGKILL);
    ASSERT_TRUE(run_until([&] { return exit_.has_value(); }));
  }
  session_->end();
  EXPECT_TRUE(cgroup::processes(box_->facts.cgroups, box_->input.cgroup_path).empty());
}

}  // namespace
}  // namespace stack::core
