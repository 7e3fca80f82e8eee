// Git repositories of other places, checked out below the user's cache folder by the git program: one folder for each
// commit, made whole or not at all, so that the next time nothing is fetched.
//
// Only the transport of the reference is allowed; hooks, templates, submodules and questions at the terminal are off. A
// checkout with a symbolic link that leads out of it is refused.
#pragma once

#include <string>
#include <string_view>

#include "compose/remote/git_program.h"
#include "compose/remote/remote_reference.h"

namespace stack::compose {

// The folder or file that `reference`, which has no problem, stands for. Blocks while git fetches, within `limits`. Throws
// stack::Error: not_found, unavailable, with what git said.
std::string check_out(const RemoteReference& reference, const std::string& cache_dir, const FetchLimits& limits = {});

// $XDG_CACHE_HOME/stack/git, else ~/.cache/stack/git; for `kind` "git". Throws stack::Error(invalid) without a home.
std::string fetch_cache(std::string_view kind);

}  // namespace stack::compose
