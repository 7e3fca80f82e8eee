#include "engine/shim/compressor.h"

#include <cerrno>

#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys/syscalls.h"
#include "engine/logs/compress.h"
#include "engine/logs/file_names.h"

namespace stack::shim {
namespace {

constexpr int kLowestPriority = 19;
constexpr int kFolderFd = 3;

// 0 when there is none.
std::uint64_t oldest_plain(int folder, std::uint64_t below) noexcept {
  std::uint64_t oldest = 0;
  logs::each_file(folder, [&](const logs::FileName& file) {
    if (file.kind != logs::FileKind::plain || file.generation >= below) return;
    if (oldest == 0 || file.generation < oldest) oldest = file.generation;
  });
  return oldest;
}

// The container's streams and the lock on its folder are not this process's business: nobody waits for it.
[[noreturn]] void run_child(int folder, std::uint64_t generation, pid_t shim) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::getppid() != shim || ::dup2(folder, kFolderFd) < 0) ::_exit(1);
  if (!sys::close_range(kFolderFd + 1, ~0U, 0)) ::_exit(1);
  ::prctl(PR_SET_NAME, "stack-compress", 0, 0, 0);
  ::setpriority(PRIO_PROCESS, 0, kLowestPriority);
  ::_exit(logs::compress(BorrowedFd{kFolderFd}, generation) ? 0 : 1);
}

}  // namespace

void Compressor::tend(std::uint64_t newest) noexcept {
  newest_ = newest;
  if (folder_ < 0 || working() || settled_ == newest) return;
  const std::uint64_t generation = oldest_plain(folder_, newest);
  if (generation == 0) {
    settled_ = newest;
    return;
  }
  clone_args args{};
  int pidfd = -1;
  args.flags = CLONE_PIDFD;
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  const pid_t shim = ::getpid();
  auto pid = sys::clone3(args);
  if (pid && *pid == 0) run_child(folder_, generation, shim);
  if (pid) {
    pidfd_.reset(pidfd);
  } else {
    settled_ = newest;
  }
}

void Compressor::attend() noexcept {
  const auto status = sys::reap(pidfd_);
  if (!status) return;
  pidfd_.reset();
  // A disk that is full is not asked again before the log has moved on.
  if (*status != 0) settled_ = newest_;
  tend(newest_);
}

void Compressor::stop() noexcept {
  folder_ = -1;
  if (!working()) return;
  (void)sys::pidfd_send_signal(pidfd_, SIGKILL);
  siginfo_t info{};
  while (::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd_.get()), &info, WEXITED) != 0 &&
         errno == EINTR) {
  }
  pidfd_.reset();
}

}  // namespace stack::shim
