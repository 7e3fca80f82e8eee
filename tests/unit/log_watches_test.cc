// Followers of logs share one inotify instance.
#include "engine/core/log_watches.h"

#include <filesystem>
#include <fstream>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "base/error.h"

namespace stack::core {
namespace {

namespace fs = std::filesystem;

std::size_t inotify_instances() {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (fs::read_symlink(entry.path(), gone).string().find("inotify") != std::string::npos) ++count;
  }
  return count;
}

class LogWatchesTest : public testing::Test {
 protected:
  ~LogWatchesTest() override { fs::remove_all(root_); }
  fs::path folder(const char* name) {
    fs::create_directories(root_ / name);
    return root_ / name;
  }
  void write(const char* name) {
    std::ofstream{root_ / name / "log.1", std::ios::app} << "x" << std::flush;
    loop_.restart();
    loop_.poll();
  }
  const fs::path root_ = fs::temp_directory_path() / ("log_watches_" + std::to_string(::getpid()));
  boost::asio::io_context loop_{1};
  async::ThreadPool workers_{1};
  LogWatches watches_{loop_, workers_};
};

TEST_F(LogWatchesTest, EachIsToldOfItsFolderByOneInstance) {
  int a = 0, again = 0, b = 0;
  auto first = watches_.watch(folder("a"), [&] { ++a; });
  auto second = watches_.watch(folder("a"), [&] { ++again; });
  auto third = watches_.watch(folder("b"), [&] { ++b; });
  EXPECT_EQ(inotify_instances(), 1U);
  write("a");
  EXPECT_TRUE(a > 0 && again > 0);
  EXPECT_EQ(b, 0);
  second = {};
  const int before = a, ended = again;
  write("a");
  write("b");
  EXPECT_GT(a, before);
  EXPECT_EQ(again, ended);
  EXPECT_GT(b, 0);
}

TEST_F(LogWatchesTest, AListenerMayEndAllWatches) {
  LogWatches::Watch one, other;
  int told = 0;
  const auto end_both = [&] {
    ++told;
    one = {};
    other = {};
  };
  one = watches_.watch(folder("a"), end_both);
  other = watches_.watch(folder("a"), end_both);
  write("a");
  EXPECT_EQ(told, 1);
  one = watches_.watch(folder("a"), end_both);
  write("a");
  EXPECT_EQ(told, 2);
}

TEST_F(LogWatchesTest, AFolderThatDoesNotExistIsNotFound) {
  try {
    (void)watches_.watch(root_ / "none", [] {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
  }
}

}  // namespace
}  // namespace stack::core
