#include "cli/commands/output_file.h"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/scope_guard.h"

namespace stack::cli {

namespace fs = std::filesystem;

namespace {

UniqueFd part_of(const std::string& part, const fs::path& path, mode_t mode) {
  UniqueFd file{::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)};
  if (file) return file;
  const int why = errno;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path{"."};
  struct stat about {};
  if (::stat(folder.c_str(), &about) != 0)
    throw Error::from_errno(errno, "invalid output path: stat " + folder.string());
  throw Error::from_errno(why, "making " + part);
}

}  // namespace

fs::path behind_links(const fs::path& path) {
  constexpr int kMostLinks = 40;  // as the kernel follows
  fs::path place = path;
  for (int i = 0; i < kMostLinks; ++i) {
    std::error_code failed;
    const fs::path target = fs::read_symlink(place, failed);
    if (failed) return place;  // it is none
    place = place.parent_path() / target;
  }
  throw Error::from_errno(ELOOP, "following " + path.string());
}

void write_output(const fs::path& path, mode_t mode, const std::function<void(BorrowedFd)>& write) {
  struct stat about {};
  if (::stat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode)) {
    const UniqueFd there{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (!there) throw Error::from_errno(errno, "opening " + path.string());
    return write(there);
  }
  // Beside its place first: a failure leaves what was there.
  const fs::path place = behind_links(path);
  const std::string part = place.string() + ".part" + std::to_string(::getpid());
  const UniqueFd file = part_of(part, place, mode);
  ScopeGuard remove{[&] { ::unlink(part.c_str()); }};
  write(file);
  if (::rename(part.c_str(), place.c_str()) != 0) throw Error::from_errno(errno, "making " + path.string());
  remove.dismiss();
}

void write_output(const fs::path& path, std::string_view text) {
  write_output(path, 0666, [&](BorrowedFd to) { write_all(to, text, "writing " + path.string()); });
}

}  // namespace stack::cli
