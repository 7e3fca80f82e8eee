// What a client that takes the files of a result is told of them, and what it is given; and which results it may ask for.
#include "engine/buildkit/folder_reader.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/buildkit/go_file_mode.h"
#include "engine/buildkit/output.h"

namespace stack::buildkit {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FolderReaderTest : public testing::Test {
 protected:
  FolderReaderTest() {
    std::string name = (fs::temp_directory_path() / "folder-reader-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    fd_ = UniqueFd{::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  }
  ~FolderReaderTest() override { fs::remove_all(root_); }
  void write(const std::string& path, const std::string& content) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream{root_ / path} << content;
  }
  static std::vector<std::string> names(FolderReader& reader, std::size_t at_once) {
    std::vector<std::string> all;
    for (auto some = reader.next(at_once); !some.empty(); some = reader.next(at_once)) {
      EXPECT_LE(some.size(), at_once);
      for (const wire::Stat& stat : some)
        all.push_back(stat.path() + (stat.link().empty() ? "" : " -> " + stat.link()));
    }
    return all;
  }

  fs::path root_;
  UniqueFd fd_;
};

TEST_F(FolderReaderTest, TellsOfEverythingFolderByFolder) {
  write("a/b", "1");
  write("a.b", "2");
  write("z", "3");
  fs::create_directory(root_ / "a/empty");
  fs::create_symlink("/etc/passwd", root_ / "a/link");
  fs::create_hard_link(root_ / "a/b", root_ / "y");
  const std::vector<std::string> expected{"a", "a/b", "a/empty", "a/link -> /etc/passwd", "a.b", "y -> a/b", "z"};
  FolderReader one{fd_}, all{fd_};
  EXPECT_EQ(names(one, 1), expected);
  EXPECT_EQ(names(all, 100), expected);
  EXPECT_THAT(all.next(100), IsEmpty());
}

TEST_F(FolderReaderTest, DescribesFilesInTheWordsOfGo) {
  write("f", "12345");
  ASSERT_EQ(::chmod((root_ / "f").c_str(), 04755), 0);
  const std::array<timespec, 2> times{timespec{7, 8}, timespec{7, 8}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (root_ / "f").c_str(), times.data(), 0), 0);
  FolderReader reader{fd_};
  const auto stats = reader.next(10);
  ASSERT_EQ(stats.size(), 1u);
  EXPECT_EQ(stats[0].mode(), kGoSetuid | 0755U);
  EXPECT_EQ(stats[0].size(), 5);
  EXPECT_EQ(stats[0].modified(), 7'000'000'008);
  EXPECT_EQ(go_file_mode(S_IFDIR | S_ISVTX | 0777), kGoDir | kGoSticky | 0777U);
  EXPECT_EQ(go_file_mode(S_IFCHR | 0600), kGoDevice | kGoCharDevice | 0600U);
}

TEST_F(FolderReaderTest, TellsOfTheUsersOwnAttributes) {
  write("f", "1");
  if (::setxattr((root_ / "f").c_str(), "user.color", "red", 3, 0) != 0) GTEST_SKIP() << "this file system has none";
  FolderReader reader{fd_};
  const auto stats = reader.next(10);
  ASSERT_EQ(stats.size(), 1u);
  ASSERT_EQ(stats[0].attributes().size(), 1u);
  EXPECT_EQ(stats[0].attributes().at("user.color"), "red");
}

TEST_F(FolderReaderTest, GivesWhatFilesHoldAndNothingElse) {
  write("d/f", "12345");
  fs::create_symlink("d/f", root_ / "link");
  FolderReader reader{fd_};
  ASSERT_EQ(reader.next(10).size(), 3u);
  EXPECT_EQ(reader.read(1, 3), "123");
  EXPECT_EQ(reader.read(1, 3), "45");
  EXPECT_EQ(reader.read(1, 3), "");
  for (const std::uint32_t none : {0U, 2U, 3U, 4'000'000'000U}) EXPECT_THROW(reader.read(none, 3), Error) << none;
}

wire::SolveRequest request(const std::string& type, const std::map<std::string, std::string>& attributes) {
  wire::SolveRequest request;
  wire::Exporter* exporter = request.add_exporters();
  exporter->set_type(type);
  exporter->mutable_attributes()->insert(attributes.begin(), attributes.end());
  return request;
}

std::string refusal(const wire::SolveRequest& request) {
  try {
    read_outputs(request);
  } catch (const Error& error) {
    return error.render();
  }
  return {};
}

TEST(Outputs, AreImagesFoldersAndArchives) {
  auto two = request("moby", {{"name", "a,b:1"}, {"push", "true"}});
  two.add_exporters()->set_type("local");
  EXPECT_THAT(read_outputs(two),
              ElementsAre(Output{Output::Kind::image, {"a", "b:1"}, 0}, Output{Output::Kind::folder, {}, 1}));
  EXPECT_THAT(read_outputs(request("tar", {})), ElementsAre(Output{Output::Kind::tar, {}, 0}));
  for (const char* archive : {"oci", "docker"})
    EXPECT_THAT(read_outputs(request(archive, {{"name", "a:1"}, {"tar", "true"}})),
                ElementsAre(Output{Output::Kind::archive, {"a:1"}, 0}));
  wire::SolveRequest old;
  old.set_exporter("image");
  EXPECT_THAT(read_outputs(old), ElementsAre(Output{}));
  EXPECT_THAT(read_outputs({}), IsEmpty());
}

TEST(Outputs, AreRefusedByName) {
  EXPECT_THAT(refusal(request("cacheonly", {})), HasSubstr("type=cacheonly is not supported"));
  EXPECT_THAT(refusal(request("oci", {{"tar", "false"}})), HasSubstr("tar=false"));
  EXPECT_THAT(refusal(request("docker", {{"compression", "zstd"}})), HasSubstr("compression=zstd"));
  EXPECT_THAT(refusal(request("image", {{"push", "true"}})), HasSubstr("push=true"));
  EXPECT_THAT(refusal(request("image", {{"compression", "zstd"}})), HasSubstr("compression=zstd"));
}

}  // namespace
}  // namespace stack::buildkit
