#include "engine/shim/child_process.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys/syscalls.h"

namespace stack::shim {
namespace {

void wait_for(int pid) noexcept {
  int status = 0;
  while (::waitpid(pid, &status, __WALL) < 0 && errno == EINTR) continue;
}

// The kernel's word for the number of a process, or 0.
int number_of(BorrowedFd pidfd) noexcept {
  constexpr const char* kKey = "\nPid:\t";
  char path[48], text[512];
  std::snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd.get());
  const UniqueFd file{::open(path, O_RDONLY | O_CLOEXEC)};
  const ssize_t n = file ? ::read(file.get(), text, sizeof text - 1) : -1;
  if (n <= 0) return 0;
  text[n] = '\0';
  const char* at = std::strstr(text, kKey);
  return at != nullptr ? std::atoi(at + std::strlen(kKey)) : 0;
}

bool own_child(BorrowedFd pidfd) noexcept {
  siginfo_t info{};
  return ::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
}

}  // namespace

void ChildProcess::begin(int pid, UniqueFd pidfd) noexcept {
  pid_ = pid;
  pidfd_ = std::move(pidfd);
}

bool ChildProcess::replace(UniqueFd pidfd) noexcept {
  if (forerunner_ != 0 || !pidfd || !own_child(pidfd)) return false;
  const int number = number_of(pidfd);
  if (number <= 0 || number == pid_) return false;
  forerunner_ = pid_;
  pid_ = number;
  // By the descriptor: whatever it is doing, it is a child that nobody has waited for.
  (void)sys::pidfd_send_signal(pidfd_, SIGKILL);
  pidfd_ = std::move(pidfd);
  return true;
}

void ChildProcess::bury_forerunner() noexcept {
  if (forerunner_ > 0) wait_for(forerunner_);
  // What has been replaced once stays so.
  if (forerunner_ > 0) forerunner_ = -1;
}

void ChildProcess::kill() noexcept {
  if (!pidfd_) return;
  (void)sys::pidfd_send_signal(pidfd_, SIGKILL);
  wait_for(pid_);
  bury_forerunner();
  forget();
}

void ChildProcess::forget() noexcept {
  bury_forerunner();
  pid_ = 0;
  forerunner_ = 0;
  pidfd_.reset();
}

}  // namespace stack::shim
