#include "engine/image/portable.h"

#include <algorithm>
#include <array>

#include <unistd.h>

#include "base/error.h"
#include "engine/image/digest.h"
#include "engine/image/manifest_json.h"

namespace stack::image {
namespace {

std::string type_of(const Store& store, const std::string& blob) {
  std::array<char, 8> beginning{};
  const UniqueFd fd = store.open_blob(blob);
  const ssize_t got = ::pread(fd.get(), beginning.data(), beginning.size(), 0);
  const auto compression = compression_of({beginning.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))});
  if (compression == Compression::gzip) return std::string{kOciLayer} + "+gzip";
  return compression == Compression::zstd ? std::string{kOciLayer} + "+zstd" : kOciLayer;
}

}  // namespace

Manifest make_manifest(const Store& store, const std::string& config, const std::vector<std::string>& diff_ids) {
  Manifest manifest{.media_type = kOciManifest,
                    .config = {.media_type = kOciConfig, .digest = sha256_digest(config), .size = config.size()}};
  for (const std::string& chain : chain_ids(diff_ids)) {
    const auto layer = store.layer(chain);
    if (!layer) throw Error("the layer " + chain + " is missing");
    manifest.layers.push_back(
        {.media_type = type_of(store, layer->blob), .digest = layer->blob, .size = layer->blob_bytes});
  }
  return manifest;
}

Portable portable(const Store& store, const model::Image& image) {
  Portable result;
  const auto config = store.read_blob(image.id, kConfigBytesMax);
  if (!config) throw Error("the configuration of the image " + image.id + " is missing");
  result.config_text = *config;
  if (const auto text = store.read_blob(image.manifest, kManifestBytesMax)) {
    auto parsed = parse_manifest(*text, "");
    auto* manifest = std::get_if<Manifest>(&parsed);
    const bool whole =
        manifest != nullptr && std::all_of(manifest->layers.begin(), manifest->layers.end(),
                                           [&](const Descriptor& layer) { return store.has_blob(layer.digest); });
    if (whole) {
      result.manifest = std::move(*manifest);
      result.manifest_text = *text;
      result.manifest_digest = image.manifest;
      return result;
    }
  }
  result.manifest = make_manifest(store, *config, image.layers);
  result.manifest_text = write_manifest(result.manifest);
  result.manifest_digest = sha256_digest(result.manifest_text);
  return result;
}

}  // namespace stack::image
