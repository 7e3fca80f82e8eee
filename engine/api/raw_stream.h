// A connection that a client has for itself: bytes both ways. Loop thread only.
#pragma once

#include <functional>
#include <string_view>

#include "engine/api/byte_stream.h"

namespace stack::api {

// What such a client sends, and its half-close. Called on the loop.
struct RawInput {
  std::function<void(std::string_view)> on_bytes;
  std::function<void()> on_end;
};

class RawStream : public ByteStream {
 public:
  // Whether bytes of the client are read at present.
  virtual void read_more(bool wanted) = 0;
};

}  // namespace stack::api
