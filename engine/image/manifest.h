// What a registry says about an image: a manifest (its configuration and layers) or an index (manifests for several platforms), of
// the OCI image-spec 1.1 or Docker's schema 2. Plain values; manifest_json.h reads and writes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/image/platform.h"

namespace stack::image {

inline constexpr const char* kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr const char* kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr const char* kOciConfig = "application/vnd.oci.image.config.v1+json";
inline constexpr const char* kOciLayer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr const char* kOciEmpty = "application/vnd.oci.empty.v1+json";
inline constexpr const char* kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr const char* kDockerList = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr const char* kDockerConfig = "application/vnd.docker.container.image.v1+json";

inline constexpr std::size_t kManifestBytesMax = 4 << 20;  // what registries take at most
inline constexpr std::size_t kConfigBytesMax = 8 << 20;
inline constexpr std::size_t kLayersMax = 500;
inline constexpr std::size_t kManifestsMax = 4096;  // of one index
inline constexpr int kIndexDepthMax = 4;            // indexes within indexes

struct Descriptor {
  std::string media_type;
  std::string digest;
  std::uint64_t size = 0;
  std::optional<Platform> platform;
  std::string artifact_type;
  std::map<std::string, std::string> annotations;
  std::vector<std::string> urls;  // of foreign layers
  bool operator==(const Descriptor&) const = default;
};

struct Manifest {
  std::string media_type;
  std::string artifact_type;
  Descriptor config;
  std::vector<Descriptor> layers;
  std::map<std::string, std::string> annotations;
  bool operator==(const Manifest&) const = default;
};

struct Index {
  std::string media_type;
  std::vector<Descriptor> manifests;
  std::optional<Descriptor> subject;  // what all of it belongs to
  std::map<std::string, std::string> annotations;
  bool operator==(const Index&) const = default;
};

// The entry that serves `wanted` best, the first of equals; nothing when none does. Entries without a platform and attestations
// are passed over, unless the only entry of the index has no platform.
std::optional<Descriptor> choose(const Index& index, const Platform& wanted);

// The artifact of this type that an index has, or belongs to; an empty type is any artifact.
std::optional<Descriptor> choose_artifact(const Index& index, const std::string& type);

// "linux/amd64, linux/arm64": what an index offers, for messages.
std::string offered(const Index& index);

// Which bytes a layer's media type promises.
enum class LayerKind { tar, foreign, other };
LayerKind layer_kind(const std::string& media_type);

}  // namespace stack::image
