#include "engine/buildkit/received_file.h"

#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/error.h"

namespace stack::buildkit {
namespace {

namespace fs = std::filesystem;

class ReceivedFile : public testing::Test {
 protected:
  ReceivedFile() {
    std::string name = (fs::temp_directory_path() / "received-file-XXXXXX").string();
    outer_ = ::mkdtemp(name.data());
    root_ = outer_ / "root";
    fs::create_directories(root_ / "folder");
    write(outer_ / "secret", "of the host");
    write(root_ / "folder/Dockerfile", "FROM scratch");
  }
  ~ReceivedFile() override { fs::remove_all(outer_); }
  static void write(const fs::path& path, const std::string& text) { std::ofstream{path} << text; }

  fs::path outer_, root_;
};

TEST_F(ReceivedFile, IsFoundBelowItsFolder) {
  EXPECT_EQ(read_received(root_, "folder/Dockerfile"), "FROM scratch");
  fs::create_symlink("folder/Dockerfile", root_ / "Dockerfile");
  EXPECT_EQ(read_received(root_, "Dockerfile"), "FROM scratch");
  EXPECT_EQ(read_received(root_, "nope"), std::nullopt);
  EXPECT_EQ(read_received(root_, "folder"), std::nullopt);
}

TEST_F(ReceivedFile, NamesAndLinksDoNotLeaveIt) {
  fs::create_symlink(outer_, root_ / "out");
  fs::create_symlink(outer_ / "secret", root_ / "file");
  fs::create_symlink("../secret", root_ / "up");
  for (const char* name : {"../secret", "out/secret", "file", "up", "folder/../../secret"})
    EXPECT_EQ(read_received(root_, name), std::nullopt) << name;
}

TEST_F(ReceivedFile, RefusesWhatIsTooLargeAndSkipsPipes) {
  fs::resize_file(root_ / "folder/Dockerfile", kTextMax + 1);
  EXPECT_THROW((void)read_received(root_, "folder/Dockerfile"), Error);
  ASSERT_EQ(::mkfifo((root_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_received(root_, "pipe"), std::nullopt);
}

}  // namespace
}  // namespace stack::buildkit
