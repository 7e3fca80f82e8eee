#include <gtest/gtest.h>

#include "compose/load/remote_reference.h"

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
        "https://h/n.git#a b", "https://h/a b.git", "-x.git", "https://h/n.git#a:b\nc"}) {
    EXPECT_EQ(parsed(text), "refused") << text;
  }
}

}  // namespace
}  // namespace stack::compose
