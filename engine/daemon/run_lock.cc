#include "engine/daemon/run_lock.h"

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sys/syscalls.h"

namespace stack::daemon {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds kLeaveWait{5};

bool try_lock(const UniqueFd& fd) { return ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0; }

// Whoever holds the lock has written its number. The descriptor pins the process before its name is read, so that a number
// which meanwhile belongs to another program harms nobody. Empty: no engine has it.
UniqueFd holder_of(const fs::path& path) {
  const std::string text = read_file(path).value_or("");
  pid_t pid = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), pid).ec != std::errc{} || pid <= 1) return {};
  auto process = sys::pidfd_open(pid);
  if (!process) return {};
  if (read_file("/proc/" + std::to_string(pid) + "/comm").value_or("") != "stackd\n") return {};
  return std::move(*process);
}

void ask_to_leave(const UniqueFd& engine) {
  log_info("asking the engine that runs to leave");
  if (const auto sent = sys::pidfd_send_signal(engine, SIGTERM); !sent)
    log_warning("it cannot be asked: " + std::string{std::strerror(sent.err())});
}

// Waits for the process to end, kLeaveWait at most.
void wait_for_end(const UniqueFd& process) {
  pollfd ends{process.get(), POLLIN, 0};
  ::poll(&ends, 1, static_cast<int>(std::chrono::milliseconds{kLeaveWait}.count()));
}

}  // namespace

UniqueFd lock_run_folder(const fs::path& run, Holder holder) {
  const fs::path path = run / "stackd.pid";
  UniqueFd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
  if (!fd) throw Error::from_errno(errno, "opening " + path.string());
  bool locked = try_lock(fd);
  if (const UniqueFd engine = locked ? UniqueFd{} : holder_of(path)) {
    if (holder == Holder::leaves) ask_to_leave(engine);
    // One that is leaving has taken its own socket away already and needs a moment for the rest.
    if (holder == Holder::leaves || !fs::exists(run / "stackd.sock")) wait_for_end(engine);
    locked = try_lock(fd);
  }
  if (!locked) {
    throw Error(ErrorKind::conflict, "an engine is running already with the run folder " + run.string())
        .remedy("stop it with: stack system shutdown; or give this one other folders with --root and --run");
  }
  if (::ftruncate(fd.get(), 0) != 0) throw Error::from_errno(errno, "writing " + path.string());
  write_all(fd, std::to_string(::getpid()) + "\n");
  return fd;
}

}  // namespace stack::daemon
