// The frames in which Docker's API sends both output streams of a container over one connection: a byte for the stream (1 or 2), three
// zeros, the length in four bytes, the payload. One per connection; one thread.
#pragma once

#include <string>
#include <string_view>

namespace stack::client {

class StreamFrames {
 public:
  // Calls `each(error_stream, payload)` for every frame that is complete.
  template <class F>
  void feed(std::string_view bytes, F each) {
    pending_ += bytes;
    std::size_t at = 0;
    while (pending_.size() - at >= kHead) {
      const std::size_t size = length_at(at + 4);
      if (pending_.size() - at < kHead + size) break;
      each(pending_[at] == 2, std::string_view{pending_}.substr(at + kHead, size));
      at += kHead + size;
    }
    pending_.erase(0, at);
  }

 private:
  static constexpr std::size_t kHead = 8;

  [[nodiscard]] std::size_t length_at(std::size_t at) const {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(pending_[at + i]);
    return length;
  }

  std::string pending_;
};

}  // namespace stack::client
