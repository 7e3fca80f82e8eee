// async::ThreadPool on a machine that gives no more threads. In a file of its own: its tests fork before there are threads.
#include "base/async/thread_pool.h"

#include <functional>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/async/task_group.h"

namespace stack::async {
namespace {

constexpr uid_t kNobodyElses = 1'987'654'321;

// What `work` gives in a process whose user may have so many processes and threads.
int confined(rlim_t most, const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit{most, most};
    if (::setrlimit(RLIMIT_NPROC, &limit) != 0 || ::setresuid(kNobodyElses, kNobodyElses, kNobodyElses) != 0) _exit(99);
    _exit(work());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int pool_of_four() {
  try {
    boost::asio::io_context loop{1};
    ThreadPool pool{4};
    TaskGroup tasks{loop, "test"};
    int result = 1;
    const auto ask = [](ThreadPool* of, int* into) -> boost::asio::awaitable<void> {
      auto work = [] { return 42; };
      *into = co_await of->run(std::move(work));
    };
    tasks.start(ask(&pool, &result));
    loop.run();
    return result;
  } catch (const Error& error) {
    return error.kind() == ErrorKind::unavailable ? 7 : 8;
  }
}

TEST(ThreadPool, TakesTheThreadsThatThereAre) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs another user";
  EXPECT_EQ(confined(100, pool_of_four), 42);
  EXPECT_EQ(confined(3, pool_of_four), 42);
  EXPECT_EQ(confined(1, pool_of_four), 7) << "none: it says so";
}

}  // namespace
}  // namespace stack::async
