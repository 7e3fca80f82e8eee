#include "engine/shim/spawn.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/sys/syscalls.h"
#include "engine/shim/protocol.h"

namespace stack::shim {
namespace {

constexpr std::size_t kStackBytes = 64 * 1024;
constexpr int kSignalMax = 64;
constexpr int kExecFailed = 127;

struct Birth {
  int program = -1;
  int control = -1;
  int null = -1;
  int error = 0;  // shared memory: the child writes, the parent reads after it has gone on
};

// Shares the daemon's memory until execveat: touches nothing but its own descriptors and `Birth`. It never returns, so the marks
// that the address sanitizer makes around variables would stay on a stack that the daemon still uses.
[[gnu::no_sanitize_address]] int child(void* argument) noexcept {
  auto* birth = static_cast<Birth*>(argument);
  for (int signal = 1; signal <= kSignalMax; ++signal) {
    if (signal != SIGKILL && signal != SIGSTOP) ::signal(signal, SIG_DFL);
  }
  // Both must survive the moves below, so they go out of the way first.
  const int control = ::fcntl(birth->control, F_DUPFD, kControlFd + 2);
  const int program = ::fcntl(birth->program, F_DUPFD, kControlFd + 2);
  if (control < 0 || program < 0 || ::dup2(birth->null, 0) < 0 || ::dup2(0, 1) < 0 || ::dup2(0, 2) < 0 ||
      ::dup2(control, kControlFd) < 0 || ::dup2(program, kControlFd + 1) < 0 ||
      ::syscall(SYS_close_range, kControlFd + 2, ~0U, 0) != 0 || ::fcntl(kControlFd + 1, F_SETFD, FD_CLOEXEC) != 0 ||
      ::setsid() < 0) {
    birth->error = errno;
    ::_exit(kExecFailed);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  static char name[] = "stack-shim";
  char* const argv[] = {name, nullptr};
  char* const envp[] = {nullptr};
  ::syscall(SYS_execveat, kControlFd + 1, "", argv, envp, AT_EMPTY_PATH);
  birth->error = errno;
  ::_exit(kExecFailed);
}

}  // namespace

UniqueFd seal_program(const std::filesystem::path& path) {
  const UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0) {
    throw Error::from_errno(errno, "opening " + path.string()).remedy("stack-shim must be installed beside stackd");
  }
  auto copy = sys::memfd("stack-shim", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (!copy) throw Error::from_errno(copy.err(), "copying " + path.string());
  for (off_t done = 0; done < info.st_size;) {
    const ssize_t n = ::sendfile(copy->get(), file.get(), &done, static_cast<std::size_t>(info.st_size - done));
    if (n <= 0) throw Error::from_errno(n < 0 ? errno : EIO, "copying " + path.string());
  }
  if (::fchmod(copy->get(), 0500) != 0 ||
      ::fcntl(copy->get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
    throw Error::from_errno(errno, "sealing the copy of " + path.string());
  }
  return std::move(*copy);
}

SpawnedShim spawn_shim(BorrowedFd sealed_program) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
    throw Error::from_errno(errno, "connecting to a new shim");
  }
  SpawnedShim spawned;
  spawned.control.reset(pair[0]);
  const UniqueFd theirs{pair[1]};
  const UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  if (!null) throw Error::from_errno(errno, "opening /dev/null");
  Birth birth{sealed_program.get(), theirs.get(), null.get()};
  alignas(16) std::array<char, kStackBytes> stack;
  sigset_t all, before;
  ::sigfillset(&all);
  // A handler of ours must not run in the child, whose memory is the daemon's.
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  int pidfd = -1;
  const int pid =
      ::clone(&child, stack.data() + stack.size(), CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &birth, &pidfd);
  const int err = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) throw Error::from_errno(err, "starting a shim");
  spawned.pid = pid;
  spawned.pidfd.reset(pidfd);
  if (birth.error != 0) {
    (void)sys::reap(spawned.pidfd);
    throw Error::from_errno(birth.error, "starting a shim");
  }
  return spawned;
}

}  // namespace stack::shim
