#include "engine/client/raw_answer.h"

#include <array>
#include <cerrno>
#include <charconv>

#include <unistd.h>

#include "engine/api/stack_json.h"
#include "engine/client/engine_error.h"

namespace stack::client {

RawHead read_head(BorrowedFd fd, std::string& rest) {
  std::size_t end = 0;
  std::array<char, 4096> block;
  while ((end = rest.find("\r\n\r\n")) == std::string::npos) {
    const ssize_t got = ::read(fd.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || rest.size() > (64 << 10)) throw Error(ErrorKind::unavailable, "the engine went away");
    rest.append(block.data(), static_cast<std::size_t>(got));
  }
  const std::string head = rest.substr(0, end + 4);
  rest.erase(0, end + 4);
  RawHead result;
  if (head.size() > 12) std::from_chars(head.data() + 9, head.data() + 12, result.status);
  const std::string name = "Content-Length: ";
  if (const std::size_t at = head.find(name); at != std::string::npos) {
    std::from_chars(head.data() + at + name.size(), head.data() + head.size(), result.content_length);
  }
  return result;
}

void throw_answer(BorrowedFd fd, const RawHead& head, std::string body) {
  std::array<char, 4096> block;
  while (body.size() < head.content_length) {
    const ssize_t got = ::read(fd.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    body.append(block.data(), static_cast<std::size_t>(got));
  }
  throw EngineError(api::parse_error(head.status, body));
}

}  // namespace stack::client
