#include "base/git/git_checkout.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/hide_credentials.h"
#include "base/thrown.h"

namespace stack::git {
namespace {

namespace fs = std::filesystem;

// The id that a line of ls-remote gives to this name.
std::string id_of(const std::string& lines, const std::string& name) {
  for (std::size_t at = 0; at < lines.size();) {
    const auto end = std::min(lines.find('\n', at), lines.size());
    const std::string line = lines.substr(at, end - at);
    at = end + 1;
    const auto tab = line.find('\t');
    if (tab == std::string::npos || line.substr(tab + 1) != name) continue;
    if (is_commit_id(line.substr(0, tab))) return line.substr(0, tab);
  }
  return {};
}

// "refs/heads/main" of the line "ref: refs/heads/main\tHEAD"; empty where the server does not say.
std::string branch_of_head(const std::string& lines) {
  constexpr std::string_view kRef = "ref: ";
  if (!lines.starts_with(kRef)) return {};
  return lines.substr(kRef.size(), lines.find_first_of("\t\n") - kRef.size());
}

void check_sum(const GitReference& reference, const std::string& commit, const std::string& tag) {
  if (reference.checksum.empty() || commit.starts_with(reference.checksum)) return;
  if (!tag.empty() && tag.starts_with(reference.checksum)) return;
  throw Error(ErrorKind::invalid,
              hide_credentials(reference.url) + ": its commit is " + commit + ", not " + reference.checksum)
      .remedy("see whether the commit is the right one before you correct the checksum");
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

// One checkout while it is made.
class Checkout {
 public:
  Checkout(const Git& git, const GitReference& reference, const Commit& commit, const fs::path& folder)
      : git_(git), reference_(reference), commit_(commit), folder_(folder), shown_(hide_credentials(reference.url)) {}

  void run(const CheckoutWish& wish) {
    const std::string format = commit_.id.size() == 64 ? "--object-format=sha256" : "--object-format=sha1";
    git_.must({"init", "--quiet", "--template=", format, "--", folder_.string()}, "making a checkout");
    // What submodules name relatively begins there.
    must({"remote", "add", "--", "origin", reference_.url}, "making a checkout");
    fetch();
    must({"checkout", "--progress", "--detach", "--no-recurse-submodules", commit_.id}, "cannot check out " + shown_);
    if (wish.submodules && fs::is_regular_file(fs::symlink_status(folder_ / ".gitmodules"))) submodules();
    if (wish.links_inside) check_links(folder_);
    if (wish.git_folder) return tidy_up();
    remove_repositories();
  }

 private:
  [[nodiscard]] std::vector<std::string> here(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"-C", folder_.string()});
    return arguments;
  }
  void must(std::vector<std::string> arguments, const std::string& what) const {
    git_.must(here(std::move(arguments)), what);
  }

  // The commit alone, where the server gives single commits; else all branches and tags, of which one should have it.
  void fetch() const {
    const std::string& wanted = commit_.object.empty() ? commit_.id : commit_.object;
    const auto alone = git_.run(
        here({"fetch", "--progress", "--depth=1", "--no-tags", "--no-recurse-submodules", "--", "origin", wanted}));
    if (alone.code == 0) return;
    if (!alone.gave_up.empty()) throw Git::failure("cannot fetch " + shown_, alone);
    const auto all = git_.run(here({"fetch", "--progress", "--no-recurse-submodules", "--", "origin",
                                    "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"}));
    if (all.code != 0) throw Git::failure("cannot fetch " + shown_, alone);
    if (git_.run(here({"cat-file", "-e", commit_.id + "^{commit}"})).code == 0) return;
    throw Error(ErrorKind::not_found, shown_ + " has no commit " + commit_.id)
        .remedy("see whether the commit is on one of its branches");
  }

  void submodules() const {
    const bool local = reference_.transport == "file";
    const Git git = git_.with_transports(local ? "file:https:http:git:ssh" : "https:http:git:ssh");
    const std::vector<std::string> update{"submodule", "update", "--init", "--recursive", "--progress"};
    std::vector<std::string> shallow = update;
    shallow.emplace_back("--depth=1");
    const auto done = git.run(here(shallow));
    if (!done.gave_up.empty()) throw Git::failure("cannot fetch the submodules of " + shown_, done);
    if (done.code != 0) git.must(here(update), "cannot fetch the submodules of " + shown_);
  }

  // And the files of submodules that lead to them.
  void remove_repositories() const {
    fs::remove_all(folder_ / ".git");
    std::vector<fs::path> links;
    for (const auto& entry : fs::recursive_directory_iterator{folder_}) {
      if (entry.path().filename() == ".git" && fs::is_regular_file(entry.symlink_status()))
        links.push_back(entry.path());
    }
    for (const fs::path& link : links) fs::remove(link);
  }

  // The folder .git stays, without what only this fetch knows; `git describe` finds the name of the commit.
  void tidy_up() const {
    if (!commit_.name.empty()) must({"update-ref", commit_.name, commit_.object}, "making a checkout");
    for (const fs::path& repository : repositories()) {
      forget_passwords(repository / "config");
      for (const char* each : {"FETCH_HEAD", "logs", "hooks"}) fs::remove_all(repository / each);
    }
  }

  // The folders of git, those of submodules included.
  [[nodiscard]] std::vector<fs::path> repositories() const {
    std::vector<fs::path> found{folder_ / ".git"};
    const fs::path modules = found.front() / "modules";
    if (!fs::is_directory(fs::symlink_status(modules))) return found;
    for (const auto& entry : fs::recursive_directory_iterator{modules}) {
      const fs::path& path = entry.path();
      if (path.filename() == "config" && entry.is_regular_file() && fs::is_directory(path.parent_path() / "objects"))
        found.push_back(path.parent_path());
    }
    return found;
  }

  // Git writes the addresses of submodules, which begin at the repository's own, with its password.
  void forget_passwords(const fs::path& config) const {
    const std::vector<std::string> file{"config", "--file", config.string()};
    std::vector<std::string> list = file;
    list.insert(list.end(), {"--null", "--get-regexp", R"(\.url$)"});
    const std::string lines = git_.run(list).output;
    for (std::size_t at = 0; at < lines.size();) {
      const std::size_t end = std::min(lines.find('\0', at), lines.size());
      const std::string line = lines.substr(at, end - at);
      at = end + 1;
      const std::size_t feed = line.find('\n');
      if (feed == std::string::npos) continue;
      const std::string url = line.substr(feed + 1), shown = hide_credentials(url);
      if (shown == url) continue;
      std::vector<std::string> set = file;
      set.insert(set.end(), {"--replace-all", line.substr(0, feed), shown});
      git_.must(set, "making a checkout");
    }
  }

  const Git& git_;
  const GitReference& reference_;
  const Commit& commit_;
  const fs::path& folder_;
  const std::string shown_;
};

}  // namespace

Commit commit_of(const Git& git, const GitReference& reference, Preferred preferred) {
  if (is_commit_id(reference.ref)) {
    check_sum(reference, reference.ref, {});
    return {.id = reference.ref, .name = {}, .object = {}};
  }
  const std::string shown = hide_credentials(reference.url);
  const std::string ref = reference.ref.empty() ? "HEAD" : reference.ref;
  const auto done = git.run({"ls-remote", "--symref", "--", reference.url, ref, ref + "^{}"});
  if (done.code != 0) throw Git::failure("cannot reach " + shown, done);
  std::vector<std::string> names{"refs/heads/" + ref, "refs/tags/" + ref, ref};
  if (preferred == Preferred::tag) std::swap(names[0], names[1]);
  for (const std::string& name : names) {
    const std::string direct = id_of(done.output, name), peeled = id_of(done.output, name + "^{}");
    if (direct.empty()) continue;
    Commit commit{.id = peeled.empty() ? direct : peeled, .name = name, .object = direct};
    check_sum(reference, commit.id, direct);
    if (name == "HEAD") commit.name = branch_of_head(done.output);
    if (!commit.name.starts_with("refs/heads/") && !commit.name.starts_with("refs/tags/")) commit.name.clear();
    return commit;
  }
  throw Error(ErrorKind::not_found, shown + " has no branch or tag \"" + ref + "\"")
      .remedy("name a branch, a tag, or all digits of a commit");
}

void check_out(const Git& git, const GitReference& reference, const Commit& commit, const fs::path& folder,
               const CheckoutWish& wish) {
  try {
    Checkout{git, reference, commit, folder}.run(wish);
  } catch (const fs::filesystem_error& error) {
    throw error_of(error);
  }
}

}  // namespace stack::git
