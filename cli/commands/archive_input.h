// An archive that is read and sent to the engine, with its progress: bytes sent, of how many where that is known.
#pragma once

#include <functional>
#include <string>

#include "cli/commands/session.h"

namespace stack::cli {

struct ArchiveWords {
  const char* doing;  // "Importing"
  const char* done;   // "Imported"
  bool quiet = false;
};

// Opens `path` ("-": standard input), calls `send` and shows how it goes. Throws what `send` throws, and stack::Error when the archive
// cannot be opened.
void send_archive(const Session& session, const std::string& path, const ArchiveWords& words,
                  const std::function<void(BorrowedFd, const client::Sending&)>& send);

}  // namespace stack::cli
