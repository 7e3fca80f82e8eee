#include "engine/build/cache_export.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/image/digest.h"
#include "engine/image/manifest_json.h"
#include "engine/image/portable.h"

namespace stack::build {

namespace asio = boost::asio;

namespace {

std::string docker_type_of(const std::string& type) {
  const std::size_t compression = type.rfind('+');
  const std::string plain = "application/vnd.docker.image.rootfs.diff.tar";
  return compression == std::string::npos ? plain : plain + "." + type.substr(compression + 1);
}

}  // namespace

CacheConfig make_cache_config(const image::Store& images, const std::vector<ExportedStep>& steps) {
  CacheConfig config;
  std::map<std::string, std::size_t> placed;  // by chain id
  for (const ExportedStep& step : steps) {
    const image::Manifest manifest = image::make_manifest(images, {}, step.layers);
    const std::vector<std::string> chains = image::chain_ids(step.layers);
    for (std::size_t i = 0; i < chains.size(); ++i) {
      if (!placed.try_emplace(chains[i], config.layers.size()).second) continue;
      CacheConfig::Layer layer{.blob = manifest.layers[i], .diff_id = step.layers[i], .created = step.created};
      if (i > 0) layer.below = placed.at(chains[i - 1]);
      config.layers.push_back(std::move(layer));
    }
    config.steps.push_back(
        {.definition = step.definition, .key = step.key, .layer = placed.at(chains.back()), .created = step.created});
  }
  return config;
}

std::vector<CacheConfig::Step> steps_of_image(const std::vector<ExportedStep>& steps,
                                              const std::vector<std::string>& layers) {
  std::vector<CacheConfig::Step> result;
  for (const ExportedStep& step : steps) {
    if (step.layers.size() > layers.size() || !std::equal(step.layers.begin(), step.layers.end(), layers.begin()))
      continue;
    result.push_back(
        {.definition = step.definition, .key = step.key, .layer = step.layers.size() - 1, .created = step.created});
  }
  return result;
}

CacheManifest make_cache_manifest(const CacheConfig& cache, const std::string& config,
                                  const model::CacheExport& wanted) {
  CacheManifest made;
  std::set<std::string> seen;
  for (const CacheConfig::Layer& layer : cache.layers) {
    if (!seen.insert(layer.blob.digest).second) continue;
    made.blobs.push_back(layer.blob);
    if (wanted.docker_types) made.blobs.back().media_type = docker_type_of(layer.blob.media_type);
  }
  image::Descriptor about{
      .media_type = kCacheConfigType, .digest = image::sha256_digest(config), .size = config.size()};
  if (wanted.as_index) {
    image::Index index{.media_type = wanted.docker_types ? image::kDockerList : image::kOciIndex,
                       .manifests = made.blobs};
    index.manifests.push_back(std::move(about));
    made.media_type = index.media_type;
    made.text = image::write_index(index);
    return made;
  }
  if (made.blobs.size() > image::kLayersMax) {
    throw Error(ErrorKind::unsupported, "the cache has " + std::to_string(made.blobs.size()) +
                                            " layers, a manifest at most " + std::to_string(image::kLayersMax))
        .remedy("export it with mode=min or image-manifest=false");
  }
  const image::Manifest manifest{.media_type = image::kOciManifest, .config = std::move(about), .layers = made.blobs};
  made.media_type = manifest.media_type;
  made.text = image::write_manifest(manifest);
  return made;
}

asio::awaitable<void> export_cache(std::shared_ptr<CachePlace> place, model::CacheExport wanted,
                                   std::vector<ExportedStep> steps, image::Store& images, async::ThreadPool& workers) {
  auto make = [&images, steps = std::move(steps)] { return make_cache_config(images, steps); };
  const CacheConfig cache = co_await workers.run(std::move(make));
  std::string config = write_cache_config(cache);
  CacheManifest manifest = make_cache_manifest(cache, config, wanted);
  for (const image::Descriptor& blob : manifest.blobs) {
    image::Descriptor one = blob;
    co_await place->put_layer(std::move(one));
  }
  co_await place->put_blob(std::move(config));
  co_await place->put_manifest(std::move(manifest.media_type), std::move(manifest.text));
}

}  // namespace stack::build
