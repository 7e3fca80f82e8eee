// Addresses of git repositories: what of them is meant, and what could be more than an address.
#include "base/git/git_reference.h"

#include <gtest/gtest.h>

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
  const std::string commit(40, 'a');
  EXPECT_EQ(parsed("https://h/n.git?commit=" + commit), "https https://h/n.git " + commit + "  " + commit);
}

TEST(GitReference, IsNoOtherAddress) {
  for (const char* text : {"https://h/n.tar.gz", "https://h/n", "file:///srv/n.git", "./n.git", "n.git",
                           "github.com/o/n", "ext::sh -c id", "ftp://h/n.git", "", "-"})
    EXPECT_EQ(parsed(text), "none") << text;
}

TEST(GitReference, RefusesWhatCouldBeMore) {
  for (const char* text :
       {"ssh://-oProxyCommand=x/n.git", "ssh://u@-oX/n.git", "https://h/n.git#-x", "https://h/n.git#--upload-pack=x",
        "https://h/n.git#a..b", "https://h/n.git#a:../b", "https://h/n.git#a:/etc", "https://h/n.git#+a",
        "https://h/n.git#a b", "https://h/n.git?ref=-x", "https://h/n.git?branch=a&ref=b",
        "https://h/n.git?branch=", "https://h/n.git?subdir=..%2F..", "https://h/n.git?checksum=xyz",
        "https://h/n.git?depth=1", "https://h/n.git?ref=a%0ab", "https://h/n.git?branch=a#b"})
    EXPECT_EQ(parsed(text), "refused") << text;
}

TEST(GitReference, IsShownWithoutThePassword) {
  EXPECT_EQ(shown_address("https://me:secret@h/n.git"), "https://h/n.git");
  EXPECT_EQ(shown_address("https://h/n.git@v1"), "https://h/n.git@v1");
  EXPECT_EQ(shown_address("git@h:n.git"), "git@h:n.git");
}

}  // namespace
}  // namespace stack::git
