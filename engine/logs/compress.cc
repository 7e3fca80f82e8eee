#include "engine/logs/compress.h"

#include <cerrno>
#include <cstddef>
#include <cstdio>

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include "engine/logs/file_names.h"
#include "engine/logs/gzip_settings.h"

namespace stack::logs {
namespace {

// zconf.h: (1 << (windowBits + 2)) + (1 << (memLevel + 9)) and "a few kilobytes" more.
constexpr std::size_t kArenaBytes = (1U << 17) + (1U << 17) + 64 * 1024;
constexpr std::size_t kPackedAtOnce = 64 * 1024;

alignas(16) unsigned char arena[kArenaBytes];
unsigned char plain_chunk[kPackedAtOnce], packed_chunk[kPackedAtOnce];
std::size_t arena_used = 0;

void* take_arena(void*, unsigned items, unsigned size) noexcept {
  const std::size_t bytes = (static_cast<std::size_t>(items) * size + 15) & ~std::size_t{15};
  if (bytes > kArenaBytes - arena_used) return nullptr;
  void* taken = arena + arena_used;
  arena_used += bytes;
  return taken;
}

void leave_arena(void*, void*) noexcept {}

bool write_whole(int fd, const unsigned char* data, std::size_t size) noexcept {
  while (size > 0) {
    const ssize_t n = ::write(fd, data, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

// An errno value, or 0.
int deflate_file(int from, int to) noexcept {
  arena_used = 0;
  z_stream stream{};
  stream.zalloc = take_arena;
  stream.zfree = leave_arena;
  if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return ENOMEM;
  }
  for (bool last = false; !last;) {
    const ssize_t n = ::read(from, plain_chunk, sizeof plain_chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    last = n == 0;
    stream.next_in = plain_chunk;
    stream.avail_in = static_cast<unsigned>(n);
    do {
      stream.next_out = packed_chunk;
      stream.avail_out = sizeof packed_chunk;
      if (::deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_ERROR) return EIO;
      if (!write_whole(to, packed_chunk, sizeof packed_chunk - stream.avail_out)) return errno;
    } while (stream.avail_out == 0);
  }
  return ::fsync(to) == 0 ? 0 : errno;
}

}  // namespace

sys::Status compress(BorrowedFd folder, std::uint64_t generation) noexcept {
  NameText plain, unfinished, packed;
  write_file_name(generation, FileKind::plain, plain);
  write_file_name(generation, FileKind::unfinished, unfinished);
  write_file_name(generation, FileKind::compressed, packed);
  const UniqueFd from{::openat(folder.get(), plain, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  // Rotation may have deleted it meanwhile.
  if (!from) return sys::Status{errno == ENOENT ? 0 : errno};
  const UniqueFd to{::openat(folder.get(), unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640)};
  if (!to) return sys::Status{errno};
  if (const int failed = deflate_file(from.get(), to.get()); failed != 0) {
    ::unlinkat(folder.get(), unfinished, 0);
    return sys::Status{failed};
  }
  if (::renameat(folder.get(), unfinished, folder.get(), packed) != 0) return sys::Status{errno};
  const UniqueFd names{::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!names || ::fsync(names.get()) != 0) return sys::Status{errno};
  // Rotated away meanwhile: so shall this be.
  if (::unlinkat(folder.get(), plain, 0) != 0 && errno == ENOENT) ::unlinkat(folder.get(), packed, 0);
  return sys::Status{};
}

}  // namespace stack::logs
