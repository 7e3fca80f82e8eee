// A log after a power cut while one of its files is compressed, cut off after each system call, with everything, nothing or some of
// what was not synced lost: every line is there, once. Needs root for mounts and ptrace.
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/logs/compress.h"
#include "engine/logs/reader.h"
#include "engine/logs/writer.h"
#include "tests/support/namespaces.h"
#include "tests/support/power_cut.h"

namespace stack::logs {
namespace {

namespace fs = std::filesystem;
using test::Loss;
using test::Moment;

constexpr int kMixtures = 8;  // of what is lost and what is not, for each moment

void must(bool succeeded, const char* what) {
  if (!succeeded) throw Error::from_errno(errno, what);
}

UniqueFd open_folder(const fs::path& folder) {
  UniqueFd fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  must(static_cast<bool>(fd), "opening the folder");
  return fd;
}

// What a kernel has written back long ago when a file is full.
void write_and_sync(const fs::path& folder) {
  const UniqueFd where = open_folder(folder);
  const auto writer = std::make_unique<Writer>();
  must(static_cast<bool>(writer->open(where, {.max_bytes = 2000, .max_files = 100})), "opening the log");
  for (int i = 0; i < 120; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    writer->append(Stream::out, line.data(), line.size(), i + 1);
  }
  must(::syncfs(where.get()) == 0, "syncing");
}

std::vector<std::string> lines_of(const fs::path& folder) {
  Reader reader(folder);
  Cursor cursor;
  std::vector<Entry> entries;
  while (reader.read(cursor, {}, entries)) continue;
  std::vector<std::string> lines;
  for (const Entry& entry : entries) lines.push_back(entry.text);
  return lines;
}

class LogPowerCut : public ::testing::Test {
 protected:
  // A file system in memory, which ends with the process: others' syncs would count as ours.
  void SetUp() override {
    // A mount point of its own: the checkout may lie below the folder for temporary files.
    if (!test::leave_the_host() || ::mount("tmpfs", world_.c_str(), "tmpfs", 0, nullptr) != 0)
      GTEST_SKIP() << "needs root";
    fs::create_directories(log_);
  }
  void TearDown() override {
    ::umount2(world_.c_str(), MNT_DETACH);
    fs::remove(world_);
  }
  // How many states of the disk lack lines.
  int count_losses(bool believe_syncs) {
    const std::vector<Moment> moments = test::watch_steps(
        log_,
        {[&] { write_and_sync(log_); }, [&] { must(static_cast<bool>(compress(open_folder(log_), 1)), "compressing"); },
         [&] { must(static_cast<bool>(compress(open_folder(log_), 2)), "compressing"); }},
        believe_syncs);
    const auto whole = lines_of(log_);
    EXPECT_EQ(whole.size(), 120U);
    EXPECT_TRUE(fs::exists(log_ / "log.2.gz"));
    int states = 0, losses = 0;
    for (const Moment& moment : moments) {
      if (moment.steps_over == 0) continue;
      for (const Loss loss : {Loss::nothing, Loss::unsynced, Loss::contents, Loss::zeros, Loss::some}) {
        for (unsigned seed = 0; seed < (loss == Loss::some ? kMixtures : 1U); ++seed, ++states) {
          const fs::path after = world_ / "after";
          fs::remove_all(after);
          test::set_down(test::lose(moment, loss, seed), after);
          if (lines_of(after) != whole) ++losses;
        }
      }
    }
    EXPECT_GT(states, 50);
    return losses;
  }
  static fs::path make_world() {
    std::string pattern = ::testing::TempDir() + "stack-power-cut.XXXXXX";
    return ::mkdtemp(pattern.data()) == nullptr ? fs::path{} : fs::path{pattern};
  }
  const fs::path world_ = make_world();
  const fs::path log_ = world_ / "log";
};

TEST_F(LogPowerCut, loses_no_line_to_compression) { EXPECT_EQ(count_losses(true), 0); }

// The test can see a loss: on a disk that lies about its syncs there are some.
TEST_F(LogPowerCut, would_be_seen) { EXPECT_GT(count_losses(false), 0); }

}  // namespace
}  // namespace stack::logs
