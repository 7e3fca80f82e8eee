// The table of modes of the engine's folders, and that it is put through.
#include "base/engine_tree.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"

namespace stack::tree {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

class EngineTreeTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "stack-tree-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    base_ = pattern;
  }
  void TearDown() override { fs::remove_all(base_); }
  static unsigned mode_of(const fs::path& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777U : 0;
  }
  static void make_file(const fs::path& path, mode_t mode) {
    fs::create_directories(path.parent_path());
    std::ofstream{path} << "x";
    ::chmod(path.c_str(), mode);
  }
  // What `row` is about, in a tree where every "*" is one name.
  fs::path place_of(const Row& row) const {
    std::string path{row.path};
    for (std::size_t at = 0; (at = path.find('*')) != std::string::npos;) path.replace(at, 1, "one");
    const fs::path place = base_ / (row.place == Place::root ? "root" : "run");
    return path.empty() ? place : place / path;
  }

  fs::path base_;
};

TEST_F(EngineTreeTest, EveryRowIsPutThrough) {
  for (const Row& row : rows()) {
    if (row.kind == Kind::folder) fs::create_directories(place_of(row));
  }
  for (const Row& row : rows()) {
    if (row.kind == Kind::file) make_file(place_of(row), 0666);
    if (row.kind == Kind::folder) ::chmod(place_of(row).c_str(), 0777);
  }
  EXPECT_THAT(correct(base_ / "root", base_ / "run"), IsEmpty());
  for (const Row& row : rows()) {
    if (row.kind == Kind::socket) continue;
    EXPECT_EQ(mode_of(place_of(row)), row.mode) << row.path;
  }
}

TEST_F(EngineTreeTest, NothingOfTheRootIsForOthersButWhatShowsInContainers) {
  for (const Row& row : rows()) {
    const bool shows = row.place == Place::run || row.path == "skeleton" || row.path == "docker-init";
    EXPECT_EQ(row.mode & 077U & (shows ? 0U : ~0U), 0U) << row.path;
    // Its folder is the engine's own: who gets there has it mounted.
    const bool mounted = row.path == "sockets/*";
    EXPECT_EQ(row.mode & (mounted ? 0U : 02U), 0U) << row.path;
    EXPECT_FALSE(row.purpose.empty()) << row.path;
  }
}

TEST_F(EngineTreeTest, ALinkInAFolderOfMarkedNamesIsNotFollowed) {
  make_file(base_ / "outside", 0644);
  fs::create_directories(base_ / "elsewhere");
  ::chmod((base_ / "elsewhere").c_str(), 0755);
  fs::create_directories(base_ / "root/volumes");
  fs::create_symlink(base_ / "elsewhere", base_ / "root/volumes/link");
  EXPECT_THAT(correct(base_ / "root", base_ / "run"), IsEmpty());
  EXPECT_EQ(mode_of(base_ / "elsewhere"), 0755U);
}

TEST_F(EngineTreeTest, AMissingTreeIsFineAndASharedRunFolderKeepsItsMode) {
  EXPECT_THAT(correct(base_ / "none", base_ / "neither"), IsEmpty());
  fs::create_directories(base_ / "run");
  ::chmod((base_ / "run").c_str(), 01777);
  EXPECT_THAT(correct(base_ / "root", base_ / "run"), IsEmpty());
  EXPECT_EQ(mode_of(base_ / "run"), 01777U);
}

TEST_F(EngineTreeTest, MakesFoldersAndFilesWithTheirModeWhateverTheUmask) {
  const mode_t before = ::umask(0);
  make_folder(base_ / "a/b");
  make_private_file(base_ / "file");
  ::umask(0077);
  make_folder(base_ / "c", 0755);
  ::umask(before);
  EXPECT_EQ(mode_of(base_ / "a/b"), 0700U);
  EXPECT_EQ(mode_of(base_ / "file"), 0600U);
  EXPECT_EQ(mode_of(base_ / "c"), 0755U);
  make_folder(base_ / "c");
  EXPECT_EQ(mode_of(base_ / "c"), 0700U);
}

// A user silences the log by a link to /dev/null, which the whole machine needs as it is.
TEST_F(EngineTreeTest, ADeviceKeepsItsModeAndItsName) {
  const fs::path device = base_ / "device", link = base_ / "stackd.log";
  const mode_t before = ::umask(0);
  const int made = ::mknod(device.c_str(), S_IFCHR | 0666, makedev(1, 3));
  ::umask(before);
  if (made != 0) GTEST_SKIP() << "making a device needs root";
  fs::create_symlink("device", link);
  log_to(link, LogLevel::info);
  const std::string line(1 << 20, 'x');
  for (int i = 0; i < 12; ++i) log_info(line);  // more than a file holds
  log_to(base_ / "other", LogLevel::error);
  EXPECT_EQ(mode_of(device), 0666U);
  EXPECT_TRUE(fs::is_character_file(device));
  EXPECT_FALSE(fs::exists(base_ / "stackd.1.log"));
  EXPECT_THROW(make_private_file(link), Error);
  EXPECT_EQ(mode_of(device), 0666U);
}

TEST_F(EngineTreeTest, AFolderWithOtherThingsIsNoRoot) {
  EXPECT_TRUE(may_be_root(base_ / "none"));
  EXPECT_TRUE(may_be_root(base_));
  fs::create_directories(base_ / "images/layers");
  fs::create_directories(base_ / "lost+found");
  EXPECT_TRUE(may_be_root(base_));
  EXPECT_FALSE(is_root(base_));
  make_file(base_ / "letter", 0644);
  EXPECT_FALSE(may_be_root(base_));
  make_file(base_ / "state.db", 0600);
  EXPECT_TRUE(may_be_root(base_));
}

TEST_F(EngineTreeTest, WhatAStartLeavesThatWasKilledIsARoot) {
  for (const Row& row : rows()) {
    if (row.place != Place::root || row.path.empty() || row.path.find('*') != std::string_view::npos) continue;
    const fs::path root = base_ / "one";
    row.kind == Kind::folder ? static_cast<void>(fs::create_directories(root / row.path))
                             : make_file(root / row.path, 0600);
    EXPECT_TRUE(may_be_root(root)) << row.path;
    fs::remove_all(root);
  }
  make_file(base_ / "file of another version", 0600);
  EXPECT_FALSE(may_be_root(base_));
  make_file(base_ / kRootMark, 0600);
  EXPECT_TRUE(is_root(base_));
  EXPECT_TRUE(may_be_root(base_));
}

}  // namespace
}  // namespace stack::tree
