// What an archive's entry says of its file, given to the file: content, owner, mode, times and extended attributes.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <sys/stat.h>
#include <time.h>

#include "base/unique_fd.h"
#include "engine/image/tar_reader.h"

namespace stack::image {

using FileTimes = std::array<timespec, 2>;  // as futimens(2) takes them

[[nodiscard]] FileTimes times_of(archive_entry* entry);
[[nodiscard]] mode_t mode_of(archive_entry* entry);
// Bytes from the file's begin to its end, holes included.
[[nodiscard]] std::uint64_t size_of(archive_entry* entry);
// What is not written of it takes no room on the disk.
[[nodiscard]] bool has_holes(archive_entry* entry);

// Writes the entry's content into the new and empty `file`; holes stay holes. Adds the bytes written to `bytes`, which may
// grow up to `bytes_max`. Throws stack::Error.
void write_content(TarReader& tar, archive_entry* entry, BorrowedFd file, std::uint64_t& bytes,
                   std::uint64_t bytes_max);
// Owner, mode and attributes of an open file or folder.
void give_attributes(BorrowedFd file, archive_entry* entry);
// Owner and times of what cannot be opened: a link, a device, a pipe.
void give_owner(BorrowedFd folder, const std::string& name, archive_entry* entry);

}  // namespace stack::image
