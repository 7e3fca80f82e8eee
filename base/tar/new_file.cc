#include "base/tar/new_file.h"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"

namespace stack::tar {
namespace {

constexpr unsigned kNamesTried = 1000;

std::string name_beside(unsigned number) {
  return ".copy-" + std::to_string(::getpid()) + "-" + std::to_string(number);
}

// By the descriptor itself where the process may, else by its name below /proc. Returns an errno.
int give_name(BorrowedFd file, BorrowedFd folder, const std::string& name) {
  if (::linkat(file.get(), "", folder.get(), name.c_str(), AT_EMPTY_PATH) == 0) return 0;
  if (errno == EEXIST) return EEXIST;
  const std::string path = "/proc/self/fd/" + std::to_string(file.get());
  return ::linkat(AT_FDCWD, path.c_str(), folder.get(), name.c_str(), AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

}  // namespace

NewFile::NewFile(BorrowedFd folder) : folder_(folder) {
  file_ = UniqueFd{::openat(folder.get(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600)};
  if (file_) return;
  for (unsigned number = 0; !file_ && number < kNamesTried; ++number) {
    std::string name = name_beside(number);
    file_ = UniqueFd{::openat(folder.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (file_) beside_ = std::move(name);
    if (!file_ && errno != EEXIST) break;
  }
  if (!file_) throw Error::from_errno(errno, "making the file");
}

NewFile::~NewFile() {
  if (!beside_.empty()) ::unlinkat(folder_.get(), beside_.c_str(), 0);
}

void NewFile::link_beside() {
  int failed = EEXIST;
  for (unsigned number = 0; failed == EEXIST && number < kNamesTried; ++number) {
    std::string name = name_beside(number);
    failed = give_name(file_, folder_, name);
    if (failed == 0) beside_ = std::move(name);
  }
  if (failed != 0) throw Error::from_errno(failed, "naming the file");
}

void NewFile::place(const std::string& name) {
  if (beside_.empty()) {
    const int failed = give_name(file_, folder_, name);
    if (failed == 0) return;
    if (failed != EEXIST) throw Error::from_errno(failed, "naming the file");
    link_beside();
  }
  if (::renameat(folder_.get(), beside_.c_str(), folder_.get(), name.c_str()) != 0)
    throw Error::from_errno(errno, "replacing the file");
  beside_.clear();
}

}  // namespace stack::tar
