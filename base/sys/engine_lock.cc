#include "base/sys/engine_lock.h"

#include <cerrno>
#include <charconv>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/sys/syscalls.h"

namespace stack::sys {

namespace fs = std::filesystem;

namespace {

// What a killed engine wrote stays in the file, and its process ID may be another stackd's by now.
bool is_locked(const fs::path& file) {
  const UniqueFd fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  return fd && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

bool is_at(const UniqueFd& fd, const fs::path& file) {
  struct stat opened {
  }, there{};
  return ::fstat(fd.get(), &opened) == 0 && ::stat(file.c_str(), &there) == 0 && opened.st_dev == there.st_dev &&
         opened.st_ino == there.st_ino;
}

}  // namespace

bool LockHolder::serves(const fs::path& folder) const {
  return run_lock_file(run).lexically_normal() == run_lock_file(folder).lexically_normal();
}

std::optional<LockHolder> lock_holder(const fs::path& file) {
  const std::string text = read_file(file).value_or("");
  LockHolder holder;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), holder.pid);
  if (wrong != std::errc{} || holder.pid <= 1) return std::nullopt;
  std::string rest{end, text.data() + text.size()};
  if (rest.starts_with('\n')) rest.erase(0, 1);
  holder.run = rest.substr(0, rest.find('\n'));
  auto process = pidfd_open(holder.pid);
  if (!process) return std::nullopt;
  if (read_file("/proc/" + std::to_string(holder.pid) + "/comm").value_or("") != "stackd\n") return std::nullopt;
  if (!is_locked(file)) return std::nullopt;
  holder.process = std::move(*process);
  return holder;
}

EngineLock::EngineLock(fs::path file, mode_t mode) : file_(std::move(file)), mode_(mode) { open(); }

void EngineLock::open() {
  fd_ = UniqueFd{::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, mode_)};
  if (!fd_) throw Error::from_errno(errno, "opening " + file_.string());
}

bool EngineLock::try_lock() {
  for (;;) {
    if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return false;
      if (errno == EINTR) continue;
      throw Error::from_errno(errno, "locking " + file_.string());
    }
    if (is_at(fd_, file_)) return true;
    open();
  }
}

void EngineLock::sign(const fs::path& run) const {
  if (::ftruncate(fd_.get(), 0) != 0) throw Error::from_errno(errno, "writing " + file_.string());
  write_all(fd_, std::to_string(::getpid()) + "\n" + (run.empty() ? "" : run.string() + "\n"));
}

}  // namespace stack::sys
