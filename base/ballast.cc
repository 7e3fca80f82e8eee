#include "base/ballast.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace stack {
namespace {

constexpr std::size_t kFreeFactor = 4;  // so much more has to be free before it is taken again

}  // namespace

Ballast::Ballast(std::filesystem::path file, std::size_t bytes) : file_(std::move(file)), bytes_(bytes) {
  struct stat about {};
  taken_ = ::stat(file_.c_str(), &about) == 0 && static_cast<std::size_t>(about.st_size) >= bytes_;
  if (!taken_) restore();
}

bool Ballast::drop() noexcept {
  if (!taken_) return false;
  taken_ = false;
  return ::unlink(file_.c_str()) == 0;
}

void Ballast::restore() noexcept {
  if (taken_) return;
  struct statvfs disk {};
  const std::string folder = file_.parent_path().string();
  if (::statvfs(folder.c_str(), &disk) != 0 || disk.f_bavail * disk.f_frsize < kFreeFactor * bytes_) return;
  take();
}

void Ballast::take() noexcept {
  const UniqueFd fd{::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
  taken_ = fd && ::posix_fallocate(fd.get(), 0, static_cast<off_t>(bytes_)) == 0;
  if (fd && !taken_) ::unlink(file_.c_str());
}

}  // namespace stack
