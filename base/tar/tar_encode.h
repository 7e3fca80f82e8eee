// Entries as the blocks that stand in front of their content. Pure.
#pragma once

#include <string>

#include "base/tar/tar_entry.h"

namespace stack::tar {

// The entry's header, with a pax header in front where the old format has no room for something.
std::string header_of(const Entry& entry);
// Zeros that fill the last block of a content of this size.
std::string padding_of(std::uint64_t size);
// Two empty blocks: what an archive ends in.
std::string end_mark();

}  // namespace stack::tar
