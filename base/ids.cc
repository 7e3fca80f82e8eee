#include "base/ids.h"

#include <array>

#include <sys/random.h>

#include "base/error.h"

namespace stack {

RandomSource system_random() {
  return [](void* data, std::size_t size) {
    if (::getrandom(data, size, 0) != static_cast<ssize_t>(size))
      throw Error::from_errno(errno, "reading random bytes");
  };
}

std::string new_id(const RandomSource& random, std::size_t digits) {
  std::array<unsigned char, 32> bytes{};
  const std::size_t count = digits / 2 < bytes.size() ? digits / 2 : bytes.size();
  random(bytes.data(), count);
  std::string id;
  id.reserve(count * 2);
  for (std::size_t i = 0; i < count; ++i) {
    id += "0123456789abcdef"[bytes[i] >> 4];
    id += "0123456789abcdef"[bytes[i] & 15];
  }
  return id;
}

std::string_view short_id(std::string_view id) { return id.substr(0, 12); }

}  // namespace stack
