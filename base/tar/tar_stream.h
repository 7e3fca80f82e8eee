// A tar archive read from its beginning to its end, an entry after the other: ustar, pax, and GNU's long names. Nothing of it is
// trusted: a damaged or hostile archive is refused, and no header takes more than a megabyte.
//
// Blocks where its source does. Throws stack::Error(invalid) for what is not such an archive, and whatever the source throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/tar/tar_entry.h"
#include "base/unique_fd.h"

namespace stack::tar {

// The next bytes of the archive, valid until the next call; empty at its end.
using Source = std::function<std::string_view()>;
// What a descriptor gives, up to its end. It outlives the source.
Source source_of(BorrowedFd fd);

class Stream {
 public:
  // `direct`, where it is valid, gives what the source would give next, and outlives the stream.
  explicit Stream(Source source, BorrowedFd direct = BorrowedFd{-1}) : source_(std::move(source)), direct_(direct) {}

  // What is left of the entry before is skipped. Nothing at the end of the archive, up to which the source has been read then.
  std::optional<Entry> next();
  // The next piece of the entry's content, valid until the next call of anything; empty at its end.
  std::string_view content();
  // The rest of it into a file, much of it by the kernel alone where the source can be read directly. Returns how much it was.
  std::uint64_t content_to(BorrowedFd file);

 private:
  struct Extras;
  // Fills `to`; false when there is nothing more at all. Throws for an end in the middle.
  bool take(char* to, std::size_t count);
  std::string take_text(std::uint64_t size);
  void skip(std::uint64_t bytes);
  void drain();
  std::optional<Entry> entry_of(const char* block, Extras& extras);
  static void read_pax(std::string_view records, Extras& extras);

  // How much the kernel has moved; 0 when it cannot.
  std::uint64_t move_to(BorrowedFd file);

  Source source_;
  BorrowedFd direct_;
  std::string_view ahead_;
  std::uint64_t left_ = 0, padding_ = 0;  // of the entry's content, and behind it
  bool any_ = false, ended_ = false;
};

}  // namespace stack::tar
