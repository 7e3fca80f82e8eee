// What a prune has removed, as Docker's prints it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/api/backend.h"

namespace stack::cli {

// The title, a line each and an empty one; nothing when nothing was removed.
std::string removed_text(const std::string& title, const std::vector<std::string>& lines);
// "untagged: ...", "deleted: ..."
std::string removed_images_text(const api::ImageRemoval& removal);
std::string reclaimed_text(std::uint64_t bytes);

}  // namespace stack::cli
