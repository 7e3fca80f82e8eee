// Secrets and configs that are files of the host and are given to a service with an owner or mode of their own: a mount cannot have these,
// so the service gets a copy. It is the client's matter: the engine sees an object with its text, and another text recreates the
// container.
#pragma once

#include "compose/model/project.h"
#include "compose/remote/file_source.h"

namespace stack::cli {

// The project in which every grant with uid, gid or mode names an object with the file's text. Without uid or gid it belongs to the
// service's user, as the specification says, where that is a number. What is no text, or a folder, or cannot be read stays a mount, which
// the engine speaks of.
compose::Project with_copied_files(compose::Project project, compose::FileSource& files);

}  // namespace stack::cli
