#include "engine/client/engine_end.h"

#include <cerrno>
#include <csignal>
#include <string>

#include <poll.h>
#include <unistd.h>

#include "base/error.h"
#include "base/sys/engine_lock.h"
#include "base/sys/syscalls.h"

namespace stack::client {

namespace {

constexpr int kLeaveWaitMs = 15'000;  // an engine gives what is under way five seconds, and then stores what it knows

std::optional<sys::LockHolder> find(const std::filesystem::path& root, const std::filesystem::path& run) {
  auto engine = sys::lock_holder(sys::run_lock_file(run));
  if (!engine && ::geteuid() == 0) {
    engine = sys::lock_holder(sys::root_lock_file(root));
    // The same root by way of another run folder is another one's engine.
    if (engine && !engine->serves(run)) engine.reset();
  }
  return engine;
}

}  // namespace

std::optional<pid_t> end_engine(const std::filesystem::path& root, const std::filesystem::path& run) {
  const auto engine = find(root, run);
  if (!engine) return std::nullopt;
  const std::string named = "the engine (process ID " + std::to_string(engine->pid) + ")";
  if (const auto sent = sys::pidfd_send_signal(engine->process, SIGTERM); !sent && sent.err() != ESRCH) {
    Error error = Error::from_errno(sent.err(), "stopping " + named);
    if (sent.err() == EPERM)
      throw Error(ErrorKind::not_permitted, error.message()).remedy("run this command with sudo");
    throw error;
  }
  pollfd ends{engine->process.get(), POLLIN, 0};
  int ended = 0;
  do {
    ended = ::poll(&ends, 1, kLeaveWaitMs);
  } while (ended < 0 && errno == EINTR);
  if (ended <= 0) throw Error(named + " was asked to stop and is still running");
  return engine->pid;
}

}  // namespace stack::client
