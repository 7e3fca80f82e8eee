// A layer's bytes on their way from a descriptor to the tar reader: hashed and kept as they come, decompressed, hashed again.
//
// Blocks on the descriptor: for the pool.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "engine/image/decompressed_stream.h"
#include "engine/image/digest.h"

namespace stack::image {

class LayerStream {
 public:
  // `keep`: the blob is written there as well; -1: nowhere. The blob is what `source` gives, or, where that is compressed in a way
  // that image layers do not have (xz, bzip2), what it is before compression. For `bytes_max` see DecompressedStream.
  LayerStream(BorrowedFd source, BorrowedFd keep, std::uint64_t bytes_max = UINT64_MAX);
  LayerStream(const LayerStream&) = delete;
  LayerStream& operator=(const LayerStream&) = delete;

  // What to read. The digests below are there once it is drained.
  [[nodiscard]] DecompressedStream& bytes() { return bytes_; }

  [[nodiscard]] std::uint64_t blob_bytes() const {
    return keeps_plain() ? bytes_.plain_bytes() : bytes_.source_bytes();
  }
  const std::string& source_digest();
  const std::string& diff_id();
  const std::string& blob_digest() { return keeps_plain() ? diff_id() : source_digest(); }

 private:
  static bool is_plain_kept(Compression compression);
  [[nodiscard]] bool keeps_plain() const { return is_plain_kept(bytes_.compression()); }
  void see_source(std::string_view bytes, Compression compression);
  void see_plain(std::string_view bytes);

  BorrowedFd keep_;
  Sha256 source_hash_, plain_hash_;
  std::string source_digest_, diff_id_;  // once they are known
  DecompressedStream bytes_;             // after what its first bytes go to
};

}  // namespace stack::image
