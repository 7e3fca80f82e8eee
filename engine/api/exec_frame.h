// The bytes of an upgraded exec connection (Upgrade: stack-exec): frames both ways, integers little-endian.
//
//   u8 kind   u8[3] zero   u32 length   payload
//
//   client: 0 stdin bytes; 1 stdin has ended (no payload); 2 resize (u16 rows, u16 columns); 3 detach (no payload): the client leaves,
//           which is no end of stdin
//   engine: 1 stdout bytes; 2 stderr bytes; 3 exit code (i32), the last frame; 4 failure (JSON error), the last frame
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace stack::api {

enum class ExecFrame : std::uint8_t {
  in = 0,
  in_end = 1,
  resize = 2,
  detach = 3,
  out = 1,
  err = 2,
  exit = 3,
  failure = 4
};
inline constexpr std::size_t kExecPayloadMax = 1 << 20;

inline std::string exec_frame(ExecFrame kind, std::string_view payload) {
  std::array<char, 8> head{static_cast<char>(kind)};
  const auto length = static_cast<std::uint32_t>(payload.size());
  std::memcpy(head.data() + 4, &length, 4);
  std::string bytes{head.data(), head.size()};
  bytes.append(payload);
  return bytes;
}

class ExecFrameReader {
 public:
  // Throws stack::Error(invalid) for a frame that is too long.
  void feed(std::string_view bytes, const std::function<void(ExecFrame, std::string_view)>& each) {
    rest_.append(bytes);
    std::size_t at = 0;
    while (rest_.size() - at >= 8) {
      std::uint32_t length = 0;
      std::memcpy(&length, rest_.data() + at + 4, 4);
      if (length > kExecPayloadMax) throw Error(ErrorKind::invalid, "a frame of an exec connection is too long");
      if (rest_.size() - at < 8 + length) break;
      each(static_cast<ExecFrame>(rest_[at]), std::string_view{rest_}.substr(at + 8, length));
      at += 8 + length;
    }
    rest_.erase(0, at);
  }

 private:
  std::string rest_;
};

}  // namespace stack::api
