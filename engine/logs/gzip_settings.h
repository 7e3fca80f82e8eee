// How logs are compressed with zlib.
#pragma once

namespace stack::logs {

constexpr int kZlibWindowBits = 15;
constexpr int kGzipWindowBits = kZlibWindowBits + 16;
constexpr int kMemoryLevel = 8;

}  // namespace stack::logs
