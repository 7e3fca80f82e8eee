// On the real kernel: inotify needs no rights of its own. Events of what a process has done itself are there when the call returns, so
// nothing waits for time to pass.
#include "base/watch/tree_watch.h"

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>

#include "base/error.h"
#include "base/watch/quiet_period.h"

namespace stack::watch {
namespace {

namespace fs = std::filesystem;

TEST(Changes, OfTwoBatchesAreOne) {
  const Changes first{{"/a", Fate::removed, true}, {"/a/b", Fate::removed, false}, {"/c", Fate::written, false}};
  const Changes second{{"/a", Fate::written, false}, {"/c", Fate::removed, false}, {"/d", Fate::written, false}};
  const Changes both{{"/a", Fate::replaced, false},
                     {"/a/b", Fate::removed, false},
                     {"/c", Fate::removed, false},
                     {"/d", Fate::written, false}};
  EXPECT_EQ(in_one(first, second), both);
  EXPECT_EQ(in_one({}, second), second);
  EXPECT_EQ(in_one(first, {}), first);
}

class TreeWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "tree-watch-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = fs::canonical(name);
    fs::create_directory(folder_ / "src");
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] fs::path at(const std::string& path) const { return folder_ / path; }
  void write(const std::string& path, const std::string& text = "x") const { std::ofstream{at(path)} << text; }
  [[nodiscard]] TreeWatch watching(std::vector<std::string> roots, TreeWatch::Wanted wanted = {}) const {
    for (std::string& root : roots) root = at(root);
    return TreeWatch{std::move(roots), wanted ? wanted : [](const std::string&, bool) { return true; }};
  }
  // "+a" written, "-a" removed, "*a" replaced; a folder ends in "/".
  std::string told(TreeWatch& tree) const {
    tree.take_events();
    std::string text;
    for (const Change& change : tree.changes()) {
      text += text.empty() ? "" : " ";
      text += change.fate == Fate::written ? "+" : change.fate == Fate::removed ? "-" : "*";
      text += fs::path{change.path}.lexically_relative(folder_).string() + (change.folder ? "/" : "");
    }
    return text;
  }

  fs::path folder_;
};

TEST_F(TreeWatchTest, FilesAreWrittenAndRemoved) {
  write("src/old");
  TreeWatch tree = watching({"src"});
  EXPECT_FALSE(tree.take_events());
  EXPECT_EQ(told(tree), "");
  write("src/new");
  write("src/old", "more");
  EXPECT_EQ(told(tree), "+src/new +src/old");
  fs::remove(at("src/new"));
  EXPECT_EQ(told(tree), "-src/new");
  EXPECT_EQ(told(tree), "");
}

TEST_F(TreeWatchTest, ASaveByRenameIsOneChange) {
  write("src/a");
  TreeWatch tree = watching({"src"});
  write("src/4913");
  fs::remove(at("src/4913"));
  fs::rename(at("src/a"), at("src/a~"));
  write("src/a", "new");
  fs::remove(at("src/a~"));
  EXPECT_EQ(told(tree), "+src/a");
  write("src/.a.tmp", "newer");
  fs::rename(at("src/.a.tmp"), at("src/a"));
  EXPECT_EQ(told(tree), "+src/a");
}

TEST_F(TreeWatchTest, TheSameTextAgainIsAChange) {
  write("src/a");
  TreeWatch tree = watching({"src"});
  write("src/a");
  EXPECT_EQ(told(tree), "+src/a");
}

TEST_F(TreeWatchTest, OpeningForWritingAloneIsNone) {
  write("src/a");
  TreeWatch tree = watching({"src"});
  UniqueFd{::open(at("src/a").c_str(), O_WRONLY | O_CLOEXEC)};
  EXPECT_EQ(told(tree), "");
}

TEST_F(TreeWatchTest, RightsAreAChange) {
  write("src/a");
  fs::create_directory(at("src/d"));
  TreeWatch tree = watching({"src"});
  fs::permissions(at("src/a"), fs::perms::owner_all);
  fs::permissions(at("src/d"), fs::perms::owner_all);
  EXPECT_EQ(told(tree), "+src/a +src/d/");
}

TEST_F(TreeWatchTest, NewFoldersAreFollowed) {
  TreeWatch tree = watching({"src"});
  fs::create_directories(at("src/d/e"));
  write("src/d/e/f");
  EXPECT_EQ(told(tree), "+src/d/ +src/d/e/ +src/d/e/f");
  write("src/d/e/g");
  EXPECT_EQ(told(tree), "+src/d/e/g");
}

TEST_F(TreeWatchTest, MovedFoldersAreFollowed) {
  fs::create_directories(at("src/d/e"));
  write("src/d/e/f");
  TreeWatch tree = watching({"src"});
  fs::rename(at("src/d"), at("src/n"));
  EXPECT_EQ(told(tree), "-src/d/ -src/d/e/ -src/d/e/f +src/n/ +src/n/e/ +src/n/e/f");
  write("src/n/e/f", "again");
  EXPECT_EQ(told(tree), "+src/n/e/f");
  fs::rename(at("src/n"), at("out"));
  EXPECT_EQ(told(tree), "-src/n/ -src/n/e/ -src/n/e/f");
  write("out/e/f", "unseen");
  EXPECT_EQ(told(tree), "");
  fs::rename(at("out"), at("src/in"));
  EXPECT_EQ(told(tree), "+src/in/ +src/in/e/ +src/in/e/f");
}

TEST_F(TreeWatchTest, AFolderThatComesAgainIsFollowedAgain) {
  fs::create_directory(at("src/d"));
  write("src/d/a");
  TreeWatch tree = watching({"src"});
  fs::remove_all(at("src/d"));
  fs::create_directory(at("src/d"));
  write("src/d/b");
  EXPECT_EQ(told(tree), "-src/d/a +src/d/b");
  write("src/d/b", "more");
  EXPECT_EQ(told(tree), "+src/d/b");
}

TEST_F(TreeWatchTest, AFileTakesAFoldersPlace) {
  fs::create_directory(at("src/d"));
  write("src/d/a");
  TreeWatch tree = watching({"src"});
  fs::remove_all(at("src/d"));
  write("src/d");
  EXPECT_EQ(told(tree), "*src/d -src/d/a");
  fs::remove(at("src/d"));
  fs::create_directory(at("src/d"));
  write("src/d/b");
  EXPECT_EQ(told(tree), "*src/d/ +src/d/b");
}

TEST_F(TreeWatchTest, LinksAreNotFollowed) {
  fs::create_directory(at("other"));
  fs::create_directory_symlink(at("other"), at("src/link"));
  TreeWatch tree = watching({"src"});
  write("other/a");
  EXPECT_EQ(told(tree), "");
  fs::remove(at("src/link"));
  fs::create_symlink("x", at("src/link"));
  EXPECT_EQ(told(tree), "+src/link");
}

TEST_F(TreeWatchTest, ARootMayBeAFile) {
  write("conf", "1");
  TreeWatch tree = watching({"conf"});
  write("other");
  EXPECT_EQ(told(tree), "");
  write("new", "2");
  fs::rename(at("new"), at("conf"));
  EXPECT_EQ(told(tree), "+conf");
  write("conf", "3");
  EXPECT_EQ(told(tree), "+conf");
}

TEST_F(TreeWatchTest, ARootMayComeLaterAndGo) {
  TreeWatch tree = watching({"later/on/src"});
  fs::create_directories(at("later/on/src"));
  write("later/on/src/a");
  EXPECT_EQ(told(tree), "+later/on/src/ +later/on/src/a");
  write("later/on/src/b");
  EXPECT_EQ(told(tree), "+later/on/src/b");
  fs::remove_all(at("later"));
  EXPECT_EQ(told(tree), "-later/on/src/ -later/on/src/a -later/on/src/b");
  fs::create_directories(at("later/on/src"));
  write("later/on/src/c");
  EXPECT_EQ(told(tree), "+later/on/src/ +later/on/src/c");
}

TEST_F(TreeWatchTest, WhatIsNotWantedTakesNoWatch) {
  fs::create_directories(at("src/node_modules/a/b"));
  TreeWatch tree = watching({"src"}, [](const std::string& path, bool) { return !path.ends_with("/node_modules"); });
  EXPECT_EQ(tree.folders(), 2U);  // the root and its parent
  write("src/node_modules/x");
  EXPECT_EQ(told(tree), "");
}

TEST_F(TreeWatchTest, AFileThatIsBeingWrittenIsKnown) {
  TreeWatch tree = watching({"src"});
  std::ofstream file{at("src/a")};
  file << "half" << std::flush;
  tree.take_events();
  EXPECT_TRUE(tree.is_writing());
  file.close();
  tree.take_events();
  EXPECT_FALSE(tree.is_writing());
}

TEST_F(TreeWatchTest, EverythingIsEveryEntry) {
  fs::create_directory(at("src/d"));
  write("src/d/a");
  const TreeWatch tree = watching({"src"});
  EXPECT_EQ(tree.everything().size(), 3U);
}

// Events that the kernel drops: more than the queue of an instance takes. 20,000 are more than the usual 16,384; where the limit is
// higher, nothing is dropped, and the outcome is the same.
TEST_F(TreeWatchTest, DroppedEventsLoseNothing) {
  write("src/gone");
  TreeWatch tree = watching({"src"});
  for (int i = 0; i < 20000; ++i) {
    const UniqueFd file{::open(at("src/f" + std::to_string(i)).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
    ASSERT_TRUE(file);
  }
  fs::create_directories(at("src/z/late"));
  fs::remove(at("src/gone"));
  tree.take_events();
  EXPECT_EQ(tree.changes().size(), 20003U);
  write("src/z/late/a");
  EXPECT_EQ(told(tree), "+src/z/late/a");
}

TEST(QuietPeriod, BeginsWithAChangeAndEndsWhenNothingHappens) {
  using std::chrono::milliseconds;
  QuietPeriod quiet;
  const Mono start{};
  EXPECT_FALSE(quiet.left(start));
  quiet.note(start, false);
  EXPECT_EQ(quiet.left(start), Nanos{QuietPeriod::kQuiet});
  quiet.note(start + milliseconds{3}, false);
  EXPECT_EQ(quiet.left(start + milliseconds{5}), Nanos{milliseconds{3}});
  EXPECT_EQ(quiet.left(start + milliseconds{8}), Nanos{0});
  quiet.taken();
  EXPECT_FALSE(quiet.left(start + milliseconds{9}));
}

TEST(QuietPeriod, HasABound) {
  using std::chrono::milliseconds;
  QuietPeriod quiet;
  const Mono start{};
  for (int ms = 0; ms < 200; ++ms) quiet.note(start + milliseconds{ms}, false);
  EXPECT_EQ(quiet.left(start + QuietPeriod::kLongest), Nanos{0});
  // A file that is being written holds the batch up to there, and no longer.
  QuietPeriod writing;
  writing.note(start, true);
  EXPECT_EQ(writing.left(start + milliseconds{50}), Nanos{milliseconds{50}});
  writing.note(start + milliseconds{60}, false);
  EXPECT_EQ(writing.left(start + milliseconds{65}), Nanos{0});
}

}  // namespace
}  // namespace stack::watch
