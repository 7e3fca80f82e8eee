// What the loop receives and a worker reads: a pipe between the two, so that neither holds more than the pipe does.
//
// Loop thread; `read` runs on one of `workers`.
#pragma once

#include <functional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/unique_fd.h"

namespace stack::async {
class ThreadPool;
}
namespace stack::core {

// Runs both at once, `send` with the writing end and `read` with the other one, and resumes when both are over. Throws what made
// the other one fail as well: the reader's error when the sender only found that nobody reads, else the sender's. Both have to
// stay valid until then; who gives up has to make `send` end.
boost::asio::awaitable<void> through_pipe(
    boost::asio::io_context& loop, async::ThreadPool& workers, std::function<void(BorrowedFd)> read,
    std::function<boost::asio::awaitable<void>(boost::asio::posix::stream_descriptor&)> send);

}  // namespace stack::core
