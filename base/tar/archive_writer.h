// A tar archive on its way into a file, a pipe or a socket: entries, each followed by its content, then the end. What goes from a file
// into a pipe is moved by the kernel and not copied.
//
// Blocks on both sides. Every member throws stack::Error when the archive cannot be written.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/tar/tar_entry.h"
#include "base/unique_fd.h"

namespace stack::tar {

class ArchiveWriter {
 public:
  // `to` stays open as long as this lives.
  explicit ArchiveWriter(BorrowedFd to);

  // The entry's header; a content of entry.size bytes has to follow.
  void begin(const Entry& entry);
  void content(std::string_view bytes);
  // Exactly `size` bytes, whatever becomes of the file meanwhile: zeros for what is missing. False when something was. Throws
  // stack::Error("reading PATH: ...") as well.
  bool content(BorrowedFd from, std::uint64_t size, std::string_view path);
  // The end mark; all is written then.
  void end();

 private:
  void put(std::string_view bytes);
  void flush();
  std::uint64_t move(BorrowedFd from, std::uint64_t size);
  std::uint64_t copy(BorrowedFd from, std::uint64_t size, std::string_view path);

  BorrowedFd to_;
  std::vector<char> buffer_;
  std::size_t used_ = 0;
};

}  // namespace stack::tar
