// An archive that is read and sent to the engine, with its progress: bytes sent, of how many where that is known.
#pragma once

#include <functional>
#include <string>

#include "cli/commands/session.h"

namespace stack::cli {

// Opens `path` ("-": standard input), calls `send` and shows how it goes. Throws what `send` throws, and stack::Error when the archive
// cannot be opened.
void send_archive(const Session& session, const std::string& path, model::Action action, bool quiet,
                  const std::function<void(BorrowedFd, const client::Sending&)>& send);

}  // namespace stack::cli
