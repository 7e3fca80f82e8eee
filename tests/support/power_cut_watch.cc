#include <atomic>
#include <cstdint>
#include <cstdio>
#include <set>
#include <stdexcept>
#include <system_error>

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/scope_guard.h"
#include "base/unique_fd.h"
#include "tests/support/power_cut.h"

namespace stack::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kAttributeBytesMax = 65536;
constexpr int kCallStop = SIGTRAP | 0x80;

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

std::map<std::string, std::string> attributes_of(const std::string& path) {
  std::map<std::string, std::string> found;
  std::string names(kAttributeBytesMax, '\0');
  const ssize_t length = ::llistxattr(path.c_str(), names.data(), names.size());
  for (ssize_t at = 0; at < length;) {
    const std::string name{names.data() + at};
    at += static_cast<ssize_t>(name.size()) + 1;
    std::string value(kAttributeBytesMax, '\0');
    const ssize_t size = ::lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
    if (size < 0) fail("reading the attributes of " + path);
    value.resize(static_cast<std::size_t>(size));
    found[name] = value;
  }
  return found;
}

std::string content_of(const std::string& path, const struct stat& about) {
  std::string text(static_cast<std::size_t>(about.st_size), '\0');
  if (S_ISLNK(about.st_mode)) {
    if (::readlink(path.c_str(), text.data(), text.size()) < 0) fail("reading the link " + path);
    return text;
  }
  if (!S_ISREG(about.st_mode)) return {};
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd || ::pread(fd.get(), text.data(), text.size(), 0) != about.st_size) fail("reading " + path);
  return text;
}

// Looks at a folder again and again. Inodes that were seen are held, so that no other gets their number.
class Watcher {
 public:
  explicit Watcher(fs::path folder) : folder_(std::move(folder)) {
    look();
    synced_ = std::make_shared<DiskState>(now_);
    shown_ = std::make_shared<DiskState>(now_);
  }

  // Whether it is another than at the last look. What has no name any more is remembered: a sync may have kept its name.
  bool look() {
    changed_ = false;
    std::map<ino_t, std::map<std::string, ino_t>> folders;
    now_.root = walk(folder_.string(), folders);
    // A folder that is gone held nothing when it went.
    for (const auto& [inode, names] : now_.folders) folders.try_emplace(inode);
    if (folders != now_.folders) {
      now_.folders = std::move(folders);
      changed_ = true;
    }
    if (changed_) shown_ = std::make_shared<DiskState>(now_);
    return changed_;
  }
  void sync_all() { synced_ = shown_; }
  void sync(ino_t inode) {
    const auto known = now_.inodes.find(inode);
    if (known == now_.inodes.end()) return;
    auto after = std::make_shared<DiskState>(*synced_);
    after->inodes[inode] = known->second;
    if (const auto names = now_.folders.find(inode); names != now_.folders.end()) after->folders[inode] = names->second;
    synced_ = std::move(after);
  }
  [[nodiscard]] Moment moment(int steps_over, const std::string& call) const {
    return {shown_, synced_, steps_over, call};
  }

 private:
  ino_t walk(const std::string& path, std::map<ino_t, std::map<std::string, ino_t>>& folders) {
    struct stat about {};
    if (::lstat(path.c_str(), &about) != 0) fail("looking at " + path);
    see(path, about);
    if (!S_ISDIR(about.st_mode)) return about.st_ino;
    std::map<std::string, ino_t>& names = folders[about.st_ino];
    for (const auto& entry : fs::directory_iterator{path}) {
      names[entry.path().filename().string()] = walk(entry.path().string(), folders);
    }
    return about.st_ino;
  }
  void see(const std::string& path, const struct stat& about) {
    auto inode = std::make_shared<Inode>(Inode{.mode = about.st_mode,
                                               .uid = about.st_uid,
                                               .gid = about.st_gid,
                                               .device = about.st_rdev,
                                               .content = content_of(path, about),
                                               .attributes = attributes_of(path)});
    auto& known = now_.inodes[about.st_ino];
    if (!known) {
      held_.emplace_back(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
      if (!held_.back()) fail("holding " + path);
    }
    if (known && *known == *inode) return;
    known = std::move(inode);
    changed_ = true;
  }

  const fs::path folder_;
  DiskState now_;
  std::shared_ptr<const DiskState> shown_, synced_;
  std::vector<UniqueFd> held_;
  bool changed_ = false;
};

// Those that cannot change a file, as far as they are frequent; what is missing here costs time only.
bool changes_nothing(std::uint64_t number) {
  static const std::set<std::uint64_t> kQuiet{SYS_read,  SYS_pread64, SYS_mmap,      SYS_munmap,    SYS_mprotect,
                                              SYS_brk,   SYS_fstat,   SYS_lseek,     SYS_getrandom, SYS_newfstatat,
                                              SYS_futex, SYS_close,   SYS_faccessat, SYS_statx,     SYS_getdents64,
                                              SYS_fcntl, SYS_madvise, SYS_mremap,    SYS_flistxattr};
  return kQuiet.contains(number);
}

[[noreturn]] void play(const std::vector<std::function<void()>>& steps, std::atomic<int>& over) {
  if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(2);
  static_cast<void>(::raise(SIGSTOP));
  try {
    for (const auto& step : steps) {
      step();
      ++over;
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "step %d: %s\n", over.load(), e.what());
    ::_exit(1);
  }
  ::_exit(0);
}

class Tracer {
 public:
  Tracer(pid_t child, Watcher& watcher, const std::atomic<int>& over, bool believe_syncs)
      : child_(child), watcher_(watcher), over_(over), believe_syncs_(believe_syncs) {}

  std::vector<Moment> run() {
    wait_for(SIGSTOP);
    if (::ptrace(PTRACE_SETOPTIONS, child_, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) != 0)
      fail("watching the child");
    moments_.push_back(watcher_.moment(0, "none"));
    while (go_on()) {
      __ptrace_syscall_info info{};
      if (::ptrace(PTRACE_GET_SYSCALL_INFO, child_, sizeof info, &info) <= 0) fail("asking for the system call");
      if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        number_ = info.entry.nr;
        argument_ = info.entry.args[0];
        if (number_ == SYS_exit_group) moments_.push_back(watcher_.moment(over_, "exit"));
      } else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
        came_back(info.exit.is_error == 0);
      }
    }
    return std::move(moments_);
  }

 private:
  void wait_for(int signal) {
    int status = 0;
    if (::waitpid(child_, &status, 0) != child_ || !WIFSTOPPED(status) || WSTOPSIG(status) != signal)
      throw std::runtime_error("the child cannot be watched");
  }
  // To the next stop at a system call; false at the end.
  bool go_on() {
    for (int signal = 0;;) {
      if (::ptrace(PTRACE_SYSCALL, child_, nullptr, signal) != 0) fail("going on");
      int status = 0;
      if (::waitpid(child_, &status, 0) != child_) fail("waiting for the child");
      if (WIFEXITED(status) || WIFSIGNALED(status)) {
        if (status != 0) throw std::runtime_error("the child failed: status " + std::to_string(status));
        return false;
      }
      if (WSTOPSIG(status) == kCallStop) return true;
      signal = WSTOPSIG(status);
    }
  }
  void came_back(bool succeeded) {
    if (changes_nothing(number_)) return;
    const bool changed = watcher_.look();
    const bool syncs = number_ == SYS_syncfs || number_ == SYS_sync || number_ == SYS_fsync || number_ == SYS_fdatasync;
    if (syncs && succeeded && believe_syncs_) keep();
    if (changed || syncs) moments_.push_back(watcher_.moment(over_, std::to_string(number_)));
  }
  void keep() {
    if (number_ == SYS_syncfs || number_ == SYS_sync) return watcher_.sync_all();
    struct stat about {};
    const std::string path = "/proc/" + std::to_string(child_) + "/fd/" + std::to_string(argument_);
    if (::stat(path.c_str(), &about) != 0) fail("looking at what is synced");
    watcher_.sync(about.st_ino);
  }

  const pid_t child_;
  Watcher& watcher_;
  const std::atomic<int>& over_;
  const bool believe_syncs_;
  std::vector<Moment> moments_;
  std::uint64_t number_ = 0, argument_ = 0;
};

}  // namespace

std::vector<Moment> watch_steps(const fs::path& folder, const std::vector<std::function<void()>>& steps,
                                bool believe_syncs) {
  void* shared = ::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) fail("sharing memory");
  auto& over = *new (shared) std::atomic<int>{0};
  const ScopeGuard unmap{[&] { ::munmap(shared, sizeof(std::atomic<int>)); }};
  Watcher watcher{folder};
  const pid_t child = ::fork();
  if (child < 0) fail("forking");
  if (child == 0) play(steps, over);
  ScopeGuard end{[&] {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }};
  auto moments = Tracer{child, watcher, over, believe_syncs}.run();
  end.dismiss();
  return moments;
}

}  // namespace stack::test
