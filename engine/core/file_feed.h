// A file as an upload takes it: pipes that give parts of it, each fed by a worker.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/unique_fd.h"

namespace stack::async {
class ThreadPool;
}
namespace stack::core {

// Gives the reading end of a pipe that gives `bytes` bytes of `file` from `offset` on, and then ends. A reader may leave early.
std::function<UniqueFd(std::uint64_t offset, std::uint64_t bytes)> file_feed(async::ThreadPool& workers,
                                                                             std::shared_ptr<UniqueFd> file);

}  // namespace stack::core
