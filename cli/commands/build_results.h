// What happens to an image once it is built: names pushed, files written, ids noted down.
#pragma once

#include "cli/commands/build_values.h"
#include "cli/commands/image_build.h"

namespace stack::cli {

// Whether only files of the image are wanted, and not the image.
bool are_files(const std::vector<BuildDestination>& destinations);
// Pushes, unpacks or writes what each of them says. An image that was built for its files alone is gone afterwards, also when that fails,
// unless it was there before, has a name or is used. Throws stack::Error.
void deliver(Session& session, const api::BuildDone& done, const std::vector<BuildDestination>& destinations,
             bool quiet);
// --metadata-file, as buildx with Docker's own image store writes it.
std::string build_metadata_json(const api::BuildDone& done);

}  // namespace stack::cli
