// Files between this machine and a container, as docker cp copies them. An archive goes through a pipe, from a thread that packs, or
// receives, to who sends, or unpacks.
#pragma once

#include <cstdint>
#include <string>

#include "base/unique_fd.h"
#include "engine/client/engine_client.h"

namespace stack::cli {

struct CopyOptions {
  bool archive = false;      // into a container: everything belongs to its user
  bool follow_link = false;  // a source that is a symbolic link stands for what it leads to
};

// A container is meant by its name or id. All throw stack::Error.
void copy_into(client::EngineClient& engine, const std::string& container, const std::string& source,
               const std::string& target, const CopyOptions& options);
// The archive that `input` has is unpacked in the folder `target`.
void unpack_into(client::EngineClient& engine, const std::string& container, BorrowedFd input,
                 const std::string& target, const CopyOptions& options);
// Device nodes are not made on this machine: that is said, and is no failure.
void copy_out(client::EngineClient& engine, const std::string& container, const std::string& source,
              const std::string& target, const CopyOptions& options);
// The archive goes to standard output.
void pack_out(client::EngineClient& engine, const std::string& container, const std::string& source,
              const CopyOptions& options);

}  // namespace stack::cli
