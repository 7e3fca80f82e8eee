#include "engine/sandbox/child_init.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace stack::sandbox {
namespace {

constexpr int kSignalledBase = 128;

constexpr unsigned kFirstOfOthers = 3;  // behind the standard streams

[[noreturn]] void serve(pid_t program) noexcept {
  ::prctl(PR_SET_NAME, "docker-init", 0, 0, 0);
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

// The command line in memory of its own; null without memory.
char** init_command_line(char* const* argv) noexcept {
  std::size_t count = 0;
  while (argv[count] != nullptr) ++count;
  void* room = ::mmap(nullptr, (count + 3) * sizeof(char*), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) return nullptr;
  auto** line = static_cast<char**>(room);
  line[0] = const_cast<char*>(kInitProgram);
  line[1] = const_cast<char*>("--");
  std::copy_n(argv, count + 1, line + 2);
  return line;
}

// To itself, over the execution: a signal that waits, since a descriptor would be seen in /proc by those who look.
bool tell(pid_t program) noexcept {
  sigval value{};
  value.sival_int = program;
  return ::sigqueue(::getpid(), SIGRTMAX, value) == 0;
}

// What tell() said; 0 when it said nothing.
pid_t told() noexcept {
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, SIGRTMAX);
  const timespec at_once{};
  siginfo_t info{};
  return ::sigtimedwait(&only, &info, &at_once) == SIGRTMAX ? info.si_value.sival_int : 0;
}

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

void become_init(pid_t program, char* const* argv, char* const* envp) noexcept {
  if (char** line = init_command_line(argv); line != nullptr && tell(program)) ::execve(kInitProgram, line, envp);
  ::syscall(SYS_close_range, kFirstOfOthers, ~0U, 0);
  (void)told();  // it would be handed on
  serve(program);
}

bool is_init(const char* const* argv) noexcept { return argv[0] != nullptr && std::strcmp(argv[0], kInitProgram) == 0; }

void serve_as_init() noexcept {
  const pid_t program = told();
  if (program <= 0) ::_exit(1);
  serve(program);
}

}  // namespace stack::sandbox
