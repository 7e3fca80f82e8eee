// What BuildKit's builders keep of a build in other places ("application/vnd.buildkit.cacheconfig.v0"): layers, and the steps that gave
// them. Plain values and their JSON. Pure.
//
// A step of ours is known by its definition (cache_key.h) and carries its key in a member of its own, which other builders pass over. Steps
// of other builders are passed over by us: their digests mean something else. Their layers are read.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "engine/image/manifest.h"

namespace stack::build {

inline constexpr const char* kCacheConfigType = "application/vnd.buildkit.cacheconfig.v0";

struct CacheConfig {
  struct Layer {
    image::Descriptor blob;
    std::string diff_id;
    std::optional<std::size_t> below;  // the layer that it stands on
    Wall created{};
    bool operator==(const Layer&) const = default;
  };
  struct Step {
    std::string definition, key;
    std::size_t layer = 0;  // its own, the topmost
    Wall created{};
    bool operator==(const Step&) const = default;
  };
  std::vector<Layer> layers;
  std::vector<Step> steps;
  bool operator==(const CacheConfig&) const = default;

  // The layers of a stack from the bottom to this one; nothing when they lead in circles or to no layer.
  [[nodiscard]] std::vector<std::size_t> stack(std::size_t top) const;
};

inline constexpr std::size_t kCacheConfigBytesMax = std::size_t{16} << 20;
inline constexpr std::size_t kCacheRecordsMax = 20'000;

std::string write_cache_config(const CacheConfig& config);
// Throws stack::Error(invalid).
CacheConfig read_cache_config(std::string_view text);

// An image that carries its own cache: the configuration has the steps of the layers that the image has. `steps` have the number of a layer
// of the image.
std::string add_inline_cache(const std::string& image_config, const std::vector<CacheConfig::Step>& steps);
// Nothing when it carries none. `blobs`: the layers of its manifest. Throws stack::Error(invalid).
std::optional<CacheConfig> read_inline_cache(std::string_view image_config,
                                             const std::vector<image::Descriptor>& blobs);

}  // namespace stack::build
