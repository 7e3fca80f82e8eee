// One call of the program of a service's `provider` (Compose's provider protocol). Blocks; throws stack::Error, with the place of the
// provider.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/model/progress_event.h"
#include "cli/commands/side_program.h"
#include "compose/model/project.h"

namespace stack::cli {

struct ProviderSurroundings {
  std::map<std::string, std::string> environment;
  std::function<void(const model::ProgressEvent&)> show;
  std::function<void(const std::string& line)> warn;
};

// The call of `verb`: up, down or stop. Nothing where the program does not know the verb. Asks the program what it knows.
std::optional<ProgramCall> provider_call(const compose::Project& project, const compose::Service& service,
                                        const std::string& verb, const ProviderSurroundings& around);

struct ProviderVariables {
  compose::Mapping prefixed, raw;
};
ProviderVariables run_provider(const compose::Project& project, const compose::Service& service,
                               const std::string& verb, const ProgramCall& call, const ProviderSurroundings& around);

}  // namespace stack::cli
