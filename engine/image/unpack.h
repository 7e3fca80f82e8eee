// A tar archive (plain, gzip, xz, zstd, bzip2) becomes one layer's folder.
//
// Every path is opened below the folder with openat2(RESOLVE_IN_ROOT): no entry, link or ".." reaches outside, whatever the
// archive says. Whiteouts become overlayfs's own (character device 0:0, opaque attribute). What only the layers below can tell is left to
// settle_layer(). Blocks on the disk: for the pool.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "engine/image/decompressed_stream.h"

namespace stack::image {

struct UnpackLimits {
  std::uint64_t bytes_max = std::uint64_t{64} << 30;  // of unpacked file content, holes not counted
  std::uint64_t entries_max = 5'000'000;
  bool whiteouts = true;  // a name that begins with ".wh." takes something away
  // What an archive may be long, with all that is between the contents and behind them.
  [[nodiscard]] std::uint64_t archive_bytes_max() const {
    constexpr std::uint64_t kSlack = 1 << 20;
    return bytes_max > (UINT64_MAX - kSlack) / 2 ? UINT64_MAX : 2 * bytes_max + kSlack;
  }
};

struct Unpacked {
  std::uint64_t bytes = 0;  // of file content
  std::uint64_t entries = 0;
  // Folders that the archive only mentions as parts of longer paths, each before what lies in it: what they look like is for the
  // layers below to say.
  std::vector<std::string> implied_folders;
  // Hard links to files that this layer does not have itself, in the archive's order: a layer below may have them.
  struct Link {
    std::string path, target;
  };
  std::vector<Link> links_below;
  bool opaque_root = false;  // nothing of the layers below is to be seen
};

// Reads the stream to its end. Throws stack::Error(invalid) for a damaged or hostile one; what is in `folder` by then is the
// caller's to remove.
Unpacked unpack_layer(DecompressedStream& stream, BorrowedFd folder, const UnpackLimits& limits);

}  // namespace stack::image
