// Files that a user names for what a command gives.
#include "cli/commands/output_file.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

namespace stack::cli {
namespace {

namespace fs = std::filesystem;

class OutputFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "stack-output-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    base_ = pattern;
  }
  void TearDown() override { fs::remove_all(base_); }
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator{base_}, fs::directory_iterator{}));
  }
  fs::path base_;
};

TEST_F(OutputFile, IsThereWholeOrAsItWas) {
  write_output(base_ / "a", "one");
  EXPECT_EQ(read_file(base_ / "a"), "one");
  const auto fail = [](BorrowedFd to) {
    write_all(to, "half");
    throw Error("the engine went away");
  };
  EXPECT_THROW(write_output(base_ / "a", 0600, fail), Error);
  EXPECT_EQ(read_file(base_ / "a"), "one");
  EXPECT_EQ(count(), 1U);
}

TEST_F(OutputFile, ALinkStaysAndWhatItLeadsToIsReplaced) {
  fs::create_directory(base_ / "there");
  fs::create_symlink("there/real", base_ / "link");
  write_output(base_ / "link", "one");
  write_output(base_ / "link", "two");
  EXPECT_TRUE(fs::is_symlink(base_ / "link"));
  EXPECT_EQ(read_file(base_ / "there/real"), "two");
  fs::create_symlink("circle", base_ / "circle");
  EXPECT_THROW(write_output(base_ / "circle", "x"), Error);
}

// "-o /dev/null": the device stays the machine's.
TEST_F(OutputFile, ADeviceIsWrittenAndNeverReplaced) {
  const fs::path device = base_ / "null";
  if (::mknod(device.c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0) GTEST_SKIP() << "making a device needs root";
  fs::create_symlink("null", base_ / "link");
  write_output(device, "one");
  write_output(base_ / "link", "one");
  EXPECT_TRUE(fs::is_character_file(device));
  EXPECT_EQ(count(), 2U);
}

TEST_F(OutputFile, APipeIsWrittenAsItIs) {
  const fs::path pipe = base_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const UniqueFd reader{::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  write_output(pipe, "one");
  char got[8] = {};
  EXPECT_EQ(::read(reader.get(), got, sizeof got), 3);
  EXPECT_STREQ(got, "one");
  EXPECT_TRUE(fs::is_fifo(pipe));
}

TEST_F(OutputFile, AMissingFolderAndAFolderInItsPlaceAreTold) {
  const auto message = [](const fs::path& path) {
    try {
      write_output(path, "x");
    } catch (const Error& error) {
      return error.message();
    }
    return std::string{"none"};
  };
  EXPECT_THAT(message(base_ / "none/a"), testing::HasSubstr("invalid output path: stat " + (base_ / "none").string()));
  EXPECT_THAT(message(base_), testing::HasSubstr("Is a directory"));
}

}  // namespace
}  // namespace stack::cli
