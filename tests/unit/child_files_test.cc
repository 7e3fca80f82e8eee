// Targets of mounts: made where the root's own links lead, and never outside of it.
#include "engine/sandbox/child_files.h"

#include <filesystem>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace stack::sandbox {
namespace {

namespace fs = std::filesystem;

class ChildFilesTest : public ::testing::Test {
 protected:
  ChildFilesTest() {
    std::string pattern = ::testing::TempDir() + "child-files-XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    root_ = folder_ / "root";
    fs::create_directories(root_);
    fd_ = UniqueFd{::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  }
  ~ChildFilesTest() override { fs::remove_all(folder_); }

  int make(const char* path, bool folder = true, bool no_links = false) {
    return make_target(fd_, path, folder, no_links).err();
  }

  fs::path folder_, root_;
  UniqueFd fd_;
};

TEST_F(ChildFilesTest, WhatIsMissingIsMade) {
  EXPECT_EQ(make("/a//b/c/"), 0);
  EXPECT_TRUE(fs::is_directory(root_ / "a/b/c"));
  EXPECT_EQ(make("/a/f/file", false), 0);
  EXPECT_TRUE(fs::is_regular_file(root_ / "a/f/file"));
  EXPECT_EQ(make("/a/f/file/below"), ENOTDIR);
}

TEST_F(ChildFilesTest, LinksThatLeadToNothingAreFollowed) {
  fs::create_directories(root_ / "var/lib");
  fs::create_symlink("/run/lock", root_ / "var/lock");
  fs::create_symlink("../run", root_ / "var/run");
  fs::create_symlink("../../srv/data", root_ / "var/lib/data");
  fs::create_symlink("lock", root_ / "var/again");
  EXPECT_EQ(make("/var/lock/app"), 0);
  EXPECT_TRUE(fs::is_directory(root_ / "run/lock/app"));
  EXPECT_EQ(make("/var/run/x"), 0);
  EXPECT_TRUE(fs::is_directory(root_ / "run/x"));
  EXPECT_EQ(make("/var/lib/data"), 0);
  EXPECT_TRUE(fs::is_directory(root_ / "srv/data"));
  EXPECT_EQ(make("/var/again/file", false), 0);
  EXPECT_TRUE(fs::is_regular_file(root_ / "run/lock/file"));
  fs::create_symlink("/etc/target", root_ / "config");
  EXPECT_EQ(make("/config", false), 0);
  EXPECT_TRUE(fs::is_regular_file(root_ / "etc/target"));
  EXPECT_TRUE(fs::is_symlink(root_ / "config"));
}

TEST_F(ChildFilesTest, NothingIsMadeOutside) {
  fs::create_symlink("../../../../outside", root_ / "up");
  fs::create_symlink((folder_ / "outside").string(), root_ / "absolute");
  EXPECT_EQ(make("/up/x"), 0);
  EXPECT_EQ(make("/absolute/x"), 0);
  EXPECT_FALSE(fs::exists(folder_ / "outside"));
  EXPECT_TRUE(fs::is_directory(root_ / "outside/x"));
}

TEST_F(ChildFilesTest, LinksInCirclesAndUnwantedOnesAreRefused) {
  fs::create_symlink("b", root_ / "a");
  fs::create_symlink("a", root_ / "b");
  fs::create_symlink("nowhere", root_ / "dangling");
  EXPECT_EQ(make("/a/x"), ELOOP);
  EXPECT_EQ(make("/dangling/x", true, true), ELOOP);
  EXPECT_FALSE(fs::exists(root_ / "nowhere"));
  // Each step longer than the one before.
  fs::create_symlink("grow/" + std::string(200, 'x'), root_ / "grow");
  EXPECT_EQ(make("/grow"), ELOOP);
}

}  // namespace
}  // namespace stack::sandbox
