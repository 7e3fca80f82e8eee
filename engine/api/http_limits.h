// What a client of the socket can hold, and for how long. Values; docs/bounds.md lists them.
#pragma once

#include <chrono>
#include <cstddef>

namespace stack::api {

constexpr std::size_t kReadBytes = 64 << 10;  // at most, of a socket at once

struct HttpLimits {
  std::size_t sessions = 2048;
  std::size_t head_bytes = 64 << 10;
  std::size_t body_bytes = 32 << 20;             // of one body of text
  std::size_t bodies_bytes = 96 << 20;           // of all bodies of text together
  std::size_t dropped_bytes = 64 << 20;          // of a body that nobody wants, after the answer
  std::chrono::milliseconds head_wait{10'000};   // for a whole head
  std::chrono::milliseconds body_wait{30'000};   // for the next piece of a body of text
  std::chrono::milliseconds pipe_wait{600'000};  // for the next piece of a streamed body, whose producer may be slow
  std::chrono::milliseconds idle_wait{300'000};  // for the next request
  std::chrono::milliseconds take_wait{30'000};   // until the client takes something of an answer that is complete
  std::chrono::milliseconds linger_wait{5'000};  // until the client closes its end after the last answer
};

}  // namespace stack::api
