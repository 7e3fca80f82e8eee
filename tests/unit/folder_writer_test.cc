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

constexpr std::uint32_t kDir = 1U << 31, kSymlink = 1U << 27, kDevice = 1U << 26, kSetuid = 1U << 23;
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

TEST_F(FolderWriterTest, DevicesAndWildSizesAreRefused) {
  FileStat device = file("dev");
  device.mode = kDevice | 0600;
  EXPECT_NE(refusal({device}).find("device"), std::string::npos);
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

}  // namespace
}  // namespace stack::buildkit
