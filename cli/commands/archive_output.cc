#include "cli/commands/archive_output.h"

#include <algorithm>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/scope_guard.h"

namespace stack::cli {

void write_archive(const std::string& path, const std::function<void(BorrowedFd)>& write) {
  if (path.empty()) {
    if (::isatty(1) != 0) {
      throw Error(ErrorKind::invalid, "an archive is nothing for a terminal")
          .remedy("use --output FILE, or redirect it");
    }
    return write(BorrowedFd{1});
  }
  // Beside its place first: a failure leaves what was there.
  const std::string temporary = path + ".part" + std::to_string(::getpid());
  const UniqueFd file{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!file) {
    const int why = errno;
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
    struct stat about {};
    if (::stat(folder.c_str(), &about) != 0) throw Error::from_errno(errno, "invalid output path: stat " + folder);
    throw Error::from_errno(why, "making " + temporary);
  }
  ScopeGuard remove{[&] { ::unlink(temporary.c_str()); }};
  write(file);
  if (::rename(temporary.c_str(), path.c_str()) != 0) throw Error::from_errno(errno, "making " + path);
  remove.dismiss();
}

}  // namespace stack::cli
