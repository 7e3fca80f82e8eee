// A step that is a RUN: what the command sees, what it leaves, and what it printed when it failed.
#include <algorithm>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/syscalls.h"
#include "engine/build/path_in_root.h"
#include "engine/build/step_play.h"
#include "engine/image/layered_tree.h"

namespace stack::build {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLinesShown = 20;  // of a command that failed
constexpr std::size_t kLineBytesShown = 2000;

// The last lines of what a command printed.
class Tail {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) {
      if (c == '\n') {
        lines_.push_back(std::exchange(line_, {}));
        if (lines_.size() > kLinesShown) lines_.erase(lines_.begin());
      } else if (line_.size() < kLineBytesShown) {
        line_ += c;
      }
    }
  }
  [[nodiscard]] std::string text() const {
    std::string result;
    for (const std::string& line : lines_) result += "\n  " + line;
    return line_.empty() ? result : result + "\n  " + line_;
  }

 private:
  std::vector<std::string> lines_;
  std::string line_;
};

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

UniqueFd made_folder(const fs::path& path, mode_t mode) {
  if (::mkdir(path.c_str(), 0700) != 0) throw Error::from_errno(errno, "making " + path.string());
  UniqueFd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd || ::fchmod(fd.get(), mode) != 0) throw Error::from_errno(errno, "making " + path.string());
  return fd;
}

// A folder that is a mount's place is no change of the image's. The command may have put a link to anywhere on the way to it: none is
// followed.
void remove_if_empty(BorrowedFd upper, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash);
  const auto folder = sys::open_in_root_no_links(upper, parent.c_str(), O_PATH | O_DIRECTORY, 0);
  if (!folder) return;
  const std::string name = last_part(path);
  struct stat about {};
  if (::fstatat(folder->get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) return;
  if (S_ISDIR(about.st_mode)) {
    static_cast<void>(::unlinkat(folder->get(), name.c_str(), AT_REMOVEDIR));
  } else if (S_ISREG(about.st_mode) && about.st_size == 0) {
    static_cast<void>(::unlinkat(folder->get(), name.c_str(), 0));
  }
}

// The root of what the command writes looks like the root that it begins with.
void make_upper(const fs::path& path, const std::vector<std::string>& layers) {
  const UniqueFd upper = made_folder(path, 0755);
  struct stat about {};
  if (layers.empty() || ::stat(layers.front().c_str(), &about) != 0) return;
  if (::fchown(upper.get(), about.st_uid, about.st_gid) != 0 || ::fchmod(upper.get(), about.st_mode & 07777) != 0)
    throw Error::from_errno(errno, "making " + path.string());
}

}  // namespace

void StepPlay::add_secret(const dockerfile::RunMount& mount, RunJob& job) const {
  std::string id = mount.id.empty() ? mount.source : mount.id;
  if (id.empty()) id = last_part(mount.target);
  const auto& secrets = run_.request_.spec.secrets;
  const auto found = std::ranges::find(secrets, id, &model::BuildSecret::id);
  if (found == secrets.end()) {
    if (!mount.required) return;
    throw Error(ErrorKind::not_found, "the secret \"" + id + "\" was not given")
        .remedy("give it with --secret id=" + id + ",src=FILE");
  }
  if (mount.env) job.environment[mount.env->empty() ? id : *mount.env] = found->content;
  if (mount.env && mount.target.empty()) return;
  job.secrets.push_back({.target = mount.target.empty() ? "/run/secrets/" + id : mount.target,
                         .content = found->content,
                         .user = mount.uid.value_or(0),
                         .group = mount.gid.value_or(0),
                         .mode = mount.mode.value_or(0400)});
}

void StepPlay::add_ssh(const dockerfile::RunMount& mount, RunJob& job, int number) const {
  const std::string id = mount.id.empty() ? "default" : mount.id;
  const auto& agents = run_.request_.spec.ssh;
  const auto found = std::ranges::find(agents, id, &model::BuildSsh::id);
  const std::string target = mount.target.empty() ? "/run/buildkit/ssh_agent." + std::to_string(number) : mount.target;
  // As BuildKit: also where there is no agent.
  job.environment["SSH_AUTH_SOCK"] = target;
  if (found == agents.end()) {
    if (!mount.required) return;
    throw Error(ErrorKind::not_found, "the ssh agent \"" + id + "\" was not given").remedy("give it with --ssh " + id);
  }
  job.binds.push_back({.source = found->socket, .target = target, .read_only = false});
}

// As with BuildKit, a cache that begins in another way is another one.
std::string StepPlay::cache_name(const dockerfile::RunMount& what, const Source* from) {
  std::string name = what.id.empty() ? what.target : what.id;
  if (what.uid || what.gid || what.mode) {
    const int mode = static_cast<int>(what.mode.value_or(0755));
    for (const auto number : {static_cast<int>(what.uid.value_or(0)), static_cast<int>(what.gid.value_or(0)), mode})
      name += " " + std::to_string(number);
  }
  if (from == nullptr) return name;
  const auto* context = std::get_if<std::string>(&from->what.from);
  const bool made = from->made != nullptr && !from->made->layers.empty();
  return name + " from " + (made ? from->made->layers.back() : context != nullptr ? *context : "") + " " + what.source;
}

asio::awaitable<void> StepPlay::prepare_mounts(const RunCommand& command, RunJob& job) {
  using Type = dockerfile::MountType;
  std::size_t source = 0;
  int agents = 0;
  struct Lent {
    std::shared_ptr<WorkFolder> folder;
    std::vector<std::shared_ptr<CacheMounts::Lease>> caches;
  };
  const auto lent = std::make_shared<Lent>(Lent{folder_, {}});
  for (const Mount& mount : command.mounts) {
    const dockerfile::RunMount& what = mount.what;
    Source* from = mount.has_source ? &sources_[source++] : nullptr;
    if (what.type == Type::tmpfs) job.tmpfs.push_back({what.target, static_cast<std::int64_t>(what.size.value_or(0))});
    if (what.type == Type::secret) add_secret(what, job);
    if (what.type == Type::ssh) add_ssh(what, job, agents++);
    if (what.type != Type::bind && what.type != Type::cache) continue;
    fs::path place = folder_->path() / ("mount-" + std::to_string(scratch_++));
    if (what.type == Type::cache) {
      const auto lease = co_await run_.builder_.mounts_.take(cache_name(what, from),
                                                             what.sharing.value_or(dockerfile::CacheSharing::shared));
      lent->caches.push_back(lease);
      place = lease->folder();
    }
    // What is copied is the command's own: what it changes of it is gone afterwards, or stays in the cache mount.
    auto work = [this, &what, from, &place, &job] {
      const bool cache = what.type == Type::cache;
      if (cache && fs::exists(place)) return job.binds.push_back({place, what.target, what.read_only});
      const fs::path fresh = folder_->path() / ("fresh-" + std::to_string(scratch_++));
      const UniqueFd root = made_folder(fresh, 0755);
      CopyRules rules;
      rules.keep_folder = !cache;
      rules.check = [this] { run_.throw_if_stopped(); };
      CopyPlayer player{root, rules};
      if (from != nullptr) {
        const std::string path = what.source.empty() ? "." : what.source;
        const FileTree& tree = open(*from);
        for (const CopySource& found : select_sources(tree, {path}, false, from->display))
          player.copy(tree, found, cache ? "/" : "/content");
      }
      if (cache && (::fchown(root.get(), what.uid.value_or(0), what.gid.value_or(0)) != 0 ||
                    ::fchmod(root.get(), what.mode.value_or(0755)) != 0))
        throw Error::from_errno(errno, "making a cache mount");
      // Another step may have made the same cache meanwhile: that one counts.
      if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, place.c_str(), RENAME_NOREPLACE) != 0 && errno != EEXIST)
        throw Error::from_errno(errno, "making " + place.string());
      job.binds.push_back({cache ? place : place / "content", what.target, what.read_only});
    };
    co_await ports_.workers.run(std::move(work));
  }
  job.keep = lent;
}

std::vector<std::string> StepPlay::missing_targets(const RunJob& job) const {
  std::vector<std::string> targets, missing;
  for (const auto& bind : job.binds) targets.push_back(bind.target);
  for (const auto& tmpfs : job.tmpfs) targets.push_back(tmpfs.target);
  for (const auto& secret : job.secrets) targets.push_back(secret.target);
  if (job.layers.empty()) return missing;
  const image::LayeredTree tree{job.layers};
  for (const std::string& target : targets) {
    auto folder = tree.root();
    bool gone = false;
    std::string path;
    for (std::size_t begin = 1; begin <= target.size();) {
      const std::size_t slash = std::min(target.find('/', begin), target.size());
      const std::string name = target.substr(begin, slash - begin);
      begin = slash + 1;
      if (name.empty()) continue;
      if (!gone) {
        const auto next = tree.resolve(joined(folder.path, name));
        if (next) {
          folder = *next;
          path = folder.path;
          continue;
        }
        if (tree.find(folder, name)) break;  // a file, or a link to nowhere: it stays
        gone = true;
      }
      path = joined(path, name);
      missing.push_back(path);
    }
  }
  std::ranges::sort(missing, std::ranges::greater{}, &std::string::size);
  return missing;
}

asio::awaitable<void> StepPlay::make_run(const RunCommand& command) {
  RunJob job{.name = node_.name,
             .layers = ports_.images.layer_folders(parent_->layers),
             .folder = folder_->path() / "run",
             .argv = command.argv,
             .environment = command.environment,
             .user = command.user,
             .working_dir = command.working_dir,
             .network = command.network,
             .insecure = command.insecure,
             .extra_hosts = command.extra_hosts,
             .shm_size = run_.request_.spec.shm_size,
             .ulimits = run_.request_.spec.ulimits};
  for (const auto& [name, value] : command.proxies) job.environment.try_emplace(name, value);
  co_await prepare_mounts(command, job);
  std::vector<std::string> missing;
  auto prepare = [this, &command, &job, &missing] {
    for (const InlineFile& script : command.scripts) {
      const fs::path place = folder_->path() / ("script-" + std::to_string(scratch_++));
      CopyRules rules;
      rules.mode = ModeChange::parse("0755");
      const UniqueFd root = made_folder(place, 0755);
      CopyPlayer{root, rules}.write({"script", script.content}, "/script");
      job.binds.push_back({place / "script", "/dev/pipes/" + script.name, true});
    }
    static_cast<void>(made_folder(job.folder, 0700));
    make_upper(job.folder / "upper", job.layers);
    missing = missing_targets(job);
  };
  co_await ports_.workers.run(std::move(prepare));
  const auto tail = std::make_shared<Tail>();
  job.on_output = [tail, progress = run_.request_.progress, number = run_.step_of(id_)](int stream,
                                                                                        std::string_view bytes) {
    tail->add(bytes);
    progress->output(number, stream, bytes);
  };
  const fs::path upper = job.folder / "upper";
  const RunOutcome outcome = co_await ports_.runner.run(std::move(job));
  if (outcome.exit_code != 0) {
    throw Error(ErrorKind::internal, std::string{"the command exited with code "} + std::to_string(outcome.exit_code) +
                                         (outcome.out_of_memory ? " (out of memory)" : "") + tail->text());
  }
  auto clean = [&upper, &missing] {
    const UniqueFd root{::open(upper.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!root) throw Error::from_errno(errno, "opening " + upper.string());
    for (const std::string& path : missing) remove_if_empty(root, path);
  };
  co_await ports_.workers.run(std::move(clean));
}

}  // namespace stack::build
