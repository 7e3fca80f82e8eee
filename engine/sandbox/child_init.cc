#include "engine/sandbox/child_init.h"

#include <cerrno>
#include <cstring>
#include <initializer_list>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace stack::sandbox {
namespace {

constexpr int kSignalledBase = 128;

char* line_begin = nullptr;
char* line_end = nullptr;

// One text, as setproctitle(3) leaves it; what does not fit is left out.
void show_as_init(char* const* argv) noexcept {
  ::prctl(PR_SET_NAME, "docker-init", 0, 0, 0);
  if (line_begin == nullptr) return;
  std::memset(line_begin, 0, static_cast<std::size_t>(line_end - line_begin));
  char* at = line_begin;
  const auto add = [&](const char* text) {
    while (*text != '\0' && at < line_end - 1) *at++ = *text++;
  };
  add("/sbin/docker-init --");
  for (; *argv != nullptr; ++argv) {
    add(" ");
    add(*argv);
  }
}

}  // namespace

void lend_command_line(char** argv, char** envp) noexcept {
  if (argv[0] == nullptr) return;
  line_begin = argv[0];
  line_end = argv[0] + std::strlen(argv[0]) + 1;
  // The kernel has put them one behind the other.
  for (char** list : {argv, envp}) {
    for (char** each = list; *each != nullptr; ++each) {
      if (*each == line_end) line_end += std::strlen(*each) + 1;
    }
  }
}

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

void serve_as_init(pid_t program, char* const* argv) noexcept {
  show_as_init(argv);
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
