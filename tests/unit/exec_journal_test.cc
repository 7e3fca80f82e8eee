// Execs in the file that the next engine reads.
#include "engine/service/exec_journal.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"

namespace stack::service {
namespace {

namespace fs = std::filesystem;

class ExecJournals : public ::testing::Test {
 protected:
  ExecJournals() { fs::create_directories(path.parent_path()); }
  ~ExecJournals() override { fs::remove_all(path.parent_path()); }
  static ExecRecord record(const std::string& id) {
    ExecRecord made;
    made.view.id = id;
    made.view.spec.request = {.container = "c", .argv = {"sh", "-c", "echo \x01\xff"}, .env = {"A=b"}};
    return made;
  }

  const fs::path path = fs::temp_directory_path() / ("exec-journal." + std::to_string(::getpid())) / "execs";
};

TEST_F(ExecJournals, TheLastLineOfAnIdCounts) {
  ExecJournal journal{path};
  EXPECT_TRUE(journal.load().empty());
  journal.append(record("one"));
  ExecRecord two = record("two");
  journal.append(two);
  two.started = two.view.running = true;
  two.view.pid = 42;
  two.start_ticks = 99;
  journal.append(two);
  ExecRecord one = record("one");
  one.view.exit_code = 3;
  journal.append(one);
  const auto read = ExecJournal{path}.load();
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].view.id, "one");
  EXPECT_EQ(read[0].view.exit_code, 3);
  EXPECT_EQ(read[0].view.spec.request.env, std::vector<std::string>{"A=b"});
  EXPECT_TRUE(read[1].started && read[1].view.running && read[1].view.pid == 42 && read[1].start_ticks == 99);
  EXPECT_FALSE(read[1].view.exit_code);
  struct stat about {};
  ASSERT_EQ(::stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0600U) << "environments are nobody else's";
}

TEST_F(ExecJournals, LinesOfAnotherShapeAreLeftOut) {
  ExecJournal journal{path};
  journal.append(record("one"));
  std::ofstream(path, std::ios::app) << "{\"id\":\"half\n\n[]\n{\"id\":5}\n";
  journal.append(record("two"));
  const auto read = ExecJournal{path}.load();
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[1].view.id, "two");
}

TEST_F(ExecJournals, ALongOneIsWrittenFromTheStart) {
  ExecJournal journal{path};
  ExecRecord large = record("one");
  large.view.spec.request.env = {std::string(1 << 20, 'x')};
  int lines = 0;
  for (; !journal.is_long(); ++lines) journal.append(large);
  EXPECT_EQ(lines, 4);
  journal.rewrite({large});
  EXPECT_FALSE(journal.is_long());
  journal.append(record("two"));
  EXPECT_EQ(ExecJournal{path}.load().size(), 2U);
  journal.rewrite({});
  EXPECT_FALSE(fs::exists(path));
}

}  // namespace
}  // namespace stack::service
