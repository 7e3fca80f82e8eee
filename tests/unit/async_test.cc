#include <atomic>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "base/async/cancellation.h"
#include "base/async/event.h"
#include "base/async/mutex.h"
#include "base/async/task_group.h"
#include "base/async/thread_pool.h"
#include "base/async/timekeeper.h"

namespace stack::async {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class AsyncTest : public testing::Test {
 protected:
  void run() {
    loop.restart();
    loop.run();
  }
  asio::io_context loop{1};
  ManualTimekeeper time;
};

asio::awaitable<void> wait_for(Event& event, int& passes) {
  for (;;) {
    co_await event.wait();
    ++passes;
  }
}

TEST_F(AsyncTest, a_task_runs_at_once_up_to_its_first_wait) {
  TaskGroup tasks{loop, "test"};
  std::string seen;
  asio::post(loop, [&] {
    tasks.start([](asio::io_context& on, std::string& to) -> asio::awaitable<void> {
      to += "begun ";
      co_await asio::post(on, asio::use_awaitable);
      to += "ended";
    }(loop, seen));
    seen += "started ";
  });
  run();
  EXPECT_EQ(seen, "begun started ended");
}

TEST_F(AsyncTest, an_event_wakes_those_who_wait_now) {
  Event event{loop};
  TaskGroup tasks{loop, "test"};
  int passes = 0;
  event.notify_all();  // nobody waits yet: lost
  tasks.start(wait_for(event, passes));
  tasks.start(wait_for(event, passes));
  loop.poll();
  EXPECT_EQ(passes, 0);
  event.notify_all();
  loop.restart();
  loop.poll();
  EXPECT_EQ(passes, 2);
  tasks.cancel();
  run();
  EXPECT_EQ(tasks.size(), 0U);
}

TEST_F(AsyncTest, a_deadline_of_the_injected_clock_ends_a_wait) {
  Event event{loop};
  TaskGroup tasks{loop, "test"};
  std::vector<bool> in_time;
  const auto work = [](Event& on, Timekeeper& keeper, std::vector<bool>& told) -> asio::awaitable<void> {
    told.push_back(co_await on.wait_until(keeper, keeper.mono() + 5s));
    told.push_back(co_await on.wait_until(keeper, keeper.mono() + 5s));
    told.push_back(co_await on.wait_until(keeper, keeper.mono()));
  };
  tasks.start(work(event, time, in_time));
  loop.poll();
  event.notify_all();
  loop.restart();
  loop.poll();
  EXPECT_EQ(in_time, (std::vector<bool>{true}));
  time.advance(4s);
  loop.restart();
  loop.poll();
  EXPECT_EQ(in_time.size(), 1U);
  time.advance(1s);
  run();
  EXPECT_EQ(in_time, (std::vector<bool>{true, false, false}));
  Mono next;
  EXPECT_FALSE(time.next(next)) << "an alarm is left behind";
}

TEST_F(AsyncTest, a_mutex_is_granted_in_order_and_passes_over_the_cancelled) {
  Mutex mutex{loop};
  Event go{loop};
  TaskGroup tasks{loop, "test"}, given_up{loop, "given up"};
  std::vector<int> order;
  const auto work = [](Mutex& on, Event& released, std::vector<int>& told, int number) -> asio::awaitable<void> {
    const auto lock = co_await on.lock();
    told.push_back(number);
    co_await released.wait();
  };
  tasks.start(work(mutex, go, order, 1));
  given_up.start(work(mutex, go, order, 2));
  tasks.start(work(mutex, go, order, 3));
  tasks.start(work(mutex, go, order, 4));
  loop.poll();
  EXPECT_EQ(order, (std::vector<int>{1}));
  given_up.cancel();
  for (int i = 0; i < 3; ++i) {
    loop.restart();
    loop.poll();
    go.notify_all();
  }
  run();
  EXPECT_EQ(order, (std::vector<int>{1, 3, 4}));
  EXPECT_FALSE(mutex.is_locked());
}

TEST_F(AsyncTest, join_waits_for_what_a_thread_still_does) {
  ThreadPool pool{1};
  TaskGroup tasks{loop, "test"};
  std::atomic<bool> release = false, done = false;
  const auto work = [](ThreadPool& on, std::atomic<bool>& go, std::atomic<bool>& over) -> asio::awaitable<void> {
    auto blocking = [&] {
      go.wait(false);
      over = true;
    };
    co_await on.run(std::move(blocking));
  };
  tasks.start(work(pool, release, done));
  loop.poll();
  tasks.cancel();
  bool joined = false;
  TaskGroup outer{loop, "outer"};
  const auto joining = [](TaskGroup& group, bool& over) -> asio::awaitable<void> {
    co_await group.join();
    over = true;
  };
  outer.start(joining(tasks, joined));
  loop.restart();
  loop.poll();
  EXPECT_FALSE(joined);
  release = true;
  release.notify_all();
  run();
  EXPECT_TRUE(joined);
  EXPECT_TRUE(done);
}

// However close the two come: work that waits for a thread, begins, or ends just then.
TEST_F(AsyncTest, work_on_a_thread_is_done_whenever_its_task_is_cancelled) {
  ThreadPool pool{4};
  constexpr int kRounds = 3000;
  std::atomic<int> done = 0;
  int resumed = 0;
  const auto work = [](ThreadPool& on, std::atomic<int>& over, int& after) -> asio::awaitable<void> {
    auto brief = [&] { ++over; };
    co_await on.run(std::move(brief));
    ++after;
  };
  for (int round = 0; round < kRounds; ++round) {
    TaskGroup tasks{loop, "test"};
    for (int i = 0; i < 4; ++i) tasks.start(work(pool, done, resumed));
    loop.restart();
    loop.poll();
    asio::post(loop, [&tasks] { tasks.cancel(); });
    run();
  }
  EXPECT_EQ(done, 4 * kRounds);
  EXPECT_EQ(resumed, 4 * kRounds);
}

TEST_F(AsyncTest, who_is_cancelled_with_tasks_cancels_them_and_waits) {
  ThreadPool pool{1};
  std::atomic<bool> release = false, done = false;
  bool cancelled = false;
  TaskGroup outer{loop, "outer"};
  const auto inner = [](ThreadPool& on, std::atomic<bool>& go, std::atomic<bool>& over) -> asio::awaitable<void> {
    auto blocking = [&] {
      go.wait(false);
      over = true;
    };
    co_await on.run(std::move(blocking));
  };
  const auto owner = [&](asio::io_context& where) -> asio::awaitable<void> {
    Event never{where};
    int passes = 0;
    auto body = [&](TaskGroup& local) -> asio::awaitable<void> {
      local.start(inner(pool, release, done));
      local.start(wait_for(never, passes));
      co_return;
    };
    co_await with_tasks(where, "local", std::move(body));
  };
  outer.start(owner(loop), [&](const std::exception_ptr& thrown) { cancelled = thrown && is_cancellation(thrown); });
  loop.poll();
  outer.cancel();
  loop.restart();
  loop.poll();
  EXPECT_EQ(outer.size(), 1U);
  release = true;
  release.notify_all();
  run();
  EXPECT_TRUE(done);
  EXPECT_TRUE(cancelled);
}

TEST_F(AsyncTest, the_end_of_a_task_tells_what_it_threw_or_gave) {
  TaskGroup tasks{loop, "test"};
  std::vector<std::string> ends;
  const auto failing = []() -> asio::awaitable<void> {
    throw Error("broken");
    co_return;
  };
  const auto giving = []() -> asio::awaitable<int> { co_return 7; };
  tasks.start(failing(), [&](const std::exception_ptr& thrown) {
    EXPECT_LE(tasks.size(), 1U);  // it has left the group by then
    ends.push_back(thrown && !is_cancellation(thrown) ? "thrown" : "fine");
  });
  tasks.start<int>(giving(), [&](const std::exception_ptr& thrown, int result) {
    ends.push_back(thrown ? "thrown" : std::to_string(result));
  });
  run();
  EXPECT_EQ(ends, (std::vector<std::string>{"thrown", "7"}));
}

TEST_F(AsyncTest, what_is_started_in_a_cancelled_group_ends_at_its_first_wait) {
  TaskGroup tasks{loop, "test"};
  Event never{loop};
  tasks.cancel();
  int passes = 0;
  bool cancelled = false;
  tasks.start(wait_for(never, passes),
              [&](const std::exception_ptr& thrown) { cancelled = thrown && is_cancellation(thrown); });
  run();
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(passes, 0);
}

TEST_F(AsyncTest, a_task_that_is_cancelled_before_its_first_step_ends_at_its_first_wait) {
  TaskGroup tasks{loop, "test"};
  Event never{loop};
  int passes = 0;
  bool cancelled = false;
  tasks.start(wait_for(never, passes),
              [&](const std::exception_ptr& thrown) { cancelled = thrown && is_cancellation(thrown); });
  tasks.cancel();
  run();
  EXPECT_TRUE(cancelled);
}

TEST_F(AsyncTest, a_task_may_cancel_its_own_group_and_end) {
  TaskGroup tasks{loop, "test"};
  const auto cancel_all = [](TaskGroup& all) -> asio::awaitable<void> {
    all.cancel();
    co_return;
  };
  const auto number = [](TaskGroup& all) -> asio::awaitable<int> {
    all.cancel();
    co_return 7;
  };
  int ends = 0, result = 0;
  tasks.start(cancel_all(tasks), [&](const std::exception_ptr& thrown) { ends += thrown == nullptr ? 1 : 0; });
  tasks.start(number(tasks), [&](const std::exception_ptr& thrown, int value) {
    ends += thrown == nullptr ? 1 : 0;
    result = value;
  });
  run();
  EXPECT_EQ(ends, 2);
  EXPECT_EQ(result, 7);
}

TEST_F(AsyncTest, a_group_does_not_die_before_its_tasks) {
  const auto careless = [this] {
    Event never{loop};
    int passes = 0;
    TaskGroup tasks{loop, "test"};
    tasks.start(wait_for(never, passes));
  };
  EXPECT_DEATH(careless(), "outlive");
}

TEST_F(AsyncTest, an_alarm_that_is_destroyed_is_silent) {
  SystemTimekeeper system{loop};
  int rung = 0;
  auto first = system.at(system.mono(), [&] { ++rung; });
  auto second = system.after(1ms, [&] { ++rung; });
  first.reset();
  run();
  EXPECT_EQ(rung, 1);
  auto third = time.after(1s, [&] { ++rung; });
  std::unique_ptr<Alarm> fourth;
  fourth = time.after(2s, [&] {
    fourth.reset();  // from inside itself
    ++rung;
  });
  third.reset();
  time.advance(3s);
  EXPECT_EQ(rung, 2);
}

TEST_F(AsyncTest, a_cancellation_reaches_who_asks_late) {
  CancellationToken token;
  int called = 0;
  token.request();
  token.request();
  token.on_request([&] { ++called; });
  EXPECT_EQ(called, 1);
  EXPECT_TRUE(token.requested());
}

}  // namespace
}  // namespace stack::async
