#include "cli/commands/oci_files.h"

#include "cli/commands/docker_config.h"
#include "compose/remote/kept_checkout.h"
#include "compose/remote/oci_project.h"

namespace stack::cli {

std::string fetch_oci_project(Session& session, const std::string& reference) {
  const std::string cache = compose::fetch_cache("oci");
  const auto at = reference.find('@');
  std::string name = reference.substr(0, at), digest = at == std::string::npos ? "" : reference.substr(at + 1);
  if (!digest.empty()) {
    if (auto kept = compose::kept_project(digest, cache)) return *std::move(kept);
  }
  const std::string registry = registry_of(reference);
  api::ArtifactRequest request{.type = compose::kProjectArtifact,
                               .credentials = DockerConfig{}.credentials(std::set<std::string>{registry})};
  if (digest.empty()) {
    const api::ImageDigests answer =
        session.engine().image_digests({.references = {reference}, .credentials = request.credentials});
    if (const auto error = answer.errors.find(reference); error != answer.errors.end()) throw error->second;
    digest = answer.digests.at(reference);
    if (auto kept = compose::kept_project(digest, cache)) return *std::move(kept);
    const auto colon = name.rfind(':');
    if (colon != std::string::npos && name.find('/', colon) == std::string::npos) name.resize(colon);
  }
  request.reference = name + "@" + digest;
  api::Artifact artifact = session.engine().artifact(request);
  std::vector<compose::OciLayer> layers;
  for (api::Artifact::Layer& layer : artifact.layers) {
    layers.push_back({.media_type = std::move(layer.media_type),
                      .content = std::move(layer.content),
                      .annotations = std::move(layer.annotations)});
  }
  return compose::keep_project(digest, compose::project_files(artifact.type, layers), cache);
}

}  // namespace stack::cli
