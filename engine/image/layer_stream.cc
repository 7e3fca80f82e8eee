#include "engine/image/layer_stream.h"

#include "base/file.h"

namespace stack::image {

LayerStream::LayerStream(BorrowedFd source, BorrowedFd keep, std::uint64_t bytes_max)
    : keep_(keep),
      bytes_(source, bytes_max,
             {.source = [this](std::string_view bytes, Compression compression) { see_source(bytes, compression); },
              .plain = [this](std::string_view bytes) { see_plain(bytes); }}) {}

bool LayerStream::is_plain_kept(Compression compression) {
  return compression == Compression::xz || compression == Compression::bzip2;
}

void LayerStream::see_source(std::string_view bytes, Compression compression) {
  source_hash_.add(bytes);
  if (keep_.get() >= 0 && !is_plain_kept(compression)) write_all(keep_, bytes);
}

void LayerStream::see_plain(std::string_view bytes) {
  plain_hash_.add(bytes);
  if (keep_.get() >= 0 && keeps_plain()) write_all(keep_, bytes);
}

const std::string& LayerStream::source_digest() {
  if (source_digest_.empty()) source_digest_ = source_hash_.digest();
  return source_digest_;
}

const std::string& LayerStream::diff_id() {
  if (bytes_.compression() == Compression::none) return source_digest();
  if (diff_id_.empty()) diff_id_ = plain_hash_.digest();
  return diff_id_;
}

}  // namespace stack::image
