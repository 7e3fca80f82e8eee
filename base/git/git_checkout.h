// What a git repository holds at one commit, as files in a folder. The git program fetches it; the repository is not trusted.
//
// Only the transport of the reference is allowed, and for submodules those that need no program of the repository's; hooks, templates and
// questions at the terminal are off. Blocks, within the limits of `git`. Throws stack::Error: not_found, unavailable, with what git said.
#pragma once

#include <filesystem>
#include <string>

#include "base/git/git_program.h"
#include "base/git/git_reference.h"

namespace stack::git {

// What a reference means now.
struct Commit {
  std::string id;
  std::string name;    // the branch or tag, "refs/tags/v1"; empty: it has none
  std::string object;  // what has that name: an annotated tag, or the commit

  bool operator==(const Commit&) const = default;
};
// Of a branch and a tag with the same name, which one is meant.
enum class Preferred { branch, tag };
// Nobody is asked for a whole commit id. `reference` has no problem. Throws invalid when it is not the one of its checksum.
Commit commit_of(const Git& git, const GitReference& reference, Preferred preferred);

struct CheckoutWish {
  bool git_folder = false;    // with the folder .git, in which the commit has its name; and no password
  bool submodules = false;    // and what those have in turn
  bool links_inside = false;  // a symbolic link that leads out of it is refused
};
// Into `folder`, which is there and empty.
void check_out(const Git& git, const GitReference& reference, const Commit& commit, const std::filesystem::path& folder,
               const CheckoutWish& wish);

}  // namespace stack::git
