#include "cli/commands/image_pins.h"

#include <iostream>

#include "cli/commands/config_digests.h"
#include "cli/commands/docker_config.h"

namespace stack::cli {

void pin_images(Session& session, compose::Project& project) {
  const std::vector<model::Image> images = session.engine().images();
  api::ImageDigests answers;
  api::DigestRequest request{.references = without_digest(project, images)};
  if (!request.references.empty()) {
    std::set<std::string> registries;
    for (const std::string& reference : request.references) registries.insert(registry_of(reference));
    request.credentials = DockerConfig{}.credentials(registries);
    answers = session.engine().image_digests(request);
  }
  compose::Diagnostics mistakes = resolve_digests(project, images, answers);
  if (mistakes.empty()) return;
  compose::sort_diagnostics(mistakes);
  std::cerr << compose::render(mistakes);
  throw LoadFailed{};
}

}  // namespace stack::cli
