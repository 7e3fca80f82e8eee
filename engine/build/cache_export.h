// Steps of a build for other places: as a cache of its own, or carried by the image that they made.
//
// Loop thread, but for what is said to block.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/async/thread_pool.h"
#include "base/model/build_cache.h"
#include "engine/build/cache_config.h"
#include "engine/build/cache_place.h"

namespace stack::build {

struct ExportedStep {
  std::string definition, key;
  std::vector<std::string> layers;  // diff ids, bottom first; the last one is its own
  Wall created{};
};

// With the layers as the store has them, each stack once. Blocks a little: the beginning of each blob tells its type.
CacheConfig make_cache_config(const image::Store& images, const std::vector<ExportedStep>& steps);
// Of the steps those whose layers an image of these (diff ids, bottom first) begins with. Pure.
std::vector<CacheConfig::Step> steps_of_image(const std::vector<ExportedStep>& steps,
                                              const std::vector<std::string>& layers);
// What leads to the cache: a manifest or an index. `config`: the text of its description. Throws stack::Error(unsupported) for more layers
// than a manifest may have. Pure.
struct CacheManifest {
  std::string media_type, text;
  std::vector<image::Descriptor> blobs;  // each once
};
CacheManifest make_cache_manifest(const CacheConfig& cache, const std::string& config,
                                  const model::CacheExport& wanted);

// The layers first, the manifest last. Throws stack::Error.
boost::asio::awaitable<void> export_cache(std::shared_ptr<CachePlace> place, model::CacheExport wanted,
                                          std::vector<ExportedStep> steps, image::Store& images,
                                          async::ThreadPool& workers);

}  // namespace stack::build
