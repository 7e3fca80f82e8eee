// The disk's half of sending a folder: describes what lies below it, in the order of fsutil (folder by folder, names by their bytes), and
// reads the contents of files by their numbers. Links are not followed; sockets are left out.
//
// Memory: the paths of all files, and the names in the folders that the walk is in. Blocks on the disk: for the pool, one call at a time.
// Throws stack::Error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "base/unique_fd.h"
#include "engine/buildkit/messages/session.pb.h"

namespace stack::buildkit {

class FolderReader {
 public:
  // `root` outlives it.
  explicit FolderReader(BorrowedFd root);

  // At most so many more; none at the end.
  std::vector<wire::Stat> next(std::size_t count);
  // The next bytes of the file with this number, counted from 0 over everything that was described; empty at its end, which closes it.
  std::string read(std::uint32_t number, std::size_t bytes);

 private:
  struct Folder {
    UniqueFd fd;
    std::string path;                // with a slash at its end, but for the root
    std::vector<std::string> names;  // the last one comes next
  };
  void enter(UniqueFd fd, std::string path);
  // Nothing when it is gone or is left out.
  bool describe(const Folder& folder, const std::string& name, wire::Stat& stat);

  BorrowedFd root_;
  std::vector<Folder> folders_;
  std::map<std::uint32_t, std::string> files_;                  // paths, by number
  std::map<std::pair<dev_t, ino_t>, std::string> first_names_;  // of files with several names
  std::map<std::uint32_t, UniqueFd> open_;
  std::uint32_t described_ = 0;
};

}  // namespace stack::buildkit
