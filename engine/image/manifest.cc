#include "engine/image/manifest.h"

#include <algorithm>
#include <set>

namespace stack::image {
namespace {

bool is_attestation(const Descriptor& entry) {
  const auto found = entry.annotations.find("vnd.docker.reference.type");
  return (found != entry.annotations.end() && found->second == "attestation-manifest") ||
         (entry.platform && entry.platform->os == "unknown");
}

}  // namespace

std::optional<Descriptor> choose(const Index& index, const Platform& wanted) {
  const Descriptor* best = nullptr;
  int best_distance = 0;
  for (const Descriptor& entry : index.manifests) {
    if (!entry.platform || is_attestation(entry)) continue;
    const auto far = distance(wanted, *entry.platform);
    if (!far || (best != nullptr && *far >= best_distance)) continue;
    best = &entry;
    best_distance = *far;
  }
  if (best == nullptr && index.manifests.size() == 1 && !index.manifests.front().platform) {
    best = &index.manifests.front();
  }
  return best == nullptr ? std::nullopt : std::optional{*best};
}

std::optional<Descriptor> choose_artifact(const Index& index, const std::string& type) {
  const auto fits = [&](const Descriptor& entry) {
    return !entry.artifact_type.empty() && (type.empty() || entry.artifact_type == type);
  };
  const auto found = std::find_if(index.manifests.begin(), index.manifests.end(), fits);
  if (found != index.manifests.end()) return *found;
  return index.subject && fits(*index.subject) ? index.subject : std::nullopt;
}

std::string offered(const Index& index) {
  std::set<std::string> names;
  for (const Descriptor& entry : index.manifests) {
    if (entry.platform && !is_attestation(entry)) names.insert(normalised(*entry.platform).text());
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

LayerKind layer_kind(const std::string& type) {
  const bool docker = type.starts_with("application/vnd.docker.image.rootfs.");
  const bool oci = type.starts_with("application/vnd.oci.image.layer.");
  if ((docker && type.find(".foreign.") != std::string::npos) ||
      (oci && type.find(".nondistributable.") != std::string::npos))
    return LayerKind::foreign;
  if ((docker || oci) && type.find(".tar") != std::string::npos) return LayerKind::tar;
  return LayerKind::other;
}

}  // namespace stack::image
