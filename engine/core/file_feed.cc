#include "engine/core/file_feed.h"

#include <array>

#include <fcntl.h>
#include <unistd.h>

#include "base/async/thread_pool.h"
#include "base/pipe.h"

namespace stack::core {
namespace {

constexpr int kFeedPipeBytes = 1 << 20;

void feed(BorrowedFd file, BorrowedFd pipe, std::uint64_t offset, std::uint64_t bytes) {
  auto at = static_cast<off64_t>(offset);
  while (bytes > 0) {
    const ssize_t moved = ::splice(file.get(), &at, pipe.get(), nullptr, bytes, 0);
    if (moved < 0 && errno == EINTR) continue;
    if (moved <= 0) return;  // the reader misses the rest and says so
    bytes -= static_cast<std::uint64_t>(moved);
  }
}

}  // namespace

std::function<UniqueFd(std::uint64_t, std::uint64_t)> file_feed(async::ThreadPool& workers,
                                                                std::shared_ptr<UniqueFd> file) {
  return [&workers, file = std::move(file)](std::uint64_t offset, std::uint64_t bytes) {
    Pipe pipe;
    ::fcntl(pipe.writing.get(), F_SETPIPE_SZ, kFeedPipeBytes);
    const auto writing = std::make_shared<UniqueFd>(std::move(pipe.writing));
    workers.post([file, writing, offset, bytes] {
      feed(*file, *writing, offset, bytes);
      writing->reset();
    });
    return std::move(pipe.reading);
  };
}

}  // namespace stack::core
