#include "engine/api/byte_stream.h"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

#include "base/error.h"

namespace stack::api {

void ByteStream::write_from(std::shared_ptr<const UniqueFd> pipe, std::size_t bytes) {
  while (bytes > 0) {
    std::string piece(std::min<std::size_t>(bytes, 64 << 10), '\0');
    const ssize_t got = ::read(pipe->get(), piece.data(), piece.size());
    if (got <= 0) throw Error::from_errno(got < 0 ? errno : ENODATA, "reading a pipe");
    piece.resize(static_cast<std::size_t>(got));
    bytes -= piece.size();
    write(std::move(piece));
  }
}

}  // namespace stack::api
