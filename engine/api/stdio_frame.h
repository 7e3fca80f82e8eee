// Docker's frame of a stream that carries standard output and standard error of one process: the stream's number, three zeros, the length
// in four bytes, most significant first. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/api/request.h"

namespace stack::api {

inline constexpr std::string_view kRawStream = "application/vnd.docker.raw-stream";
inline constexpr std::string_view kMultiplexedStream = "application/vnd.docker.multiplexed-stream";

// What dockerd says of a connection that is taken over: frames have a type of their own since 1.42, and only behind an upgrade.
inline std::string_view stream_type(const Request& request, bool framed) {
  constexpr int kFirstWithFrames = 42;
  const bool upgrade = request.header_lists("Connection", "upgrade");
  const bool knows = request.api_version == 0 || request.api_version >= kFirstWithFrames;
  return framed && upgrade && knows ? kMultiplexedStream : kRawStream;
}

// `stream`: 1 or 2.
inline std::string stdio_frame(int stream, std::string_view bytes) {
  const auto length = static_cast<std::uint32_t>(bytes.size());
  std::string frame{static_cast<char>(stream), '\0', '\0', '\0'};
  for (const int shift : {24, 16, 8, 0}) frame += static_cast<char>(length >> shift & 0xff);
  return frame.append(bytes);
}

}  // namespace stack::api
