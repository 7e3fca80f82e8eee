// What a client sends as its files, written below a folder: what they look like there, and what is refused.
#include "engine/buildkit/folder_writer.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

namespace stack::buildkit {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kDir = 1U << 31, kSymlink = 1U << 27, kDevice = 1U << 26, kSocket = 1U << 24,
                        kSetuid = 1U << 23;
constexpr std::int64_t kSecond = 1'000'000'000;

class FolderWriterTest : public testing::Test {
 protected:
  FolderWriterTest() {
    std::string name = (fs::temp_directory_path() / "folder-writer-XXXXXX").string();
    base_ = ::mkdtemp(name.data());
    root_ = base_ / "root";
    fs::create_directory(root_);
  }
  ~FolderWriterTest() override { fs::remove_all(base_); }
  FolderWriter writer() const {
    return FolderWriter{UniqueFd{::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)}};
  }
  std::string refusal(const std::vector<FileStat>& stats) const {
    FolderWriter it = writer();
    try {
      for (const FileStat& stat : stats) it.add(stat);
      it.end_stats();
    } catch (const Error& error) {
      return error.message();
    }
    return {};
  }

  fs::path base_, root_;
};

FileStat file(std::string path, std::int64_t size = 0) {
  return {.path = std::move(path), .mode = 0644, .size = size, .modified = 5 * kSecond, .link = {}};
}
FileStat folder(std::string path) {
  return {.path = std::move(path), .mode = kDir | 0755, .size = 0, .modified = 7 * kSecond, .link = {}};
}
FileStat link(std::string path, std::string to) {
  return {.path = std::move(path), .mode = kSymlink | 0777, .size = 0, .modified = 9 * kSecond, .link = std::move(to)};
}

TEST_F(FolderWriterTest, FilesFoldersAndLinksLookAsTheyDidAtTheClient) {
  FolderWriter it = writer();
  EXPECT_FALSE(it.add(folder("d")));
  FileStat tool = file("d/tool", 5);
  tool.mode = kSetuid | 0751;
  EXPECT_TRUE(it.add(tool));
  EXPECT_FALSE(it.add(file("empty")));
  EXPECT_FALSE(it.add(link("link", "/etc/passwd")));
  FileStat other = file("other", 5);
  other.link = "d/tool";
  EXPECT_FALSE(it.add(other));
  it.end_stats();
  it.open(1, tool);
  it.write(1, "he");
  it.write(1, "llo");
  it.close(1);
  struct stat about {};
  ASSERT_EQ(::stat((root_ / "d/tool").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 04751U);
  EXPECT_EQ(about.st_size, 5);
  EXPECT_EQ(about.st_mtime, 5);
  EXPECT_EQ(about.st_nlink, 2U);
  ASSERT_EQ(::lstat((root_ / "link").c_str(), &about), 0);
  EXPECT_EQ(about.st_mtime, 9);
  EXPECT_EQ(fs::read_symlink(root_ / "link"), "/etc/passwd");
  ASSERT_EQ(::stat((root_ / "d").c_str(), &about), 0);
  EXPECT_EQ(about.st_mtime, 7);
}

TEST_F(FolderWriterTest, ASlashComesBeforeEveryOtherCharacter) {
  EXPECT_EQ(refusal({folder("a"), file("a/b"), file("a!"), file("a.b")}), "");
}

TEST_F(FolderWriterTest, NoPathLeadsOutside) {
  for (const char* path : {"../x", "/x", "a/../../x", "", ".", "..", "a//b", "./a", "a/"}) {
    EXPECT_NE(refusal({folder("a"), file(path)}).find("not a clean path"), std::string::npos) << path;
    fs::remove(root_ / "a");
  }
  EXPECT_NE(refusal({file(std::string{"a\0b", 3})}), "");
  EXPECT_FALSE(fs::exists(base_ / "x"));
}

TEST_F(FolderWriterTest, NoLinkIsFollowed) {
  fs::create_directory(base_ / "outside");
  EXPECT_NE(refusal({link("a", "../outside"), file("a/x")}).find("whose folder it did not send"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(base_ / "outside"));
  FileStat other = file("z");
  other.link = "a/x";
  fs::remove(root_ / "a");
  std::ofstream{base_ / "outside/x"} << "theirs";
  EXPECT_NE(refusal({link("a", "../outside"), other}).find("which it did not send"), std::string::npos);
  other.link = "../outside/x";
  fs::remove(root_ / "a");
  EXPECT_NE(refusal({other}).find("not a clean path"), std::string::npos);
}

TEST_F(FolderWriterTest, StatsComeInOrderAndOnce) {
  EXPECT_NE(refusal({file("b"), file("a")}).find("out of order"), std::string::npos);
  fs::remove(root_ / "b");
  EXPECT_NE(refusal({file("c"), file("c")}).find("out of order"), std::string::npos);
  EXPECT_NE(refusal({file("x/y")}).find("whose folder"), std::string::npos);
}

TEST_F(FolderWriterTest, DevicesAndSocketsAreLeftOut) {
  FileStat device = file("dev"), socket = file("sock");
  device.mode = kDevice | 0600;
  socket.mode = kSocket | 0600;
  EXPECT_EQ(refusal({device, file("f"), socket}), "");
  EXPECT_TRUE(fs::exists(root_ / "f"));
  EXPECT_FALSE(fs::exists(fs::symlink_status(root_ / "dev")) || fs::exists(fs::symlink_status(root_ / "sock")));
}

TEST_F(FolderWriterTest, WildSizesAreRefused) {
  EXPECT_NE(refusal({file("less", -1)}).find("negative"), std::string::npos);
  std::vector<FileStat> deep;
  std::string path;
  for (std::size_t i = 0; i < FolderWriter::kDepthMax + 2; ++i)
    deep.push_back(folder(path += path.empty() ? "d" : "/d"));
  EXPECT_NE(refusal(deep).find("too deep"), std::string::npos);
}

TEST_F(FolderWriterTest, ContentsThatNobodyAskedForAreRefused) {
  FolderWriter it = writer();
  it.add(file("a", 3));
  it.end_stats();
  EXPECT_THROW(it.write(0, "x"), Error);
  EXPECT_THROW(it.close(7), Error);
}

// What a second time asks for, of the same folder.
class AgainTest : public FolderWriterTest {
 protected:
  // The paths whose contents it asks for, which it gets.
  std::vector<std::string> receive(const std::vector<FileStat>& stats, char byte) const {
    FolderWriter it = writer();
    std::vector<FileStat> asked;
    std::vector<std::string> paths;
    for (const FileStat& stat : stats) {
      if (it.add(stat)) asked.push_back(stat);
    }
    it.end_stats();
    for (std::uint32_t i = 0; i < asked.size(); ++i) {
      it.open(i, asked[i]);
      it.write(i, std::string(static_cast<std::size_t>(asked[i].size), byte));
      it.close(i);
      paths.push_back(asked[i].path);
    }
    return paths;
  }
  std::string text(const char* path) const {
    std::ifstream in{root_ / path};
    return {std::istreambuf_iterator<char>{in}, {}};
  }
  using Paths = std::vector<std::string>;
};

TEST_F(AgainTest, WhatLooksTheSameStays) {
  const std::vector<FileStat> stats{folder("d"), file("d/a", 2), file("d/empty"), link("l", "d/a"), file("z", 1)};
  EXPECT_EQ(receive(stats, 'x'), (Paths{"d/a", "z"}));
  struct stat before {
  }, after{};
  ASSERT_EQ(::stat((root_ / "d/a").c_str(), &before), 0);
  EXPECT_EQ(receive(stats, 'y'), Paths{});
  ASSERT_EQ(::stat((root_ / "d/a").c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
  EXPECT_EQ(text("d/a"), "xx");
  ASSERT_EQ(::stat((root_ / "d").c_str(), &after), 0);
  EXPECT_EQ(after.st_mtime, 7);
}

TEST_F(AgainTest, WhatHasChangedIsAskedFor) {
  receive({file("mode", 1), file("same", 1), file("size", 1), file("time", 1)}, 'x');
  FileStat mode = file("mode", 1), time = file("time", 1);
  mode.mode = 0755;
  time.modified += 1;
  EXPECT_EQ(receive({mode, file("same", 1), file("size", 2), time}, 'y'), (Paths{"mode", "size", "time"}));
  EXPECT_EQ(text("mode") + text("same") + text("size") + text("time"), "yxyyy");
}

TEST_F(AgainTest, WhatIsNotNamedGoes) {
  receive({folder("d"), folder("d/e"), file("d/e/f", 1), file("d/g", 1), folder("h"), file("h/i", 1), file("j")}, 'x');
  EXPECT_EQ(receive({folder("d"), file("d/g", 1)}, 'y'), Paths{});
  EXPECT_FALSE(fs::exists(root_ / "d/e") || fs::exists(root_ / "h") || fs::exists(root_ / "j"));
  EXPECT_EQ(text("d/g"), "x");
  receive({}, 'y');
  EXPECT_TRUE(fs::is_empty(root_));
}

TEST_F(AgainTest, AnotherKindReplacesWhatWasThere) {
  fs::create_directory(base_ / "outside");
  std::ofstream{base_ / "outside/theirs"} << "theirs";
  FileStat other = file("other", 1);
  other.link = "first";
  receive({folder("a"), file("a/x", 1), file("b", 1), link("c", "../outside"), file("first", 1), other}, 'x');
  EXPECT_EQ(
      receive({file("a", 1), folder("b"), file("b/y", 1), folder("c"), file("c/theirs", 1), file("first", 1), other},
              'y'),
      (Paths{"a", "b/y", "c/theirs", "first"}));
  EXPECT_EQ(text("a") + text("b/y") + text("c/theirs") + text("other"), "yyyy");
  std::ifstream outside{base_ / "outside/theirs"};
  std::string word;
  outside >> word;
  EXPECT_EQ(word, "theirs");
}

// One that was cut off has neither the size nor the time.
TEST_F(AgainTest, WhatDidNotComeWholeIsAskedForAgain) {
  {
    FolderWriter it = writer();
    EXPECT_TRUE(it.add(file("a", 3)));
    it.end_stats();
    it.open(0, file("a", 3));
    it.write(0, "xxx");
  }
  EXPECT_EQ(receive({file("a", 3)}, 'y'), Paths{"a"});
  EXPECT_EQ(text("a"), "yyy");
}

}  // namespace
}  // namespace stack::buildkit
