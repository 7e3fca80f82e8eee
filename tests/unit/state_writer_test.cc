// The state writer and the pool below it: what happens on their threads is seen on the loop, whole and in order. Runs under the
// thread sanitizer as well.
#include "engine/core/state_writer.h"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/async/thread_pool.h"
#include "engine/state/coalesce.h"
#include "engine/state/state_store.h"

namespace stack::core {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "stack-state.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for the test");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] fs::path file() const { return path_ / "state.db"; }

 private:
  fs::path path_;
};

state::Change meta(const std::string& key, int value) { return state::PutMeta{key, std::to_string(value)}; }

asio::awaitable<void> put(StateWriter& writer, int number, int& done) {
  std::vector<state::Change> changes{meta("key" + std::to_string(number), number), meta("last", number)};
  co_await writer.commit(std::move(changes));
  ++done;
}

void spawn(asio::io_context& loop, asio::awaitable<void> work) {
  asio::co_spawn(loop, std::move(work), [](const std::exception_ptr& failed) {
    if (failed) std::rethrow_exception(failed);
  });
}

TEST(StateWriter, WritesAllOfManyCommitsAndKeepsTheirOrder) {
  constexpr int kCommits = 200;
  const Folder folder;
  int done = 0;
  {
    state::Store store{folder.file()};
    asio::io_context loop;
    async::SystemTimekeeper time{loop};
    StateWriter writer{loop, time, store};
    for (int i = 0; i < kCommits; ++i) spawn(loop, put(writer, i, done));
    loop.run();
  }
  EXPECT_EQ(done, kCommits);
  state::Store again{folder.file()};
  std::map<std::string, std::string> found;
  for (const auto& [key, value] : again.load().meta) found[key] = value;
  for (int i = 0; i < kCommits; ++i) EXPECT_EQ(found["key" + std::to_string(i)], std::to_string(i));
  EXPECT_EQ(found["last"], std::to_string(kCommits - 1));
}

TEST(StateWriter, PostedChangesAreInTheFileAfterDrain) {
  const Folder folder;
  state::Store store{folder.file()};
  asio::io_context loop;
  async::SystemTimekeeper time{loop};
  StateWriter writer{loop, time, store};
  bool drained = false;
  auto work = [](StateWriter& to, bool& finished) -> asio::awaitable<void> {
    for (int i = 0; i < 50; ++i) {
      std::vector<state::Change> changes{meta("posted", i)};
      to.post(std::move(changes));
    }
    co_await to.drain();
    finished = true;
  };
  spawn(loop, work(writer, drained));
  loop.run();
  ASSERT_TRUE(drained);
  std::string posted;
  for (const auto& [key, value] : store.load().meta) {
    if (key == "posted") posted = value;
  }
  EXPECT_EQ(posted, "49");
}

TEST(StateWriter, GoesOnAfterALackOfMemory) {
  asio::io_context loop;
  int calls = 0;
  std::vector<state::Change> stored;
  async::ManualTimekeeper time;
  StateWriter writer{loop, time, [&](const std::vector<state::Change>& changes) {
                       if (++calls <= 2) throw std::bad_alloc();
                       stored.insert(stored.end(), changes.begin(), changes.end());
                     }};
  int refused = 0;
  auto work = [&]() -> asio::awaitable<void> {
    for (int i = 0; i < 3; ++i) {
      try {
        std::vector<state::Change> changes{meta("key" + std::to_string(i), i)};
        co_await writer.commit(std::move(changes));
        EXPECT_TRUE(writer.trouble().empty());
      } catch (const Error&) {
        ++refused;
        EXPECT_FALSE(writer.trouble().empty());
      }
    }
  };
  spawn(loop, work());
  loop.run();
  EXPECT_EQ(refused, 2);
  ASSERT_EQ(stored.size(), 3U) << "what was refused is stored with the next change, in order";
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(std::get<state::PutMeta>(stored[static_cast<std::size_t>(i)]).value, std::to_string(i));
}

TEST(ThreadPool, ResumeOnTheLoopWithTheResult) {
  asio::io_context loop;
  async::ThreadPool workers{4};
  const std::thread::id here = std::this_thread::get_id();
  std::set<int> results;
  std::atomic<int> elsewhere{0};
  int resumed_elsewhere = 0;
  auto ask = [&](int number) -> asio::awaitable<void> {
    auto work = [&elsewhere, here, number] {
      if (std::this_thread::get_id() != here) ++elsewhere;
      return number * 2;
    };
    const int result = co_await workers.run(std::move(work));
    if (std::this_thread::get_id() != here) ++resumed_elsewhere;
    results.insert(result);
  };
  for (int i = 0; i < 100; ++i) spawn(loop, ask(i));
  loop.run();
  EXPECT_EQ(results.size(), 100U);
  EXPECT_EQ(*results.rbegin(), 198);
  EXPECT_EQ(elsewhere.load(), 100);
  EXPECT_EQ(resumed_elsewhere, 0);
}

TEST(ThreadPool, AnExceptionArrivesWhereTheResultWould) {
  asio::io_context loop;
  async::ThreadPool workers{2};
  std::string message;
  auto ask = [&]() -> asio::awaitable<void> {
    auto work = []() -> int { throw Error(ErrorKind::not_found, "no such file"); };
    try {
      co_await workers.run(std::move(work));
    } catch (const Error& error) {
      message = error.message();
    }
  };
  spawn(loop, ask());
  loop.run();
  EXPECT_EQ(message, "no such file");
}

// No file may grow while one lives: a disk that is full.
class FullDisk {
 public:
  FullDisk() {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{0, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST(StateWriter, WhatTheStoreRefusesIsToldOnceAndKept) {
  const Folder folder;
  {
    state::Store store{folder.file()};
    asio::io_context loop;
    async::SystemTimekeeper time{loop};
    StateWriter writer{loop, time, store};
    bool refused = false;
    {
      const FullDisk full;
      spawn(loop, [](StateWriter& to, bool& failed) -> asio::awaitable<void> {
        try {
          std::vector<state::Change> changes{meta("kept", 1)};
          co_await to.commit(std::move(changes));
        } catch (const Error& error) {
          failed = error.kind() == ErrorKind::unavailable;
        }
        std::vector<state::Change> more{meta("kept", 2)};
        co_await to.settle(std::move(more));
      }(writer, refused));
      while (!refused || writer.trouble().empty()) loop.run_one();
    }
    EXPECT_TRUE(refused);
    loop.run();  // ends when the retry has written everything
    EXPECT_EQ(writer.trouble(), "");
  }
  state::Store again{folder.file()};
  std::map<std::string, std::string> found;
  for (const auto& [key, value] : again.load().meta) found[key] = value;
  EXPECT_EQ(found["kept"], "2");
}

// Time stands still: whoever waits for the retry waits for ever.
TEST(StateWriter, NobodyWaitsForARetry) {
  asio::io_context loop;
  async::ManualTimekeeper time;
  std::atomic<bool> full{true}, first{true};
  std::atomic<bool> second_is_queued{false};
  StateWriter writer{loop, time, [&](const std::vector<state::Change>&) {
                       // The second is queued while the first is being written.
                       if (first.exchange(false)) second_is_queued.wait(false);
                       if (full) throw Error(ErrorKind::unavailable, "full");
                     }};
  int settled = 0;
  const auto settle = [&](int number) -> asio::awaitable<void> {
    std::vector<state::Change> changes{meta("key" + std::to_string(number), number)};
    co_await writer.settle(std::move(changes));
    ++settled;
  };
  spawn(loop, settle(1));
  while (first) loop.poll_one();
  spawn(loop, settle(2));
  loop.poll();
  second_is_queued = true;
  second_is_queued.notify_all();
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  loop.restart();
  while (settled < 2 && std::chrono::steady_clock::now() < patience) loop.run_one_for(std::chrono::milliseconds{50});
  EXPECT_EQ(settled, 2) << "the second waits for a retry of the first";
  EXPECT_EQ(writer.trouble(), "full");

  full = false;
  writer.retry();
  loop.restart();  // it may have run out of work
  while (!writer.trouble().empty() && std::chrono::steady_clock::now() < patience)
    loop.run_one_for(std::chrono::milliseconds{50});
  EXPECT_EQ(writer.trouble(), "") << "what made room did not wake the writer";
}

TEST(Coalesced, KeepsTheLastOfEachRowInOrder) {
  model::Container one, two;
  one.id = "one";
  two.id = "two";
  std::vector<state::Change> changes;
  changes.push_back(state::PutContainer{one});
  changes.push_back(state::PutContainer{two});
  changes.push_back(meta("key", 1));
  changes.push_back(state::DeleteContainer{"one"});
  changes.push_back(meta("key", 2));
  state::coalesce(changes);
  const std::vector<state::Change>& kept = changes;
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(std::get<state::PutContainer>(kept[0]).value.id, "two");
  EXPECT_EQ(std::get<state::DeleteContainer>(kept[1]).id, "one");
  EXPECT_EQ(std::get<state::PutMeta>(kept[2]).value, "2");
}

}  // namespace
}  // namespace stack::core
