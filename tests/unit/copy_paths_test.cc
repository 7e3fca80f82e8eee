#include "cli/commands/copy_paths.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace stack::cli {
namespace {

TEST(CopyPaths, OneOfTheWordsNamesAContainer) {
  const auto place = [](const char* word) {
    const CopyPlace it = parse_copy_place(word);
    return it.container + "|" + it.path;
  };
  EXPECT_EQ(place("web:/etc/x"), "web|/etc/x");
  EXPECT_EQ(place("web:a:b"), "web|a:b");
  EXPECT_EQ(place("web:"), "web|");
  EXPECT_EQ(place("./a:b"), "|./a:b");
  EXPECT_EQ(place("/a:b"), "|/a:b");
  EXPECT_EQ(place("a"), "|a");
  EXPECT_EQ(place("-"), "|-");
}

TEST(CopyPaths, PartsAreThoseOfDocker) {
  const auto parts = [](const char* path) {
    const PathParts it = parts_of(path);
    return it.folder + "|" + it.name;
  };
  EXPECT_EQ(parts("/a/b"), "/a|b");
  EXPECT_EQ(parts("/a/b/"), "/a|b");
  EXPECT_EQ(parts("/a/b/."), "/a/b|.");
  EXPECT_EQ(parts("/a"), "/|a");
  EXPECT_EQ(parts("/"), "/|/");
  EXPECT_EQ(parts("/."), "/|.");
  EXPECT_EQ(parts("a"), ".|a");
  EXPECT_EQ(parts(""), ".|.");
  EXPECT_EQ(last_part("/a/b//"), "b");
  EXPECT_EQ(last_part("/a/."), ".");
  EXPECT_EQ(last_part("//"), "/");
  EXPECT_EQ(ending_like("/x", "a/"), "/x/");
  EXPECT_EQ(ending_like("/x", "a/."), "/x/.");
  EXPECT_EQ(ending_like("/", "a/."), "/.");
  EXPECT_EQ(ending_like("/x", "a"), "/x");
}

// "FOLDER|NAME", or what is refused.
std::string landing(const CopySource& source, const CopyTarget& target) {
  try {
    const Landing it = landing_of(source, target);
    return it.folder + "|" + it.name;
  } catch (const Error& error) {
    return error.message();
  }
}

TEST(CopyPaths, WhereAFileLands) {
  const CopySource file{.path = "/src/f"};
  EXPECT_EQ(landing(file, {.path = "/t/new"}), "/t|new");
  EXPECT_EQ(landing(file, {.path = "/t/new/"}), "no such directory");
  EXPECT_EQ(landing(file, {.path = "/t/old", .exists = true}), "/t|old");
  EXPECT_EQ(landing(file, {.path = "/t/d", .exists = true, .is_folder = true}), "/t/d|f");
  const CopySource link{.path = "/src/f", .called = "link"};
  EXPECT_EQ(landing(link, {.path = "/t/d", .exists = true, .is_folder = true}), "/t/d|link");
  EXPECT_EQ(landing(link, {.path = "/t/new"}), "/t|new");
}

TEST(CopyPaths, WhereAFolderLands) {
  const CopySource folder{.path = "/src/d", .is_folder = true}, content{.path = "/src/d/.", .is_folder = true};
  EXPECT_EQ(landing(folder, {.path = "/t/new"}), "/t|new");
  EXPECT_EQ(landing(folder, {.path = "/t/new/"}), "/t|new");
  EXPECT_EQ(landing(content, {.path = "/t/new"}), "/t|new");
  EXPECT_EQ(landing(folder, {.path = "/t/d", .exists = true, .is_folder = true}), "/t/d|d");
  EXPECT_EQ(landing(content, {.path = "/t/d", .exists = true, .is_folder = true}), "/t/d|.");
  EXPECT_EQ(landing(folder, {.path = "/t/f", .exists = true}), "cannot copy directory");
}

TEST(CopyPaths, LinksLeadFromTheirFolder) {
  EXPECT_EQ(target_path("/a/l", "x/y"), "/a/x/y");
  EXPECT_EQ(target_path("/a/l", "../x"), "/x");
  EXPECT_EQ(target_path("/a/l", "/x"), "/x");
}

TEST(CopyPaths, EntriesGetTheNewName) {
  EXPECT_EQ(renamed_entry("d/f", "d", "new"), "new/f");
  EXPECT_EQ(renamed_entry("./f", ".", "new"), "new/f");
  EXPECT_EQ(renamed_entry("./", ".", "new"), "new/");
  EXPECT_EQ(renamed_entry("/bin/x", "/", "new"), "new/bin/x");
  EXPECT_EQ(renamed_entry("other", "d", "new"), "other");
}

}  // namespace
}  // namespace stack::cli
