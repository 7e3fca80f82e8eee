// The images of a project by their digests: what is here tells its own, registries are asked for the rest.
#pragma once

#include "cli/commands/session.h"

namespace stack::cli {

// Throws LoadFailed when an image has no digest, which is printed with its place.
void pin_images(Session& session, compose::Project& project);

}  // namespace stack::cli
