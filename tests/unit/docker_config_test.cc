// cli: what Docker's config.json says about registries, and what is written into it.
#include "cli/commands/docker_config.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"

namespace stack::cli {
namespace {

namespace fs = std::filesystem;

class DockerConfigTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "stack-docker-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& text) { std::ofstream{folder_ / "config.json"} << text; }
  fs::path folder_;
};

TEST_F(DockerConfigTest, CredentialsAreFoundUnderOldAndNewNames) {
  write(
      R"({"auths": {"https://index.docker.io/v1/": {"auth": "dXNlcjpwYTpzcw=="}, "https://registry.example/v2/": {"auth": "YTpi"},
            "other.example": {"identitytoken": "t"}}})");
  const DockerConfig config{folder_};
  EXPECT_EQ(config.credentials("docker.io").user, "user");
  EXPECT_EQ(config.credentials("docker.io").password, "pa:ss");
  EXPECT_EQ(config.credentials("registry.example").user, "a");
  EXPECT_EQ(config.credentials("other.example").identity_token, "t");
  EXPECT_TRUE(config.credentials("else.example").empty());
  EXPECT_EQ(config.credentials(std::set<std::string>{"registry.example", "else.example"}).size(), 1u);
}

TEST_F(DockerConfigTest, WhatIsStoredIsFoundAndTheRestStays) {
  write(R"({"psFormat": "table", "auths": {"registry.example": {"auth": "YTpi"}}})");
  DockerConfig config{folder_};
  config.store("localhost:5000", {.user = "me", .password = "secret", .identity_token = {}, .registry_token = {}});
  EXPECT_EQ(DockerConfig{folder_}.credentials("localhost:5000").password, "secret");
  EXPECT_EQ(DockerConfig{folder_}.credentials("registry.example").user, "a");
  EXPECT_NE(read_file(folder_ / "config.json")->find("psFormat"), std::string::npos);
  EXPECT_TRUE(config.erase("localhost:5000"));
  EXPECT_FALSE(config.erase("localhost:5000"));
  EXPECT_TRUE(DockerConfig{folder_}.credentials("localhost:5000").empty());
  EXPECT_EQ(DockerConfig{folder_}.credentials("registry.example").user, "a");
}

TEST_F(DockerConfigTest, APortableOneHoldsTheCredentialsThemselves) {
  EXPECT_EQ(DockerConfig{folder_}.portable(), "{\n\t\"auths\": {}\n}\n");
  write(
      R"({"psFormat": "table", "auths": {"registry.example": {"auth": "YTpi"}, "other.example": {"identitytoken": "t"}}})");
  const std::string portable = DockerConfig{folder_}.portable();
  EXPECT_EQ(portable.find("psFormat"), std::string::npos);
  write(portable);
  EXPECT_EQ(DockerConfig{folder_}.credentials("registry.example").password, "b");
  EXPECT_EQ(DockerConfig{folder_}.credentials("other.example").identity_token, "t");
}

TEST_F(DockerConfigTest, WhatIsNoObjectIsRefused) {
  EXPECT_NO_THROW(DockerConfig{folder_});
  write("");
  EXPECT_NO_THROW(DockerConfig{folder_});
  write("[1]");
  EXPECT_THROW(DockerConfig{folder_}, Error);
}

TEST(RegistryOf, IsWhatReferencesSay) {
  EXPECT_EQ(registry_of("busybox"), "docker.io");
  EXPECT_EQ(registry_of("a/b:1"), "docker.io");
  EXPECT_EQ(registry_of("index.docker.io/a/b"), "docker.io");
  EXPECT_EQ(registry_of("registry.example/a/b"), "registry.example");
  EXPECT_EQ(registry_of("localhost/x"), "localhost");
  EXPECT_EQ(registry_of("host:5000/x"), "host:5000");
}

}  // namespace
}  // namespace stack::cli
