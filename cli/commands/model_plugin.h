// The models of a project, by Docker's Model plugin: what is missing is pulled, all are configured, and the services that use them get
// their variables. As Docker Compose does it. Blocks; throws stack::Error, with the place of the first model.
#pragma once

#include "cli/commands/provider_call.h"

namespace stack::cli {

// Of the models that `services` use.
void provide_models(compose::Project& project, const std::vector<std::string>& services,
                    const ProviderSurroundings& around);

}  // namespace stack::cli
