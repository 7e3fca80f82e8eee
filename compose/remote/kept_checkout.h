// Git repositories of other places, checked out below the user's cache folder: one folder for each commit, made whole or not at all, so
// that the next time nothing is fetched. With the folder .git it is one for each name of the commit as well, and without its submodules
// another one.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/git/git_checkout.h"

namespace stack::compose {

struct KeptCheckout {
  git::CheckoutWish wish;
  git::Preferred preferred = git::Preferred::branch;
  std::map<std::string, std::string> environment;  // of git, beyond the user's
};
// The folder or file that `reference`, which has no problem, stands for. Blocks while git fetches, within `limits`. Throws
// stack::Error: not_found, unavailable, with what git said.
std::string kept_checkout(const git::GitReference& reference, const KeptCheckout& kept, const std::string& cache_dir,
                          const git::FetchLimits& limits = {});
// What Compose files are read from: with the folder .git, and no link leads out.
inline constexpr git::CheckoutWish kProjectCheckout{.git_folder = true, .submodules = false, .links_inside = true};
// What an engine builds from, which follows no link out of it.
inline constexpr git::CheckoutWish kContextCheckout{.git_folder = false, .submodules = true, .links_inside = false};

// $XDG_CACHE_HOME/stack/KIND, else ~/.cache/stack/KIND. Throws stack::Error(invalid) without a home.
std::string fetch_cache(std::string_view kind);

}  // namespace stack::compose
