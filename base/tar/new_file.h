// A file that gets its name once it is whole: what had the name stays until then, and stays when the writing is broken off. A process that
// is killed leaves nothing, or, where the file system has no files without names, one called ".copy-...".
//
// Blocks on the disk. Throws stack::Error with the errno's kind of failure.
#pragma once

#include <string>

#include "base/unique_fd.h"

namespace stack::tar {

class NewFile {
 public:
  // `folder` outlives it.
  explicit NewFile(BorrowedFd folder);
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();

  // Empty, mode 0600.
  [[nodiscard]] BorrowedFd fd() const { return file_; }
  // Takes the place of a file, a link or a device; not of a folder.
  void place(const std::string& name);

 private:
  void link_beside();

  BorrowedFd folder_;
  UniqueFd file_;
  std::string beside_;  // its name meanwhile
};

}  // namespace stack::tar
