#include "engine/logs/packed_text.h"

#include <new>

#include <zlib.h>

#include "engine/logs/gzip_settings.h"

namespace stack::logs {

std::string packed_text(std::string_view text, Packing packing, int level) {
  z_stream stream{};
  if (::deflateInit2(&stream, level, Z_DEFLATED, packing == Packing::zlib ? kZlibWindowBits : kGzipWindowBits,
                     kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc{};
  }
  std::string plain{text}, packed(::deflateBound(&stream, text.size()), '\0');  // zlib reads from what is not const
  stream.next_in = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  ::deflate(&stream, Z_FINISH);  // the bound makes room for all of it
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return packed;
}

}  // namespace stack::logs
