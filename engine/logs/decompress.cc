#include "engine/logs/decompress.h"

#include <array>
#include <cerrno>
#include <memory>
#include <string_view>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "base/error.h"
#include "base/file.h"
#include "base/sys/syscalls.h"
#include "engine/logs/gzip_settings.h"

namespace stack::logs {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;

UniqueFd nameless_file(const std::filesystem::path& folder) {
  UniqueFd file{::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
  if (file) return file;
  auto memory = sys::memfd("stack-log", MFD_CLOEXEC);
  if (!memory) throw Error::from_errno(memory.err(), "making room to decompress a log");
  return std::move(*memory);
}

struct Inflater {
  Inflater() {
    if (::inflateInit2(&stream, kGzipWindowBits) != Z_OK) throw Error("there is no memory to decompress a log");
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { ::inflateEnd(&stream); }
  z_stream stream{};
};

}  // namespace

UniqueFd decompressed(BorrowedFd packed, const std::filesystem::path& folder) {
  UniqueFd plain = nameless_file(folder);
  Inflater inflater;
  z_stream& stream = inflater.stream;
  const auto in = std::make_unique<std::array<unsigned char, kChunkBytes>>();
  const auto out = std::make_unique<std::array<unsigned char, kChunkBytes>>();
  for (;;) {
    const ssize_t n = ::read(packed.get(), in->data(), in->size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error::from_errno(errno, "reading a compressed log file");
    if (n == 0) return plain;
    stream.next_in = in->data();
    stream.avail_in = static_cast<unsigned>(n);
    do {
      stream.next_out = out->data();
      stream.avail_out = static_cast<unsigned>(out->size());
      const int result = ::inflate(&stream, Z_NO_FLUSH);
      write_all(plain, {reinterpret_cast<const char*>(out->data()), out->size() - stream.avail_out});
      if (result != Z_OK && result != Z_BUF_ERROR) return plain;  // its end, or damage
    } while (stream.avail_out == 0);
  }
}

}  // namespace stack::logs
