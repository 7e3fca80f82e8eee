// libarchive writing a tar (PAX) into a descriptor; its failures turned into ours.
//
// Blocks on the descriptor: for the pool.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <locale.h>
#include <sys/stat.h>

#include "base/unique_fd.h"

struct archive;

namespace stack::image {

// An entry with everything that it has in a file system, but for its owner's name.
struct TarEntry {
  std::string path;  // without "/" in front; "." is the root
  struct stat about {};
  std::string link;     // target of a symbolic link
  std::string same_as;  // path of an earlier entry that this is a further name of
  std::vector<std::pair<std::string, std::string>> attributes;
};

// Names go out as the bytes that they are: while one lives, this thread's character set is UTF-8.
class TarWriter {
 public:
  explicit TarWriter(BorrowedFd to);
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;
  ~TarWriter();

  // `content`, of a regular file: exactly as many bytes as it had go into the archive, whatever becomes of it meanwhile.
  void add(const TarEntry& entry, BorrowedFd content = BorrowedFd{-1});
  // What is not ended is no archive.
  void end();

 private:
  void copy(BorrowedFd from, std::uint64_t size);
  void check(int code);
  // Called by the library with what goes out. Never fails for it, which would then leave its buffers behind: what cannot be written,
  // or is no longer wanted, is swallowed.
  static ssize_t put(archive*, void* self, const void* bytes, std::size_t count);

  struct Free {
    void operator()(archive* writer) const;
  };
  BorrowedFd to_;
  int failed_ = 0;         // errno of the first write that failed
  bool swallows_ = false;  // nothing more is to go out
  locale_t ours_, before_ = nullptr;
  std::unique_ptr<archive, Free> tar_;
  std::vector<char> block_;
};

}  // namespace stack::image
