#include "engine/build/cache_import.h"

#include <algorithm>

#include "engine/image/manifest_json.h"

namespace stack::build {

namespace asio = boost::asio;

asio::awaitable<void> CacheImport::load(image::Platform platform) {
  co_await load_manifest({}, std::move(platform), 0);
}

asio::awaitable<void> CacheImport::load_manifest(std::string digest, image::Platform platform, int depth) {
  if (depth > image::kIndexDepthMax) throw Error(ErrorKind::invalid, "the indexes of " + name() + " lead in circles");
  const CachePlace::Document document = co_await place_->manifest(std::move(digest));
  auto parsed = image::parse_manifest(document.text, document.media_type);
  if (auto* manifest = std::get_if<image::Manifest>(&parsed))
    co_return co_await load_config(std::move(manifest->config), std::move(manifest->layers));
  auto& index = std::get<image::Index>(parsed);
  const auto config = std::ranges::find(index.manifests, kCacheConfigType, &image::Descriptor::media_type);
  if (config != index.manifests.end()) {
    // The other entries are the layers.
    image::Descriptor described = *config;
    index.manifests.erase(config);
    co_return co_await load_config(std::move(described), std::move(index.manifests));
  }
  const auto chosen = image::choose(index, platform);
  if (!chosen) throw Error(ErrorKind::not_found, name() + " has neither a cache nor an image for " + platform.text());
  std::string further = chosen->digest;
  co_await load_manifest(std::move(further), std::move(platform), depth + 1);
}

asio::awaitable<void> CacheImport::load_config(image::Descriptor described, std::vector<image::Descriptor> blobs) {
  const bool own = described.media_type == kCacheConfigType;
  const std::string text =
      co_await place_->blob(std::move(described), own ? kCacheConfigBytesMax : image::kConfigBytesMax);
  auto read = [own, &text, &blobs]() -> std::optional<CacheConfig> {
    if (own) return read_cache_config(text);
    return read_inline_cache(text, blobs);
  };
  auto config = co_await workers_.run(std::move(read));
  if (config) take(std::move(*config), blobs);
}

void CacheImport::take(CacheConfig config, const std::vector<image::Descriptor>& blobs) {
  config_ = std::move(config);
  // The manifest is what the place vouches for.
  for (CacheConfig::Layer& layer : config_.layers) {
    const auto blob = std::ranges::find(blobs, layer.blob.digest, &image::Descriptor::digest);
    if (blob == blobs.end()) {
      layer.blob = {};
    } else {
      layer.blob = *blob;
    }
  }
  for (std::size_t i = 0; i < config_.steps.size(); ++i) steps_[config_.steps[i].definition] = i;
}

std::optional<CacheImport::Step> CacheImport::find(const std::string& definition) const {
  const auto found = steps_.find(definition);
  if (found == steps_.end()) return std::nullopt;
  const CacheConfig::Step& known = config_.steps[found->second];
  Step step{.key = known.key, .layers = {}, .created = known.created};
  for (const std::size_t at : config_.stack(known.layer)) {
    const CacheConfig::Layer& layer = config_.layers[at];
    if (layer.diff_id.empty() || layer.blob.digest.empty()) return std::nullopt;
    step.layers.push_back(layer.diff_id);
  }
  if (step.layers.empty()) return std::nullopt;
  return step;
}

asio::awaitable<void> CacheImport::bring(Step step) {
  const std::vector<std::string> chains = image::chain_ids(step.layers);
  for (std::size_t i = 0; i < chains.size(); ++i) {
    if (images_.has_layer(chains[i])) continue;
    const auto known = std::ranges::find_if(config_.layers, [&](const CacheConfig::Layer& layer) {
      return layer.diff_id == step.layers[i] && !layer.blob.digest.empty();
    });
    if (known == config_.layers.end()) throw Error("the cache has no layer " + step.layers[i]);
    image::Descriptor blob = known->blob;
    const auto staged = co_await place_->layer(std::move(blob));
    if (staged->diff_id != step.layers[i]) {
      throw Error(ErrorKind::invalid, "the layer " + known->blob.digest + " unpacks to " + staged->diff_id +
                                          ", the cache says " + step.layers[i]);
    }
    std::vector<std::string> below{step.layers.begin(), step.layers.begin() + static_cast<std::ptrdiff_t>(i)};
    auto place = [&images = images_, staged, below = std::move(below)] { images.place(std::move(*staged), below); };
    co_await workers_.run(std::move(place));
  }
}

}  // namespace stack::build
