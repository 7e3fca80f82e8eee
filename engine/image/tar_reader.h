// libarchive reading a tar out of a stream: opened, fed, and its failures turned into ours.
#pragma once

#include <exception>
#include <memory>

#include <locale.h>

#include "engine/image/decompressed_stream.h"

struct archive;
struct archive_entry;

namespace stack::image {

// Names come out as the bytes that they are: while one lives, this thread's character set is UTF-8.
class TarReader {
 public:
  explicit TarReader(DecompressedStream& stream);
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;
  ~TarReader();

  // The next entry, null at the end. Throws stack::Error(invalid) for a damaged archive.
  archive_entry* next();
  // The entry's next piece of content; false at its end.
  bool data(const void** bytes, std::size_t* size, long* offset);

 private:
  static long read(archive*, void* self, const void** data);
  void check(int code);

  DecompressedStream& stream_;
  std::exception_ptr failed_;
  locale_t ours_, before_ = nullptr;
  struct Free {
    void operator()(archive* reader) const;
  };
  std::unique_ptr<archive, Free> tar_;
};

}  // namespace stack::image
