#include "engine/image/decompressed_stream.h"

#include <cerrno>
#include <utility>

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include "base/error.h"

namespace stack::image {
namespace {

constexpr std::size_t kStreamBytes = 256 << 10;
constexpr std::size_t kMagicBytes = 6;
constexpr std::uint64_t kBehindMax = 64 << 20;

}  // namespace

void throw_unreadable(archive* reader) {
  const char* said = archive_error_string(reader);
  const std::string_view why = said != nullptr ? said : "";
  const std::string begin = "the archive cannot be read: ";
  if (why.find("Unrecognized archive format") != std::string_view::npos) {
    throw Error(ErrorKind::invalid,
                begin + "it is not a tar archive, neither plain nor compressed by gzip, zstd, xz or bzip2")
        .remedy("make one with: tar -cf FILE -C FOLDER .");
  }
  if (why.find("runcated") != std::string_view::npos) {
    throw Error(ErrorKind::invalid, begin + "it ends in the middle")
        .remedy("it was not copied or downloaded to its end; do that again");
  }
  throw Error(ErrorKind::invalid, begin + "it is damaged" + (why.empty() ? "" : " (" + std::string{why} + ")"))
      .remedy("make or download it again");
}

Compression compression_of(std::string_view b) {
  using namespace std::string_view_literals;
  if (b.starts_with("\x1f\x8b"sv)) return Compression::gzip;
  if (b.starts_with("\x28\xb5\x2f\xfd"sv)) return Compression::zstd;
  // A skippable frame of zstd, as archives with a table of contents begin.
  if (b.size() >= 4 && (static_cast<unsigned char>(b[0]) & 0xf0) == 0x50 && b.substr(1).starts_with("\x2a\x4d\x18"sv))
    return Compression::zstd;
  if (b.starts_with("\xfd\x37zXZ\0"sv)) return Compression::xz;
  if (b.starts_with("BZh"sv)) return Compression::bzip2;
  return Compression::none;
}

void DecompressedStream::Free::operator()(archive* reader) const { archive_read_free(reader); }

DecompressedStream::DecompressedStream(BorrowedFd source, std::uint64_t bytes_max, Taps taps)
    : source_(source), bytes_max_(bytes_max), taps_(std::move(taps)), block_(kStreamBytes) {
  first_ = read_some();
  compression_ = compression_of(first_);
  if (taps_.source) taps_.source(first_, compression_);
  if (compression_ != Compression::none) open_reader();
}

DecompressedStream::~DecompressedStream() = default;

void DecompressedStream::open_reader() {
  reader_.reset(archive_read_new());
  switch (compression_) {
    case Compression::gzip:
      archive_read_support_filter_gzip(reader_.get());
      break;
    case Compression::zstd:
      archive_read_support_filter_zstd(reader_.get());
      break;
    case Compression::xz:
      archive_read_support_filter_xz(reader_.get());
      break;
    default:
      archive_read_support_filter_bzip2(reader_.get());
  }
  archive_read_support_format_raw(reader_.get());
  archive_read_support_format_empty(reader_.get());
  const int opened = archive_read_open(reader_.get(), this, nullptr, read_callback, nullptr);
  if (failed_) std::rethrow_exception(failed_);
  archive_entry* entry = nullptr;
  if (opened != ARCHIVE_OK) throw_unreadable(reader_.get());
  const int rc = archive_read_next_header(reader_.get(), &entry);
  if (failed_) std::rethrow_exception(failed_);
  ended_ = rc == ARCHIVE_EOF;
  if (rc != ARCHIVE_OK && !ended_) throw_unreadable(reader_.get());
}

void DecompressedStream::bound(std::uint64_t bytes) const {
  if (bytes > bytes_max_) throw Error(ErrorKind::invalid, "the archive is longer than is allowed");
}

// The next block of the source. The beginning is read until it can be told apart.
std::string_view DecompressedStream::read_some() {
  std::size_t have = 0;
  const std::size_t wanted = source_bytes_ == 0 ? kMagicBytes : 1;
  while (have < wanted) {
    const ssize_t got = ::read(source_.get(), block_.data() + have, block_.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error::from_errno(errno, "reading the archive");
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  source_bytes_ += have;
  bound(source_bytes_);
  return {block_.data(), have};
}

std::string_view DecompressedStream::fill() {
  const std::string_view bytes = read_some();
  if (taps_.source) taps_.source(bytes, compression_);
  return bytes;
}

long DecompressedStream::read_callback(archive*, void* self, const void** data) {
  auto& stream = *static_cast<DecompressedStream*>(self);
  try {
    std::string_view bytes = std::exchange(stream.first_, {});
    if (bytes.empty()) bytes = stream.fill();
    *data = bytes.data();
    return static_cast<long>(bytes.size());
  } catch (...) {
    stream.failed_ = std::current_exception();
    return -1;
  }
}

std::string_view DecompressedStream::decompressed() {
  const void* data = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  while (size == 0) {
    const int rc = archive_read_data_block(reader_.get(), &data, &size, &offset);
    if (failed_) std::rethrow_exception(failed_);
    if (rc == ARCHIVE_EOF) return {};
    if (rc != ARCHIVE_OK) throw_unreadable(reader_.get());
  }
  return {static_cast<const char*>(data), size};
}

std::string_view DecompressedStream::next() {
  if (ended_) return {};
  std::string_view bytes;
  if (reader_) {
    bytes = decompressed();
    plain_bytes_ += bytes.size();
    bound(plain_bytes_);
    if (taps_.plain) taps_.plain(bytes);
  } else {
    bytes = std::exchange(first_, {});
    if (bytes.empty()) bytes = fill();
  }
  ended_ = bytes.empty();
  return bytes;
}

void DecompressedStream::drain() {
  std::uint64_t behind = 0;
  const auto goes_on = [&](std::string_view bytes) {
    behind += bytes.size();
    if (behind > kBehindMax) throw Error(ErrorKind::invalid, "the archive goes on for more than 64 MiB behind its end");
    return !bytes.empty();
  };
  while (goes_on(next())) continue;
  while (reader_ && goes_on(fill())) continue;
}

}  // namespace stack::image
