#include "compose/load/git_checkout.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/error.h"
#include "engine/base/unique_fd.h"

extern char** environ;

namespace stack::compose {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxOutput = std::size_t{1} << 20U;

struct Finished {
  int code = 0;
  std::string output;  // errors included
};

// The environment of git: ours, with what could run other programs or ask somebody switched off.
std::vector<std::string> environment_for(const std::string& transport) {
  static constexpr std::array<std::string_view, 7> kReplaced{
      "GIT_ALLOW_PROTOCOL=", "GIT_TERMINAL_PROMPT=", "GIT_DIR=", "GIT_WORK_TREE=",
      "GIT_INDEX_FILE=",     "GIT_TEMPLATE_DIR=",    "LC_ALL="};
  std::vector<std::string> out;
  bool own_ssh = false;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    own_ssh = own_ssh || text.starts_with("GIT_SSH");
    if (std::ranges::none_of(kReplaced, [&](std::string_view it) { return text.starts_with(it); }))
      out.emplace_back(text);
  }
  out.push_back("GIT_ALLOW_PROTOCOL=" + transport);
  out.emplace_back("GIT_TERMINAL_PROMPT=0");
  out.emplace_back("LC_ALL=C");
  if (!own_ssh) out.emplace_back("GIT_SSH_COMMAND=ssh -o BatchMode=yes");
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::string read_all(int fd) {
  std::string out;
  char buffer[16384];
  for (;;) {
    const auto got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return out;
    // What is too much is read all the same, so that git does not wait for its reader.
    if (out.size() < kMaxOutput) out.append(buffer, static_cast<std::size_t>(got));
  }
}

class Git {
 public:
  explicit Git(std::string transport) : transport_(std::move(transport)) {}

  // `git ARGUMENTS...`
  [[nodiscard]] Finished run(const std::vector<std::string>& arguments) const {
    std::vector<std::string> words{"git",
                                   "-c",
                                   "core.hooksPath=/dev/null",
                                   "-c",
                                   "core.fsmonitor=false",
                                   "-c",
                                   "submodule.recurse=false",
                                   "-c",
                                   "protocol.ext.allow=never",
                                   "-c",
                                   "advice.detachedHead=false"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    auto variables = environment_for(transport_);
    auto argv = pointers(words), envp = pointers(variables);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw Error::from_errno(errno, "making a pipe");
    UniqueFd from{ends[0]}, to{ends[1]};
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, to.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, to.get(), STDERR_FILENO);
    pid_t child = -1;
    const int failed = ::posix_spawnp(&child, "git", &actions, nullptr, argv.data(), envp.data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed == ENOENT) throw Error(ErrorKind::not_found, "the program git is not installed");
    if (failed != 0) throw Error::from_errno(failed, "starting git");
    to.reset();
    Finished done;
    done.output = read_all(from.get());
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    done.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return done;
  }

  void must(const std::vector<std::string>& arguments, const std::string& what) const {
    if (const auto done = run(arguments); done.code != 0) throw failure(what, done.output);
  }

  // What git complains of first tells most.
  static Error failure(const std::string& what, std::string_view said) {
    if (const auto fatal = said.find("fatal: "); fatal != std::string_view::npos) said.remove_prefix(fatal + 7);
    said = said.substr(0, said.find('\n'));
    return Error(ErrorKind::unavailable, what + (said.empty() ? "" : ": " + std::string{said}));
  }

 private:
  std::string transport_;
};

bool commit_id(const std::string& text) {
  return (text.size() == 40 || text.size() == 64) &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Which commit the reference means now. Of a branch and a tag of one name the branch counts, as with git clone.
std::string commit_of(const Git& git, const RemoteReference& reference) {
  if (commit_id(reference.ref)) return reference.ref;
  const std::string ref = reference.ref.empty() ? "HEAD" : reference.ref;
  const auto done = git.run({"ls-remote", "--", reference.url, ref, ref + "^{}"});
  if (done.code != 0) throw Git::failure("cannot reach " + reference.url, done.output);
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
  git.must({"-C", place, "fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--", reference.url,
            commit},
           "cannot fetch " + reference.url);
  git.must({"-C", place, "checkout", "--quiet", "--detach", "--no-recurse-submodules", commit},
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

std::string check_out(const RemoteReference& reference, const std::string& cache_dir) {
  const Git git{reference.transport};
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
    throw Error(ErrorKind::internal, error.what());
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
