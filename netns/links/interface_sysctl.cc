#include "netns/links/interface_sysctl.h"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/unique_fd.h"

namespace stack::netns {

bool set_sysctl(const std::string& path, const std::string& value, OnMissing missing) {
  const std::string file = "/proc/sys/" + path;
  const UniqueFd fd(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd) {
    if (errno == ENOENT && missing == OnMissing::ignore) return false;
    throw Error::from_errno(errno, "opening " + file);
  }
  char now[64] = {};
  const ssize_t got = ::read(fd.get(), now, sizeof now - 1);
  if (got > 0) {
    std::string have(now, static_cast<std::size_t>(got));
    while (!have.empty() && have.back() == '\n') have.pop_back();
    if (have == value) return false;
  }
  if (::pwrite(fd.get(), value.data(), value.size(), 0) != static_cast<ssize_t>(value.size())) {
    throw Error::from_errno(errno, "writing " + value + " to " + file);
  }
  return true;
}

std::optional<std::string> get_sysctl(const std::string& path) {
  const UniqueFd fd(::open(("/proc/sys/" + path).c_str(), O_RDONLY | O_CLOEXEC));
  char text[64] = {};
  const ssize_t got = fd ? ::read(fd.get(), text, sizeof text - 1) : -1;
  if (got < 0) return std::nullopt;
  std::string out(text, static_cast<std::size_t>(got));
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

}  // namespace stack::netns
