#include "engine/sandbox/skeleton.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/unique_fd.h"

namespace stack::sandbox {

void make_skeleton(const std::filesystem::path& folder) {
  const mode_t before = ::umask(0);
  const auto made = [&](int status, const std::filesystem::path& path) {
    if (status >= 0 || errno == EEXIST) return;
    const int failed = errno;
    ::umask(before);
    throw Error::from_errno(failed, "making " + path.string());
  };
  made(::mkdir(folder.c_str(), 0755), folder);
  for (const char* name : {"dev", "proc", "sys", "etc"}) {
    const std::filesystem::path path = folder / name;
    made(::mkdir(path.c_str(), 0755), path);
  }
  for (const char* name : {"etc/hosts", "etc/hostname", "etc/resolv.conf", ".dockerenv"}) {
    const std::filesystem::path path = folder / name;
    // Docker's mark of a container is executable.
    const mode_t mode = path.filename() == ".dockerenv" ? 0755 : 0644;
    const UniqueFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, mode)};
    made(file.get(), path);
  }
  const std::filesystem::path mounts = folder / "etc/mtab";
  made(::symlink("/proc/mounts", mounts.c_str()), mounts);
  ::umask(before);
}

}  // namespace stack::sandbox
