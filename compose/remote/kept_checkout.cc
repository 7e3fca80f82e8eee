#include "compose/remote/kept_checkout.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/hide_credentials.h"
#include "base/thrown.h"

namespace stack::compose {
namespace {

namespace fs = std::filesystem;

// A folder that vanishes unless it is kept.
struct Draft {
  fs::path path;
  ~Draft() {
    std::error_code ignored;
    if (!path.empty()) fs::remove_all(path, ignored);
  }
};

// Links that stay inside are for projects, whose submodules nobody reads, and who knows them by their commit alone.
std::string folder_name(const git::Commit& commit, const git::CheckoutWish& wish) {
  if (wish.links_inside) return commit.id;
  std::string name = wish.git_folder ? commit.id + ".git" + commit.name : commit.id;
  std::ranges::replace(name, '/', '-');
  return name + (wish.submodules ? "" : ".alone");
}

void fetch(const git::Git& git, const git::GitReference& reference, const git::Commit& commit,
           const git::CheckoutWish& wish, const fs::path& folder) {
  std::string pattern = folder.string() + ".XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw Error::from_errno(errno, "making " + pattern);
  Draft draft{fs::canonical(pattern)};
  git::check_out(git, reference, commit, draft.path, wish);
  std::error_code failed;
  fs::rename(draft.path, folder, failed);
  if (!failed) {
    draft.path.clear();
  } else if (!fs::is_directory(folder)) {
    // When it is there, somebody else was faster with the same.
    throw Error::from_errno(failed.value(), "keeping the checkout at " + folder.string());
  }
}

}  // namespace

std::string kept_checkout(const git::GitReference& reference, const KeptCheckout& kept, const std::string& cache_dir,
                          const git::FetchLimits& limits) {
  const git::GitUser user{.own_settings = true, .environment = kept.environment, .stopped = {}};
  const git::Git git{git::transports_of(reference), limits, user};
  try {
    const git::Commit commit = git::commit_of(git, reference, kept.preferred);
    fs::create_directories(cache_dir);
    const fs::path folder = fs::canonical(cache_dir) / folder_name(commit, kept.wish);
    if (!fs::is_directory(folder)) fetch(git, reference, commit, kept.wish, folder);
    const fs::path found = reference.subdir.empty() ? folder : folder / reference.subdir;
    if (!fs::exists(found)) {
      throw Error(ErrorKind::not_found, hide_credentials(reference.url) + " has no \"" + reference.subdir + "\"");
    }
    // A link of the repository's may lead anywhere.
    const fs::path real = fs::canonical(found);
    if (std::mismatch(folder.begin(), folder.end(), real.begin(), real.end()).first != folder.end())
      throw Error(ErrorKind::invalid,
                  hide_credentials(reference.url) + ": \"" + reference.subdir + "\" leads out of it");
    return real.string();
  } catch (const fs::filesystem_error& error) {
    throw error_of(error);
  }
}

std::string fetch_cache(std::string_view kind) {
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return std::string{cache} + "/stack/" + std::string{kind};
  const char* const home = std::getenv("HOME");
  if (home != nullptr && *home == '/') return std::string{home} + "/.cache/stack/" + std::string{kind};
  throw Error(ErrorKind::invalid, "there is no folder for what is fetched").remedy("set HOME or XDG_CACHE_HOME");
}

}  // namespace stack::compose
