// Sends a folder to the client over its session (FileSend/DiffCopy): descriptions of everything, and the contents that it asks for. Loop
// thread; the disk on `pool`.
#pragma once

#include <cstdint>
#include <functional>

#include <boost/asio/awaitable.hpp>

#include "base/async/thread_pool.h"
#include "base/unique_fd.h"
#include "engine/buildkit/client_session.h"

namespace stack::buildkit {

// The client knows by `number` where it goes; `root` outlives the call. `on_bytes` is told how much has gone in all, and may throw. Throws
// stack::Error, and GrpcFailure when the client does not take it.
boost::asio::awaitable<void> send_folder(ClientSession& session, int number, BorrowedFd root, async::ThreadPool& pool,
                                         std::function<void(std::uint64_t)> on_bytes);

}  // namespace stack::buildkit
