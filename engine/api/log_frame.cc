#include "engine/api/log_frame.h"

#include <array>
#include <cstring>

#include "base/error.h"

namespace stack::api {
namespace {

constexpr std::size_t kHeadBytes = 16;

}  // namespace

// Host order is little-endian on every machine that this is built for.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

void append_log_frame(std::string& out, const LogFrame& frame) {
  std::array<char, kHeadBytes> head{};
  head[0] = static_cast<char>(frame.kind);
  head[1] = static_cast<char>(frame.flags);
  const auto length = static_cast<std::uint32_t>(frame.payload.size());
  std::memcpy(head.data() + 2, &frame.source, 2);
  std::memcpy(head.data() + 4, &length, 4);
  std::memcpy(head.data() + 8, &frame.time_ns, 8);
  out.append(head.data(), head.size());
  out.append(frame.payload);
}

void LogFrameReader::feed(std::string_view bytes, const std::function<void(const LogFrame&)>& each) {
  std::string joined;
  if (!rest_.empty()) {
    joined = std::move(rest_);
    joined.append(bytes);
    bytes = joined;
  }
  while (bytes.size() >= kHeadBytes) {
    LogFrame frame;
    std::uint32_t length = 0;
    frame.kind = static_cast<LogKind>(bytes[0]);
    frame.flags = static_cast<std::uint8_t>(bytes[1]);
    std::memcpy(&frame.source, bytes.data() + 2, 2);
    std::memcpy(&length, bytes.data() + 4, 4);
    std::memcpy(&frame.time_ns, bytes.data() + 8, 8);
    if (frame.kind < LogKind::out || frame.kind > LogKind::failure || length > kLogPayloadMax) {
      throw Error(ErrorKind::invalid, "the engine sent something that is not a log record");
    }
    if (bytes.size() < kHeadBytes + length) break;
    frame.payload = bytes.substr(kHeadBytes, length);
    each(frame);
    bytes.remove_prefix(kHeadBytes + length);
  }
  rest_ = std::string{bytes};
}

}  // namespace stack::api
