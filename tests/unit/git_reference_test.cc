// Addresses of git repositories: what of them is meant, and what could be more than an address.
#include <gtest/gtest.h>

#include "base/git/git_secrets.h"

namespace stack::git {
namespace {

// "transport url ref subdir checksum", "none", or "refused".
std::string parsed(std::string_view text) {
  const auto it = parse_git_reference(text);
  if (!it) return "none";
  if (!it->problem.empty()) return "refused";
  return it->transport + " " + it->url + " " + it->ref + " " + it->subdir + " " + it->checksum;
}

TEST(GitReference, HasAFragmentOrAQuery) {
  EXPECT_EQ(parsed("https://h/o/n.git"), "https https://h/o/n.git   ");
  EXPECT_EQ(parsed("https://h/o/n.git#main:a/b"), "https https://h/o/n.git main a/b ");
  EXPECT_EQ(parsed("git://h/o/n#:a"), "git git://h/o/n  a ");
  EXPECT_EQ(parsed("ssh://git@h:22/o/n#v1"), "ssh ssh://git@h:22/o/n v1  ");
  EXPECT_EQ(parsed("git@h:o/n#v1:sub"), "ssh git@h:o/n v1 sub ");
  EXPECT_EQ(parsed("https://h/n.git?branch=a%2Fb&subdir=c"), "https https://h/n.git refs/heads/a/b c ");
  EXPECT_EQ(parsed("https://h/n.git?tag=v1&checksum=abcdef0"), "https https://h/n.git refs/tags/v1  abcdef0");
  EXPECT_EQ(parsed("https://h/n.git?subdir=c#main"), "https https://h/n.git main c ");
  EXPECT_EQ(parsed("https://h/n.git#v1.0+x"), "https https://h/n.git v1.0+x  ");
  EXPECT_EQ(parsed("https://h/n.git#a@b:sp ace/x"), "https https://h/n.git a@b sp ace/x ");
  EXPECT_EQ(parsed("https://h/n.git?subdir=sp%20ace&ref=v1%2Bx"), "https https://h/n.git v1+x sp ace ");
  const std::string commit(40, 'a');
  EXPECT_EQ(parsed("https://h/n.git?commit=" + commit), "https https://h/n.git " + commit + "  " + commit);
}

TEST(GitReference, IsNoOtherAddress) {
  for (const char* text : {"https://h/n.tar.gz", "https://h/n", "file:///srv/n.git", "./n.git", "n.git",
                           "github.com/o/n", "ext::sh -c id", "ftp://h/n.git", "", "-"})
    EXPECT_EQ(parsed(text), "none") << text;
}

TEST(GitReference, RefusesWhatCouldBeMore) {
  for (const char* text : {"ssh://-oProxyCommand=x/n.git",
                           "ssh://u@-oX/n.git",
                           "https://h/n.git#-x",
                           "https://h/n.git#--upload-pack=x",
                           "https://h/n.git#a..b",
                           "https://h/n.git#+a",
                           "https://h/n.git#a/",
                           "https://h/n.git#/a",
                           "https://h/n.git#a//b",
                           "https://h/n.git#.a",
                           "https://h/n.git#a/.b",
                           "https://h/n.git#a.lock",
                           "https://h/n.git#a.",
                           "https://h/n.git#@",
                           "https://h/n.git#a:b%0ac\nd",
                           "https://h/n.git#a[b",
                           "https://h/n.git?keep-git-dir=maybe",
                           "https://h/n.git#a b",
                           "https://h/n.git?ref=-x",
                           "https://h/n.git?branch=a&ref=b",
                           "https://h/n.git?branch=",
                           "https://h/n.git?checksum=xyz",
                           "https://h/n.git?depth=1",
                           "https://h/n.git?ref=a%0ab",
                           "https://h/n.git?branch=a#b"})
    EXPECT_EQ(parsed(text), "refused") << text;
}

// As BuildKit has it: the repository's top is a root.
TEST(GitReference, HasAFolderBelowItsTop) {
  for (const char* text : {"#a:../b", "#a:/b", "#a:b/", "?ref=a&subdir=..%2F..%2Fb", "#a:c/../../b"})
    EXPECT_EQ(parsed(std::string{"https://h/n.git"} + text), "https https://h/n.git a b ") << text;
  EXPECT_EQ(parsed("https://h/n.git#a:.."), "https https://h/n.git a  ");
}

TEST(GitReference, SaysWhatOfGitComesWithIt) {
  const auto with = [](const std::string& query) { return *parse_git_reference("https://h/n.git" + query); };
  EXPECT_FALSE(with("").keep_git_dir);
  EXPECT_TRUE(with("?keep-git-dir").keep_git_dir);
  EXPECT_TRUE(with("?keep-git-dir=1").keep_git_dir);
  EXPECT_FALSE(with("?keep-git-dir=false").keep_git_dir);
  EXPECT_TRUE(with("").submodules);
  EXPECT_FALSE(with("?submodules=false").submodules);
}

TEST(GitReference, MayBeLedToAnEncryptedTransport) {
  EXPECT_EQ(transports_of(*parse_git_reference("http://h/n.git")), "http:https");
  EXPECT_EQ(transports_of(*parse_git_reference("https://h/n.git")), "https");
  EXPECT_EQ(transports_of(*parse_git_reference("git@h:n.git")), "ssh");
}

TEST(GitSecrets, AreForOneHostOrForAll) {
  const GitReference it = *parse_git_reference("https://me@h:8/n.git");
  EXPECT_TRUE(authorization(it, {{"other", "x"}}).empty());
  EXPECT_TRUE(authorization(*parse_git_reference("git@h:n.git"), {{"GIT_AUTH_TOKEN", "x"}}).empty());
  const auto all = authorization(it, {{"GIT_AUTH_TOKEN", "t\n"}});
  EXPECT_EQ(all.at("GIT_CONFIG_KEY_0"), "http.https://h:8/.extraheader");
  EXPECT_EQ(all.at("GIT_CONFIG_VALUE_0"), "Authorization: basic eC1hY2Nlc3MtdG9rZW46dA==");
  const auto one = authorization(it, {{"GIT_AUTH_HEADER", "all"}, {"GIT_AUTH_HEADER.h:8", "one"}});
  EXPECT_EQ(one.at("GIT_CONFIG_VALUE_0"), "Authorization: one");
}

}  // namespace
}  // namespace stack::git
