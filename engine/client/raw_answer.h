// The head of an answer on a connection that may become raw. Blocking.
#pragma once

#include <string>

#include "base/unique_fd.h"

namespace stack::client {

struct RawHead {
  int status = 0;
  std::size_t content_length = 0;
};

// What came behind the head stays in `rest`. Throws unavailable when the engine goes away.
RawHead read_head(BorrowedFd fd, std::string& rest);
// The failure that the answer tells of; `body` is its beginning.
[[noreturn]] void throw_answer(BorrowedFd fd, const RawHead& head, std::string body);

}  // namespace stack::client
