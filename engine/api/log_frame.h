// The form in which log lines and lifecycle notes travel to a client (application/vnd.stack.logs): records back to back,
// integers little-endian.
//
//   u8 kind   u8 flags   u16 source   u32 length   i64 time_ns   payload[length]
//
//   kind 1 stdout, 2 stderr   one line, or a part of one; flags: 1 goes on in the next record of this stream, 2 no newline behind
//   kind 3 source             announces the number `source`: payload is "container\0service\0replica", before its first line;
//                             with details "\0attributes" behind, as `docker logs --details` writes them before each line
//   kind 4 exited             payload is the exit code as text; flags: 1 will be restarted, 2 out of memory
//   kind 5 started            a later run of a source that was announced before
//   kind 6 failure            payload is a message; the stream ends
//
// Pure; the reader accepts any split of the bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace stack::api {

enum class LogKind : std::uint8_t { out = 1, err = 2, source = 3, exited = 4, started = 5, failure = 6 };

struct LogFrame {
  LogKind kind = LogKind::out;
  std::uint8_t flags = 0;
  std::uint16_t source = 0;
  std::int64_t time_ns = 0;
  std::string_view payload;
};

inline constexpr std::uint8_t kLogPartial = 1, kLogNoNewline = 2, kLogRestarting = 1, kLogOutOfMemory = 2;
inline constexpr std::size_t kLogPayloadMax = 32 << 20;

void append_log_frame(std::string& out, const LogFrame& frame);

class LogFrameReader {
 public:
  // Calls `each` for every complete record; keeps an incomplete one. Throws stack::Error(invalid) for bytes that are none.
  void feed(std::string_view bytes, const std::function<void(const LogFrame&)>& each);

 private:
  std::string rest_;
};

}  // namespace stack::api
