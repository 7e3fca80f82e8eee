// What services take from files beside the Compose file: env_file into their environment, label_file into their labels.
#pragma once

#include "compose/load/load_context.h"
#include "compose/model/project.h"

namespace stack::compose {

// For the active services only. The lists of files are empty afterwards, unless something could not be read (reported).
void resolve_service_files(Project& project, const Variables& variables, LoadContext& context);

}  // namespace stack::compose
