// Bytes of a descriptor as they are before compression, for readers of tar archives and of layers.
//
// Blocks on the descriptor: for the pool. Only gzip, zstd, xz and bzip2 are taken for compressed; libarchive's filters that run other
// programs are not enabled.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"

struct archive;

namespace stack::image {

enum class Compression { none, gzip, zstd, xz, bzip2 };
// By the first bytes.
Compression compression_of(std::string_view beginning);

// Throws stack::Error(invalid) for what libarchive says of a reader that has failed, in words of our own.
[[noreturn]] void throw_unreadable(archive* reader);

class DecompressedStream {
 public:
  // Who else sees the bytes, each once and in order; the first of the source while the stream is made.
  struct Taps {
    std::function<void(std::string_view, Compression)> source;
    std::function<void(std::string_view)> plain;  // only where something is compressed
  };

  // More than `bytes_max`, before or after decompression, is refused, whatever it is made of.
  explicit DecompressedStream(BorrowedFd source, std::uint64_t bytes_max = UINT64_MAX, Taps taps = {});
  DecompressedStream(const DecompressedStream&) = delete;
  DecompressedStream& operator=(const DecompressedStream&) = delete;
  ~DecompressedStream();

  // The next bytes, valid until the next call; empty at the end. Throws stack::Error, invalid for damaged bytes.
  std::string_view next();
  // Reads what is left behind the archive, also what stands behind the compressed stream's own end. Throws invalid for more than 64 MiB:
  // archives are filled up to a block, and endless ones have no end.
  void drain();

  [[nodiscard]] Compression compression() const { return compression_; }
  [[nodiscard]] std::uint64_t source_bytes() const { return source_bytes_; }
  [[nodiscard]] std::uint64_t plain_bytes() const { return reader_ ? plain_bytes_ : source_bytes_; }

 private:
  std::string_view read_some();
  std::string_view fill();
  void bound(std::uint64_t bytes) const;
  void open_reader();
  std::string_view decompressed();
  static long read_callback(archive* reader, void* self, const void** data);

  struct Free {
    void operator()(archive* reader) const;
  };
  BorrowedFd source_;
  const std::uint64_t bytes_max_;
  const Taps taps_;
  std::vector<char> block_;
  Compression compression_ = Compression::none;
  std::uint64_t source_bytes_ = 0, plain_bytes_ = 0;
  std::string_view first_;  // read to look at, not yet given on
  bool ended_ = false;
  std::exception_ptr failed_;
  std::unique_ptr<archive, Free> reader_;  // null when nothing is compressed
};

}  // namespace stack::image
