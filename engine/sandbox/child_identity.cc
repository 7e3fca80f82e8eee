#include "engine/sandbox/child_identity.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys/syscalls.h"
#include "engine/sandbox/account.h"
#include "engine/sandbox/child_birth.h"
#include "engine/sandbox/child_files.h"
#include "engine/sandbox/child_init.h"
#include "engine/sandbox/plan_op.h"
#include "engine/sandbox/rlimit_names.h"

namespace stack::sandbox {
namespace {

constexpr unsigned kMemMajor = 1, kNullMinor = 3;

Account account;
char home_variable[kHomeMax + 8];

UniqueFd open_account_file(BorrowedFd root, const char* path) noexcept {
  // Not blocking: an image may have put a pipe there.
  auto fd = sys::open_in_root(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
  struct stat info {};
  if (!fd || ::fstat(fd->get(), &info) != 0 || !S_ISREG(info.st_mode)) return UniqueFd{};
  return std::move(*fd);
}

void find_account(const FlatView& plan, const Reporter& reporter) noexcept {
  auto root = open_path("/", O_PATH | O_DIRECTORY);
  if (!root) reporter.fail(Stage::user, root.err(), "/");
  const UniqueFd passwd = open_account_file(*root, "/etc/passwd");
  const UniqueFd group = open_account_file(*root, "/etc/group");
  GroupNames further;
  further.context = &plan;
  further.count = plan.head().groups.count;
  further.name = [](const void* context, std::size_t i) {
    const auto& view = *static_cast<const FlatView*>(context);
    return view.text(view.array<Span>(view.head().groups)[i]);
  };
  const char* wrong = "";
  switch (resolve_account(plan.text(plan.head().user), further, passwd, group, account, wrong)) {
    case AccountError::none:
      break;
    case AccountError::no_user:
      reporter.fail(Stage::user, ENOENT, wrong);
    case AccountError::no_group:
      reporter.fail(Stage::group, ENOENT, wrong);
    case AccountError::too_many_groups:
      reporter.fail(Stage::credentials, E2BIG, wrong);
  }
}

// A program that opens /dev/stdout again needs to own what is behind it.
void own_streams(const Reporter& reporter) noexcept {
  if (account.uid == 0) return;
  for (int fd = 0; fd <= 2; ++fd) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) reporter.fail(Stage::stdio, errno, "standard stream");
    const bool null = S_ISCHR(info.st_mode) && info.st_rdev == ((kMemMajor << 8) | kNullMinor);
    if (!S_ISCHR(info.st_mode) && !S_ISFIFO(info.st_mode)) continue;
    if (!null && ::fchown(fd, account.uid, static_cast<gid_t>(-1)) != 0 && errno != EINVAL && errno != EROFS) {
      reporter.fail(Stage::stdio, errno, "standard stream");
    }
  }
}

// Says which one, and to what it was to be set.
[[noreturn]] void fail_rlimit(const FlatRlimit& limit, int err, const Reporter& reporter) noexcept {
  const char* name = "?";
  for (const RlimitName& known : kRlimitNames) {
    if (known.resource == limit.resource) name = known.name;
  }
  const auto number = [](std::uint64_t value) { return value == RLIM_INFINITY ? -1LL : static_cast<long long>(value); };
  char detail[96];
  std::snprintf(detail, sizeof detail, "%s to %lld:%lld", name, number(limit.soft), number(limit.hard));
  reporter.fail(Stage::rlimit, err, detail);
}

// A limit of processes counts the forerunner of child_birth.h as well: it may only be raised before that one has ended.
enum class Round { with_rights, in_place };

void set_rlimits(const FlatView& plan, Round round, const Reporter& reporter) noexcept {
  const auto* limit = plan.array<FlatRlimit>(plan.head().rlimits);
  for (std::uint32_t i = 0; i < plan.head().rlimits.count; ++i) {
    const auto resource = static_cast<__rlimit_resource>(limit[i].resource);
    rlimit value{limit[i].soft, limit[i].hard}, now{};
    if (resource == RLIMIT_NPROC && round == Round::with_rights && ::getrlimit(resource, &now) == 0) {
      value = {std::max(value.rlim_cur, now.rlim_cur), std::max(value.rlim_max, now.rlim_max)};
    } else if (round == Round::in_place && resource != RLIMIT_NPROC) {
      continue;
    }
    if (::setrlimit(resource, &value) != 0) fail_rlimit(limit[i], errno, reporter);
  }
}

// The filter goes in between: loading it needs CAP_SYS_ADMIN (a process that may still gain rights has no other way),
// and what follows it must be possible under it.
void change_credentials(const FlatView& plan, const Reporter& reporter) noexcept {
  const FlatPlan& head = plan.head();
  const std::uint64_t wanted = head.capabilities;
  for (std::uint64_t number = 0; number <= head.last_capability && number < 64; ++number) {
    if ((wanted >> number & 1) != 0) continue;
    if (::prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0 && errno != EINVAL) reporter.fail(Stage::capabilities, errno);
  }
  if ((head.flags & kNoNewPrivileges) != 0 && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    reporter.fail(Stage::capabilities, errno);
  }
  if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) reporter.fail(Stage::capabilities, errno);
  if (::syscall(SYS_setgroups, account.group_count, account.groups) != 0) reporter.fail(Stage::credentials, errno);
  if (::syscall(SYS_setresgid, account.gid, account.gid, account.gid) != 0) reporter.fail(Stage::credentials, errno);
  if (::syscall(SYS_setresuid, account.uid, account.uid, account.uid) != 0) reporter.fail(Stage::credentials, errno);
  const std::uint64_t admin = std::uint64_t{1} << CAP_SYS_ADMIN;
  if (auto status = sys::set_capabilities(wanted | admin, wanted | admin, 0); !status) {
    reporter.fail(Stage::capabilities, status.err());
  }
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) reporter.fail(Stage::capabilities, errno);
  // A change of user clears it.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) reporter.fail(Stage::credentials, errno);
  if (head.seccomp.count > 0) {
    auto status = sys::load_seccomp(plan.text(head.seccomp), static_cast<std::uint16_t>(head.seccomp.count / 8));
    if (!status) reporter.fail(Stage::seccomp, status.err());
  }
  if (auto status = sys::set_capabilities(wanted, wanted, 0); !status) {
    reporter.fail(Stage::capabilities, status.err());
  }
}

void enter_working_dir(const FlatView& plan, const Reporter& reporter) noexcept {
  const char* path = plan.text(plan.head().working_dir);
  if (::chdir(path) != 0) reporter.fail(Stage::working_dir, errno, path);
  // A folder that is not below our root would be shown as unreachable: a way out (CVE-2024-21626).
  static char where[4096];
  const long n = ::syscall(SYS_getcwd, where, sizeof where);
  if (n <= 0) reporter.fail(Stage::working_dir, n < 0 ? errno : EINVAL, path);
  if (where[0] != '/') reporter.fail(Stage::working_dir, EPERM, path);
}

[[noreturn]] void run(const FlatView& plan, char* const* argv, char* const* envp, const Reporter& reporter) noexcept {
  static_cast<void>(plan);
  const char* name = argv[0];
  ChildMessage ready;
  ready.word = Word::ready;
  if (!reporter.shim_lives() || !send_word(reporter.socket(), ready, nullptr, 0)) ::_exit(1);
  if (std::strchr(name, '/') != nullptr) {
    ::execve(name, argv, envp);
    const int err = errno;
    struct stat info {};
    const bool there = ::stat(name, &info) == 0;
    const bool missing = (err == ENOENT || err == ENOTDIR) && !there;
    const bool folder = err == EACCES && there && S_ISDIR(info.st_mode);
    reporter.fail(missing ? Stage::lookup : Stage::exec, folder ? EISDIR : err, name);
  }
  const char* path = "";
  for (char* const* variable = envp; *variable != nullptr; ++variable) {
    if (std::strncmp(*variable, "PATH=", 5) == 0) path = *variable + 5;
  }
  static char candidate[4096];
  int refused = 0;
  while (*path != '\0') {
    const char* end = std::strchr(path, ':');
    const std::size_t size = end != nullptr ? static_cast<std::size_t>(end - path) : std::strlen(path);
    const int made = std::snprintf(candidate, sizeof candidate, "%.*s/%s", static_cast<int>(size), path, name);
    // An empty entry would mean the working directory, which the image's author does not choose.
    if (size > 0 && size < sizeof candidate && made > 0 && static_cast<std::size_t>(made) < sizeof candidate) {
      struct stat info {};
      const bool file = ::stat(candidate, &info) == 0 && !S_ISDIR(info.st_mode);
      if (file) {
        ::execve(candidate, argv, envp);
        if (refused == 0 || errno != EACCES) refused = errno;
        if (errno != EACCES && errno != ENOENT) break;
      }
    }
    path += size + (end != nullptr ? 1 : 0);
  }
  reporter.fail(refused != 0 ? Stage::exec : Stage::lookup, refused != 0 ? refused : ENOENT, name);
}

}  // namespace

void choose_profile(const FlatView& plan, const Reporter& reporter) noexcept {
  const char* profile = plan.text(plan.head().apparmor);
  if (*profile == '\0') return;
  char text[300];
  const int size = std::snprintf(text, sizeof text, "exec %s", profile);
  if (size < 0 || static_cast<std::size_t>(size) >= sizeof text) reporter.fail(Stage::apparmor, ENAMETOOLONG, profile);
  auto self = open_path("/proc/self", O_PATH | O_DIRECTORY);
  if (!self) reporter.fail(Stage::apparmor, self.err(), profile);
  if (write_value(*self, "attr/apparmor/exec", text) == 0) return;
  if (const int err = write_value(*self, "attr/exec", text)) reporter.fail(Stage::apparmor, err, profile);
}

void become_program(const FlatView& plan, Birth birth, const Reporter& reporter) noexcept {
  find_account(plan, reporter);
  own_streams(reporter);
  set_rlimits(plan, Round::with_rights, reporter);
  char* extra = nullptr;
  if ((plan.head().flags & kNeedsHome) != 0) {
    std::snprintf(home_variable, sizeof home_variable, "HOME=%s", account.home);
    extra = home_variable;
  }
  char* const* argv = plan.relocate(plan.head().argv, nullptr);
  char* const* envp = plan.relocate(plan.head().envp, extra);
  change_credentials(plan, reporter);
  enter_working_dir(plan, reporter);
  ::umask(022);
  if (birth == Birth::chosen) move_to_pid_namespace((plan.head().flags & kTty) != 0, reporter);
  set_rlimits(plan, Round::in_place, reporter);
  if ((plan.head().flags & kInit) == 0) run(plan, argv, envp, reporter);
  hold_signals();
  const long program = ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (program < 0) reporter.fail(Stage::clone, errno, "init");
  if (program == 0) {
    ::setpgid(0, 0);
    if ((plan.head().flags & kTty) != 0) ::tcsetpgrp(0, ::getpid());
    release_signals();
    run(plan, argv, envp, reporter);
  }
  ::close(reporter.socket());
  // What executing a program would have taken from another user than root.
  if (account.uid != 0 && !sys::set_capabilities(0, 0, 0)) ::_exit(1);
  become_init(static_cast<pid_t>(program), argv, envp);
}

}  // namespace stack::sandbox
