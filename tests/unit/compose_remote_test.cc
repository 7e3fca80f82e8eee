#include <filesystem>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "compose/remote/oci_project.h"
#include "compose/remote/remote_reference.h"

namespace stack::compose {
namespace {

// "transport url ref subdir", "local", or the problem.
std::string parsed(std::string_view text) {
  const auto it = parse_remote(text);
  if (!it) return "local";
  if (!it->problem.empty()) return "refused";
  if (it->kind == RemoteKind::oci) return "oci " + it->url;
  return it->transport + " " + it->url + " " + it->ref + " " + it->subdir;
}

TEST(RemoteReference, KnowsTheFormsOfGit) {
  EXPECT_EQ(parsed("https://h/o/n.git"), "https https://h/o/n.git  ");
  EXPECT_EQ(parsed("https://h/o/n.git#main"), "https https://h/o/n.git main ");
  EXPECT_EQ(parsed("https://h/o/n.git@v1.2"), "https https://h/o/n.git v1.2 ");
  EXPECT_EQ(parsed("https://h/o/n.git#feature/x:a//b/."), "https https://h/o/n.git feature/x a/b");
  EXPECT_EQ(parsed("https://h/o/n.git#:a"), "https https://h/o/n.git  a");
  EXPECT_EQ(parsed("ssh://git@h:22/o/n"), "ssh ssh://git@h:22/o/n  ");
  EXPECT_EQ(parsed("git@h:o/n.git#v1:sub"), "ssh git@h:o/n.git v1 sub");
  EXPECT_EQ(parsed("github.com/o/n"), "https https://github.com/o/n  ");
  EXPECT_EQ(parsed("file:///srv/n#main"), "file file:///srv/n main ");
  EXPECT_EQ(parsed("../n.git#main:x"), "file ../n.git main x");
  EXPECT_EQ(parsed("oci://h/n:1"), "oci oci://h/n:1");
}

TEST(RemoteReference, LeavesFilesAlone) {
  for (const char* path : {"compose.yaml", "/a/b.yml", "./x#1.yaml", "a@b.yaml", "C:/x.yaml", "-", "", "a b.yaml"}) {
    EXPECT_EQ(parsed(path), "local") << path;
  }
}

TEST(RemoteReference, RefusesWhatCouldBeMoreThanAnAddress) {
  for (const char* text :
       {"ext::sh -c id", "fd::17", "git://h/n.git", "https://h/compose.yaml", "ssh://-oProxyCommand=x/n.git",
        "ssh://u@-oX/n.git", "https://h/n.git#-x", "https://h/n.git#--upload-pack=x", "https://h/n.git#a..b",
        "https://h/n.git#a:../b", "https://h/n.git#a:/etc", "https://h/n.git#+a", "https://h/n.git#a^{}",
        "https://h/n.git#a b", "https://h/a b.git", "-x.git", "https://h/n.git#a:b\nc", "oci://", "oci://h/a b"}) {
    EXPECT_EQ(parsed(text), "refused") << text;
  }
}

constexpr const char* kProject = "application/vnd.docker.compose.project";

OciLayer compose_file(const std::string& content, const std::string& beside = {}) {
  OciLayer layer{.media_type = "application/vnd.docker.compose.file+yaml", .content = content, .annotations = {}};
  layer.annotations["com.docker.compose.file"] = beside.empty() ? "x.yaml" : beside;
  if (!beside.empty()) layer.annotations["com.docker.compose.extends"] = "true";
  return layer;
}

OciLayer env_file(const std::string& name) {
  return {.media_type = "application/vnd.docker.compose.envfile",
          .content = "A=1\n",
          .annotations = {{"com.docker.compose.envfile", name}}};
}

TEST(OciProject, FilesBecomeOneInTheirOrder) {
  const std::vector<OciLayer> layers{compose_file("a: 1\n"), compose_file("b: 2\n", "base.yaml"), env_file("x.env"),
                                     compose_file("c: 3\n")};
  const std::map<std::string, std::string> files{
      {"base.yaml", "b: 2\n"}, {"compose.yaml", "a: 1\n\n---\nc: 3\n"}, {"x.env", "A=1\n"}};
  EXPECT_EQ(project_files(kProject, layers), files);
  EXPECT_EQ(project_files("application/vnd.docker.compose.config.empty.v1+json", layers), files);
}

TEST(OciProject, RefusesWhatIsNoneAndNamesThatLeadElsewhere) {
  const auto main = compose_file("a: 1\n");
  EXPECT_THROW(project_files("application/vnd.cncf.helm.config.v1+json", {main}), Error);
  EXPECT_THROW(project_files(kProject, {}), Error);
  EXPECT_THROW(project_files(kProject, {env_file("x.env")}), Error);
  EXPECT_THROW(project_files(kProject, {main, env_file("x.env"), env_file("x.env")}), Error);
  for (const std::string& name :
       {std::string{"../x"}, std::string{"/etc/x"}, std::string{"a\\b"}, std::string{".."}, std::string{""},
        std::string(300, 'a'), std::string{"a\nb"}, std::string{"compose.yaml"}, std::string{"a\0b", 3}}) {
    EXPECT_THROW(project_files(kProject, {main, env_file(name)}), Error) << name;
    if (name.empty()) continue;
    EXPECT_THROW(project_files(kProject, {main, compose_file("b: 2\n", name)}), Error) << name;
  }
}

TEST(OciProject, IsKeptOnceByItsDigest) {
  std::string root = ::testing::TempDir() + "stack-oci-XXXXXX";
  ASSERT_NE(::mkdtemp(root.data()), nullptr);
  const std::string cache = root + "/a/b", digest = "sha256:" + std::string(64, 'a');
  EXPECT_FALSE(kept_project(digest, cache));
  const std::string folder = keep_project(digest, {{"compose.yaml", "a: 1\n"}}, cache);
  EXPECT_EQ(folder, cache + "/" + std::string(64, 'a'));
  EXPECT_EQ(read_file(folder + "/compose.yaml"), "a: 1\n");
  EXPECT_EQ(keep_project(digest, {{"compose.yaml", "b: 1\n"}}, cache), folder);
  EXPECT_EQ(read_file(*kept_project(digest, cache) + "/compose.yaml"), "a: 1\n");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{cache}, {}), 1);
  for (const char* wrong : {"", "sha256:", "sha256:../..", "latest"}) EXPECT_THROW(kept_project(wrong, cache), Error);
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace stack::compose
