// Both ends of a pipe that programs that are run do not get. Value.
#pragma once

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/unique_fd.h"

namespace stack {

struct Pipe {
  UniqueFd reading, writing;

  // Throws stack::Error.
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Error::from_errno(errno, "making a pipe");
    reading.reset(ends[0]);
    writing.reset(ends[1]);
  }
};

}  // namespace stack
