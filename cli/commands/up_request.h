// From the flags of an `up` to what is asked of the engine.
#pragma once

#include "cli/commands/up.h"

namespace stack::cli {

// Brings up what programs provide (providers.h): the project that the request has is the rest. Looks at local images for what has to be
// built. Throws stack::Error for flags that contradict each other.
api::ProjectRequest up_request(Session& session, const compose::LoadResult& loaded, const UpFlags& flags);

}  // namespace stack::cli
