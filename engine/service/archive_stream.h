// An archive on its way to a client: written by a thread of a pool, sent as fast as the client takes it.
//
// Loop thread.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/async/thread_pool.h"
#include "base/unique_fd.h"
#include "engine/api/byte_stream.h"

namespace stack::service {

// Has `write` called on the pool, with the writing end of a pipe, and finishes `out` in any case. A client that leaves ends it; what
// `write` throws otherwise is rethrown.
boost::asio::awaitable<void> stream_archive(boost::asio::io_context& loop, async::ThreadPool& workers,
                                            std::function<void(BorrowedFd to)> write,
                                            std::shared_ptr<api::ByteStream> out);

}  // namespace stack::service
