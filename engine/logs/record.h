// The form of a container's log on disk.
//
// A log is a folder with files "log.<generation>", generations counting up from 1; the highest one is written, the
// oldest go when there are more than the limit. Those that are full may be compressed, "log.<generation>.gz"
// (file_names.h); while both are there, they are the same. A file is a row of records; a record is a Header, `length` bytes of
// payload and `length` once more, so that a reader can walk backwards. One record is one line without its newline; a
// line above kLineBytes is several records, all but the last with kPartial. Bytes are kept as they came, UTF-8 or not.
// Integers are in host byte order: a log is read on the machine that wrote it.
//
// A writer that was cut off leaves a record whose end is missing. The next writer then starts a new generation, so a
// torn record is always the last of its file, and readers stop there.
#pragma once

#include <cstddef>
#include <cstdint>

namespace stack::logs {

enum class Stream : std::uint8_t { out = 1, err = 2 };

inline constexpr std::uint8_t kPartial = 1;    // the line continues in the next record of this stream
inline constexpr std::uint8_t kNoNewline = 2;  // the stream ended, or was flushed, without a newline behind this
inline constexpr std::size_t kLineBytes = 16 * 1024;
inline constexpr std::uint16_t kRecordMagic = 0x5E1A;

struct Header {
  std::uint16_t magic = kRecordMagic;
  Stream stream{};
  std::uint8_t flags = 0;
  std::uint32_t length = 0;  // of the payload, at most kLineBytes
  std::int64_t time_ns = 0;  // wall clock, since 1970
  std::uint64_t sequence =
      0;  // from 1, higher with each record of the container, across restarts; what is skipped was lost
};
static_assert(sizeof(Header) == 24);

inline constexpr std::size_t kFrameBytes = sizeof(Header) + sizeof(std::uint32_t);

// Whether a header can be one of ours: what follows it may still be torn.
[[nodiscard]] constexpr bool plausible(const Header& header) noexcept {
  return header.magic == kRecordMagic && (header.stream == Stream::out || header.stream == Stream::err) &&
         header.length <= kLineBytes && (header.flags & ~(kPartial | kNoNewline)) == 0 && header.sequence != 0;
}

}  // namespace stack::logs
