#include "engine/daemon/run_lock.h"

#include <chrono>
#include <csignal>
#include <cstring>
#include <string>

#include <poll.h>

#include "base/engine_tree.h"
#include "base/error.h"
#include "base/log.h"
#include "base/sys/syscalls.h"

namespace stack::daemon {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds kLeaveWait{5};
constexpr mode_t kPublicFile = 0644;  // a process ID is for everybody who wants to know it

void ask_to_leave(const sys::LockHolder& engine) {
  log_info("asking the engine that runs to leave");
  if (const auto sent = sys::pidfd_send_signal(engine.process, SIGTERM); !sent)
    log_warning("it cannot be asked: " + std::string{std::strerror(sent.err())});
}

// Waits for the process to end, kLeaveWait at most.
void wait_for_end(const sys::LockHolder& engine) {
  pollfd ends{engine.process.get(), POLLIN, 0};
  ::poll(&ends, 1, static_cast<int>(std::chrono::milliseconds{kLeaveWait}.count()));
}

// One that is leaving has removed its own socket already and needs a moment for the rest.
bool is_leaving(const fs::path& run) { return fs::exists(sys::run_lock_file(run)) && !fs::exists(run / "stackd.sock"); }

std::string process_of(const std::optional<sys::LockHolder>& engine) {
  return engine ? " (process ID " + std::to_string(engine->pid) + ")" : "";
}

Error run_folder_in_use(const fs::path& run, const std::optional<sys::LockHolder>& engine) {
  const bool reachable = fs::exists(run / "stackd.sock");
  return Error(ErrorKind::conflict, "an engine is running already with the run folder " + run.string() +
                                        process_of(engine) +
                                        (reachable ? "" : ", and its socket there has been removed"))
      .remedy("stop it with: stack system shutdown; or give this one other folders with --root and --run");
}

Error root_in_use(const fs::path& root, const fs::path& run, const std::optional<sys::LockHolder>& engine) {
  if (!engine) return {ErrorKind::conflict, "another engine uses the root " + root.string()};
  Error error{ErrorKind::conflict, "an engine with the run folder " + engine->run.string() + process_of(engine) +
                                       " uses the root " + root.string()};
  if (fs::exists(engine->run / "stackd.sock") && !engine->serves(run)) {
    return error.remedy("use that engine with --run " + engine->run.string() +
                        ", or give this one a root of its own with --root");
  }
  return Error(ErrorKind::conflict, error.message() + "; the files in its run folder have been removed")
      .remedy(
          "stop it with: stack system shutdown; containers that ran lose their shims' sockets that way, and the next "
          "engine starts them again by their restart policy");
}

}  // namespace

sys::EngineLock lock_run_folder(const fs::path& run, Holder holder) {
  const fs::path path = sys::run_lock_file(run);
  sys::EngineLock lock{path, kPublicFile};
  bool locked = lock.try_lock();
  const auto engine = locked ? std::nullopt : sys::lock_holder(path);
  if (engine) {
    if (holder == Holder::leaves) ask_to_leave(*engine);
    if (holder == Holder::leaves || is_leaving(run)) wait_for_end(*engine);
    locked = lock.try_lock();
  }
  if (!locked) throw run_folder_in_use(run, engine);
  lock.sign({});
  return lock;
}

sys::EngineLock lock_root_folder(const fs::path& root, const fs::path& run, Holder holder) {
  const fs::path path = sys::root_lock_file(root);
  sys::EngineLock lock{path, tree::kPrivateFile};
  bool locked = lock.try_lock();
  const auto engine = locked ? std::nullopt : sys::lock_holder(path);
  if (engine) {
    const bool asked = holder == Holder::leaves && engine->serves(run);
    if (asked) ask_to_leave(*engine);
    if (asked || is_leaving(engine->run)) wait_for_end(*engine);
    locked = lock.try_lock();
  }
  if (!locked) throw root_in_use(root, run, engine);
  lock.sign(run);
  return lock;
}

}  // namespace stack::daemon
