#include "engine/sandbox/child_birth.h"

#include <cerrno>

#include <linux/sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sys/syscalls.h"

namespace stack::sandbox {

void choose_pid_namespace(int pidfd, const Reporter& reporter) noexcept {
  if (auto status = sys::setns(BorrowedFd{pidfd}, CLONE_NEWPID); !status) {
    reporter.fail(Stage::join_namespace, status.err(), "pid");
  }
}

void move_to_pid_namespace(bool terminal, const Reporter& reporter) noexcept {
  int pidfd = -1;
  // clone, not clone3: the filter is loaded, and it cannot look at the arguments of the latter.
  const long pid = ::syscall(SYS_clone, CLONE_PARENT | CLONE_PIDFD, nullptr, &pidfd, nullptr, nullptr);
  if (pid < 0) reporter.fail(Stage::clone, errno);
  if (pid > 0) {
    ChildMessage message;
    message.word = Word::born;
    const bool told = send_word(reporter.socket(), message, &pidfd, 1);
    // A process that the shim does not know would never be waited for.
    if (!told) (void)sys::pidfd_send_signal(BorrowedFd{pidfd}, SIGKILL);
    ::_exit(told ? 0 : 1);
  }
  // Neither is inherited.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) reporter.fail(Stage::clone, errno);
  if (::setsid() < 0) reporter.fail(Stage::clone, errno);
  if (terminal && ::ioctl(STDIN_FILENO, TIOCSCTTY, 0) != 0) reporter.fail(Stage::terminal, errno);
}

}  // namespace stack::sandbox
