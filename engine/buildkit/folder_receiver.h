// Receives a folder of the client over its session (FileSync/DiffCopy): which files to send goes with the call, the stats come back, and
// the contents of those that have any are asked for, kOpenMax at a time.
//
// Memory: the stats of what is not received yet, and kBatch bytes of contents; the rest is on the disk. Loop thread; the disk on `pool`.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/async/thread_pool.h"
#include "base/unique_fd.h"
#include "engine/buildkit/client_session.h"

namespace stack::buildkit {

struct FolderWish {
  std::string name;                   // of the client's folder: "context", "dockerfile"
  std::vector<std::string> includes;  // patterns; empty: everything
  std::vector<std::string> excludes;  // patterns, "!" in front of exceptions
  std::vector<std::string> follow;    // these paths, and what links on the way lead to; empty: everything
};

// `into` is empty, or has what came before, which is brought up to date. Gives the size of all files. `on_bytes` is told how much has come
// in all. Throws stack::Error, and GrpcFailure when the client has no such folder; `into` is then of no use.
boost::asio::awaitable<std::uint64_t> receive_folder(ClientSession& session, FolderWish wish, UniqueFd into,
                                                     async::ThreadPool& pool,
                                                     std::function<void(std::uint64_t)> on_bytes);

}  // namespace stack::buildkit
