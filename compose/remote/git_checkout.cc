#include "compose/remote/git_checkout.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/thrown.h"

namespace stack::compose {
namespace {

namespace fs = std::filesystem;

bool commit_id(const std::string& text) {
  return (text.size() == 40 || text.size() == 64) &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Which commit the reference means now. Of a branch and a tag of one name the branch counts, as with git clone.
std::string commit_of(const Git& git, const RemoteReference& reference) {
  if (commit_id(reference.ref)) return reference.ref;
  const std::string ref = reference.ref.empty() ? "HEAD" : reference.ref;
  const auto done = git.run({"ls-remote", "--", reference.url, ref, ref + "^{}"});
  if (done.code != 0) throw Git::failure("cannot reach " + reference.url, done);
  const std::string wanted[] = {"refs/heads/" + ref, "refs/tags/" + ref + "^{}", "refs/tags/" + ref, ref};
  for (const auto& name : wanted) {
    for (std::size_t at = 0; at < done.output.size();) {
      const auto end = std::min(done.output.find('\n', at), done.output.size());
      const std::string line = done.output.substr(at, end - at);
      at = end + 1;
      const auto tab = line.find('\t');
      if (tab == std::string::npos || line.substr(tab + 1) != name) continue;
      if (commit_id(line.substr(0, tab))) return line.substr(0, tab);
    }
  }
  throw Error(ErrorKind::not_found, reference.url + " has no branch or tag \"" + ref + "\"")
      .remedy("name a branch, a tag, or all digits of a commit");
}

bool inside(const fs::path& path, const fs::path& root) {
  const auto [end, unused] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  return end == root.end();
}

void check_links(const fs::path& root) {
  for (const auto& entry : fs::recursive_directory_iterator{root}) {
    if (!entry.is_symlink()) continue;
    const auto target = fs::weakly_canonical(entry.path().parent_path() / fs::read_symlink(entry.path()));
    if (!inside(target, root)) {
      throw Error(ErrorKind::invalid,
                  "the repository's link " + entry.path().lexically_relative(root).string() + " leads out of it");
    }
  }
}

void remove_quietly(const fs::path& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

// A folder that vanishes unless it is kept.
struct Draft {
  fs::path path;
  ~Draft() {
    if (!path.empty()) remove_quietly(path);
  }
};

void fetch(const Git& git, const RemoteReference& reference, const std::string& commit, const fs::path& folder) {
  std::string pattern = folder.string() + ".XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw Error::from_errno(errno, "making " + pattern);
  Draft draft{fs::canonical(pattern)};
  const std::string place = draft.path.string();
  git.must({"init", "--quiet", "--template=", "--", place}, "making a checkout");
  git.must({"-C", place, "fetch", "--progress", "--depth=1", "--no-tags", "--no-recurse-submodules", "--",
            reference.url, commit},
           "cannot fetch " + reference.url);
  git.must({"-C", place, "checkout", "--progress", "--detach", "--no-recurse-submodules", commit},
           "cannot check out " + reference.url);
  check_links(draft.path);
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

std::string check_out(const RemoteReference& reference, const std::string& cache_dir, const FetchLimits& limits) {
  const Git git{reference.transport, limits};
  try {
    const std::string commit = commit_of(git, reference);
    fs::create_directories(cache_dir);
    const fs::path folder = fs::canonical(cache_dir) / commit;
    if (!fs::is_directory(folder)) fetch(git, reference, commit, folder);
    const fs::path found = reference.subdir.empty() ? folder : folder / reference.subdir;
    if (!fs::exists(found)) {
      throw Error(ErrorKind::not_found, reference.url + " has no \"" + reference.subdir + "\"");
    }
    return found.string();
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
