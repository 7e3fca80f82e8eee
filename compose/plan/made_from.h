// Whether a container, a network or a volume is what its part of the file says. Pure.
#pragma once

#include <optional>
#include <string>

namespace stack::compose {

// `hash` is ours of that part, `compose_hash` Docker Compose's, which counts for what Compose made. Nothing where `spec` has neither.
template <class Spec>
std::optional<bool> is_made_from(const Spec& spec, const std::string& hash, const std::string& compose_hash) {
  if (!spec.config_hash.empty()) return spec.config_hash == hash;
  const auto label = spec.labels.find("com.docker.compose.config-hash");
  if (label == spec.labels.end()) return std::nullopt;
  return label->second == compose_hash;
}

}  // namespace stack::compose
