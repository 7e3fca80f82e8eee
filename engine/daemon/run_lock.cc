#include "engine/daemon/run_lock.h"

#include <charconv>
#include <csignal>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sys/syscalls.h"

namespace stack::daemon {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds kLeaveWait{5};
constexpr useconds_t kLookUs = 5000;

bool try_lock(const UniqueFd& fd) { return ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0; }

// Whoever holds the lock has written its number. The descriptor pins the process before its name is read, so that a number
// which meanwhile belongs to another program harms nobody.
void ask_to_leave(const fs::path& path) {
  const std::string text = read_file(path).value_or("");
  pid_t pid = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), pid).ec != std::errc{} || pid <= 1) return;
  const auto process = sys::pidfd_open(pid);
  if (!process) return;
  if (read_file("/proc/" + std::to_string(pid) + "/comm").value_or("") != "stackd\n") return;
  log_info("asking the engine with process number " + std::to_string(pid) + " to leave");
  if (const auto sent = sys::pidfd_send_signal(*process, SIGTERM); !sent)
    log_warning("it cannot be asked: " + std::string{std::strerror(sent.err())});
}

}  // namespace

UniqueFd lock_run_folder(const fs::path& run, Holder holder) {
  const fs::path path = run / "stackd.pid";
  UniqueFd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
  if (!fd) throw Error::from_errno(errno, "opening " + path.string());
  bool locked = try_lock(fd);
  if (!locked && holder == Holder::leaves) ask_to_leave(path);
  // One that is leaving has taken its own socket away already and needs a moment for the rest.
  const Mono deadline = SystemClock{}.mono() + kLeaveWait;
  while (!locked && SystemClock{}.mono() < deadline && (holder == Holder::leaves || !fs::exists(run / "stackd.sock"))) {
    ::usleep(kLookUs);
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
