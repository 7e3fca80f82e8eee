// A cache of another place while a build uses it: which steps it has, and their layers, which come when they are needed.
//
// What comes is for this build alone: it is not recorded in the engine's own cache, so that a cache that somebody else can write to decides
// nothing in builds that do not name it.
//
// Loop thread; reading and unpacking run on the pool.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/async/thread_pool.h"
#include "engine/build/cache_config.h"
#include "engine/build/cache_place.h"
#include "engine/image/platform.h"

namespace stack::build {

class CacheImport {
 public:
  CacheImport(std::shared_ptr<CachePlace> place, image::Store& images, async::ThreadPool& workers)
      : place_(std::move(place)), images_(images), workers_(workers) {}

  // Reads what the cache says of itself; of an index of images, what the one for `platform` carries. An image that carries no cache has no
  // steps. Throws stack::Error.
  boost::asio::awaitable<void> load(image::Platform platform);

  struct Step {
    std::string key;
    std::vector<std::string> layers;  // diff ids, bottom first
    Wall created{};
  };
  // Of this definition; nothing when the cache does not have it whole.
  [[nodiscard]] std::optional<Step> find(const std::string& definition) const;
  // Has the layers of a step in the store, where the caller has pinned them. Throws stack::Error.
  boost::asio::awaitable<void> bring(Step step);
  [[nodiscard]] std::string name() const { return place_->name(); }

 private:
  boost::asio::awaitable<void> load_manifest(std::string digest, image::Platform platform, int depth);
  boost::asio::awaitable<void> load_config(image::Descriptor described, std::vector<image::Descriptor> blobs);
  void take(CacheConfig config, const std::vector<image::Descriptor>& blobs);

  const std::shared_ptr<CachePlace> place_;
  image::Store& images_;
  async::ThreadPool& workers_;
  CacheConfig config_;
  std::map<std::string, std::size_t> steps_;  // by definition, into config_
};

}  // namespace stack::build
