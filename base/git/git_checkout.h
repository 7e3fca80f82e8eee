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

// Which commit `reference`, which has no problem, means now. Nobody is asked for a whole commit id. Throws invalid when it is not the one
// of its checksum.
std::string commit_of(const Git& git, const GitReference& reference);

struct CheckoutWish {
  bool git_folder = false;    // with the folder .git, at the top alone
  bool submodules = false;    // and what those have in turn
  bool links_inside = false;  // a symbolic link that leads out of it is refused
};
// Into `folder`, which is there and empty.
void check_out(const Git& git, const GitReference& reference, const std::string& commit,
               const std::filesystem::path& folder, const CheckoutWish& wish);

}  // namespace stack::git
