// First use: an empty named volume is filled with what the image has at the place where it is mounted (Compose: "volumes",
// Docker: "populate a volume using a container"), with owners, modes, times, links and attributes.
//
// Reads the image's layers without mounting them, so that any number of them will do. Blocks on the disk: for the pool.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace stack::volume {

// `layers` are absolute folders, the topmost first; `target` is the mount's place in the container; `data` the volume's folder.
// Does nothing when the volume is not empty or the image has nothing there. An image folder at `target` also gives the
// volume's root its owner and mode. On failure the volume is empty again. One call at a time fills a volume, others wait; what a
// killed engine filled in part is known by a mark beside `data` and is filled again.
//
// `ours`: the folder is the engine's own. In a folder of the host, and in one where something is mounted, nothing is ever removed: what
// others have put there meanwhile is theirs, and what was filled in part stays as it is.
void populate(const std::vector<std::string>& layers, const std::string& target, const std::filesystem::path& data,
              bool ours = true);

}  // namespace stack::volume
