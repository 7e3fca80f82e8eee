// The plain connection to the daemon's socket that the clients here share. Blocking.
#pragma once

#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace stack::client {

// Throws Error(unavailable) when nothing listens, not_permitted without the right to.
UniqueFd connect_unix(const std::string& path);
// Sends all of it. False when the other end has gone: what it said before can still be read. Throws for other failures; no
// SIGPIPE.
bool send_all(BorrowedFd socket, std::string_view bytes);
// Sends what fits now and takes that off the front of `bytes`; otherwise as send_all.
bool send_some(BorrowedFd socket, std::string& bytes);

// How many bytes a pipe or a file has for send_from; 0 for everything else.
std::size_t bytes_ready(BorrowedFd source);
// Sends that many of them by the kernel alone. The same result as send_all. Throws when the source has less after all.
bool send_from(BorrowedFd socket, BorrowedFd source, std::size_t bytes);

}  // namespace stack::client
