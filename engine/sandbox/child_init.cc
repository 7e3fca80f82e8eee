#include "engine/sandbox/child_init.h"

#include <cerrno>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace stack::sandbox {
namespace {

constexpr int kSignalledBase = 128;

}  // namespace

void hold_signals() noexcept {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
}

void release_signals() noexcept {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void serve_as_init(pid_t program) noexcept {
  ::prctl(PR_SET_NAME, "init", 0, 0, 0);
  sigset_t all;
  ::sigfillset(&all);
  for (;;) {
    siginfo_t info{};
    const int signal = ::sigwaitinfo(&all, &info);
    if (signal < 0) continue;
    if (signal != SIGCHLD) {
      // Stop signals of the terminal reach the program's group without us.
      if (signal != SIGTTIN && signal != SIGTTOU) ::kill(program, signal);
      continue;
    }
    for (;;) {
      int status = 0;
      const pid_t pid = ::waitpid(-1, &status, WNOHANG);
      if (pid <= 0) break;
      if (pid != program) continue;
      ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : kSignalledBase + WTERMSIG(status));
    }
  }
}

}  // namespace stack::sandbox
