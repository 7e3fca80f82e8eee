// The socket at which clients find the engine: its own, or the one that a service manager keeps for it.
//
// An engine that leaves takes its own socket away, so that clients see at once that they have to start another; the service
// manager's stays, and starts the next engine. Loop thread only.
#pragma once

#include <filesystem>

#include <sys/types.h>

#include "base/unique_fd.h"

namespace stack::daemon {

class ControlSocket {
 public:
  // Takes over `handed` when there is one, else binds `path`, for root and the group stack. Throws stack::Error.
  ControlSocket(std::filesystem::path path, UniqueFd handed);
  // Where it listens; once.
  UniqueFd take() { return std::move(listening_); }
  // Removes the path when it still leads to the socket that this engine has bound, not to a later one's.
  void withdraw() noexcept;

 private:
  std::filesystem::path path_;
  UniqueFd listening_;
  dev_t device_ = 0;
  ino_t inode_ = 0;  // of the path that was bound; 0: not by this engine
};

}  // namespace stack::daemon
