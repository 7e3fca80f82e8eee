// A layer's bytes on their way from a descriptor to the tar reader: hashed and kept as they come, decompressed, hashed again.
//
// Blocks on the descriptor: for the pool. Only gzip, zstd, xz and bzip2 are taken for compressed; libarchive's filters that run other
// programs are not enabled.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "engine/image/digest.h"

struct archive;

namespace stack::image {

enum class Compression { none, gzip, zstd, xz, bzip2 };
// By the first bytes.
Compression compression_of(std::string_view beginning);

// Throws stack::Error(invalid) for what libarchive says of a reader that has failed, in words of our own.
[[noreturn]] void throw_unreadable(archive* reader);

class LayerStream {
 public:
  // `keep`: the blob is written there as well; -1: nowhere. The blob is what `source` gives, or, where that is compressed in a way
  // that image layers do not have (xz, bzip2), what it is before compression. More than `bytes_max`, before or after decompression,
  // is refused, whatever it is made of.
  LayerStream(BorrowedFd source, BorrowedFd keep, std::uint64_t bytes_max = UINT64_MAX);
  LayerStream(const LayerStream&) = delete;
  LayerStream& operator=(const LayerStream&) = delete;
  ~LayerStream();

  // The next decompressed bytes, valid until the next call; empty at the end. Throws stack::Error, invalid for damaged bytes.
  std::string_view next();
  // Reads what is left, so that the digests below cover everything.
  void drain();

  [[nodiscard]] Compression compression() const { return compression_; }
  [[nodiscard]] std::uint64_t source_bytes() const { return source_bytes_; }
  [[nodiscard]] std::uint64_t blob_bytes() const { return keep_plain_ ? plain_bytes_ : source_bytes_; }
  // All after drain().
  const std::string& source_digest();
  const std::string& diff_id();
  const std::string& blob_digest() { return keep_plain_ ? diff_id() : source_digest(); }

 private:
  std::string_view fill();
  void bound(std::uint64_t bytes) const;
  std::string_view decompressed();
  static long read_callback(archive* reader, void* self, const void** data);

  struct Free {
    void operator()(archive* reader) const;
  };
  BorrowedFd source_, keep_;
  const std::uint64_t bytes_max_;
  std::vector<char> block_;
  Sha256 source_hash_, plain_hash_;
  Compression compression_ = Compression::none;
  std::uint64_t source_bytes_ = 0, plain_bytes_ = 0;
  bool keep_source_ = false, keep_plain_ = false;
  std::string_view first_;  // read to look at, not yet given on
  bool ended_ = false;
  std::string source_digest_, diff_id_;  // once they are known
  std::exception_ptr failed_;
  std::unique_ptr<archive, Free> reader_;  // null when nothing is compressed
};

}  // namespace stack::image
