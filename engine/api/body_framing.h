// Where the content is among the bytes of a request's body: up to a length, or in chunks with their sizes in front (RFC 9112, 6.3 and 7.1).
//
// Content itself is not looked at: whoever reads the body passes it on in its own way, by the kernel alone where that pays. A value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace stack::api {

// For who writes: what stands in front of a chunk, and behind it.
std::string chunk_head(std::size_t bytes);
inline constexpr std::string_view kChunkEnd = "\r\n";

class BodyFraming {
 public:
  // A body that has no bytes.
  BodyFraming() = default;
  static BodyFraming of_length(std::uint64_t bytes);
  static BodyFraming of_chunks();

  // Reads what stands in front of the next content or of the end. Returns how many of the bytes that is: all of them when there is more to
  // come. Throws invalid for what are no chunks, and for sizes and trailers of more than 16 KiB.
  std::size_t skip(std::string_view bytes);
  // The bytes that follow are content.
  [[nodiscard]] std::uint64_t content_left() const { return state_ == State::content ? left_ : 0; }
  // At most content_left() bytes of content were passed on.
  void pass(std::uint64_t bytes);
  [[nodiscard]] bool ended() const { return state_ == State::ended; }

 private:
  enum class State {
    size,
    extension,
    size_end,
    content,
    content_cr,
    content_lf,
    trailer,
    trailer_line,
    trailer_end,
    end_lf,
    ended
  };
  void take(char byte);
  void take_digit(char byte);
  void begin_content();

  State state_ = State::ended;
  std::uint64_t left_ = 0;   // of the content, or the size of a chunk as far as it was read
  std::size_t digits_ = 0;   // of that size
  std::size_t between_ = 0;  // bytes since the last content
  bool chunked_ = false;
};

}  // namespace stack::api
