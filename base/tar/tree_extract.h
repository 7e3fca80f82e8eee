// An archive's files made below a folder, as docker cp makes them: nothing is ever made outside of it, whatever the archive says and
// whatever others do in the folder meanwhile. Symbolic links on the way to an entry's place are followed as if the folder were the root
// of the file system; the place itself never is.
//
// Blocks on the disk and on the archive. What was made before a failure stays; a file that breaks off leaves what had its name.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <sys/types.h>

#include "base/tar/tar_stream.h"
#include "base/unique_fd.h"

namespace stack::tar {

struct ExtractOptions {
  bool keep_owner = true;                        // as the archive says; else that of who extracts
  std::optional<std::pair<uid_t, gid_t>> owner;  // of everything, instead
  bool keep_kind = false;                        // no file takes a folder's place, and no folder a file's
  bool devices = true;                           // device nodes are made
  std::string place;                             // how messages call the folder
  std::function<std::string(const std::string&)>
      rename;  // what an entry, or the target of a hard link, is called instead
  std::function<void(const std::string& path)> left_out{};  // told of device nodes that are not made
};

// Returns the bytes of content. Throws stack::Error: internal in dockerd's words for a name that leads out ("invalid entry name") and for
// what keep_kind forbids, invalid for a damaged archive, with the errno's kind of failure otherwise.
std::uint64_t extract(Stream& archive, BorrowedFd folder, const ExtractOptions& options);

// "a/./b//../c/" as "a/c"; nothing when it climbs above its beginning. A slash in front counts for nothing.
std::optional<std::string> clean_entry_name(std::string_view name);

}  // namespace stack::tar
