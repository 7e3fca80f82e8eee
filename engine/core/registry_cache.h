// A build's cache in a repository of a registry.
//
// Loop thread; layers are read and unpacked on `workers`. A task that is cancelled ends what is under way.
#pragma once

#include <boost/asio/io_context.hpp>

#include "base/model/credentials.h"
#include "base/model/reference.h"
#include "engine/build/cache_place.h"
#include "engine/image/registry/registry_client.h"

namespace stack::async {
class ThreadPool;
}
namespace stack::core {

class RegistryCache final : public build::CachePlace {
 public:
  // `write`: the registry is asked for the right to push. `settings`, `images` and `workers` outlive it.
  RegistryCache(boost::asio::io_context& loop, const image::RegistrySettings& settings, image::Store& images,
                async::ThreadPool& workers, model::Reference reference, const model::CredentialsByRegistry& credentials,
                bool write);

  [[nodiscard]] std::string name() const override { return reference_.familiar(); }
  boost::asio::awaitable<Document> manifest(std::string digest) override;
  boost::asio::awaitable<std::string> blob(image::Descriptor wanted, std::size_t bytes_max) override;
  boost::asio::awaitable<std::shared_ptr<image::Store::Staged>> layer(image::Descriptor wanted) override;
  boost::asio::awaitable<void> put_layer(image::Descriptor blob) override;
  boost::asio::awaitable<void> put_blob(std::string content) override;
  boost::asio::awaitable<void> put_manifest(std::string media_type, std::string text) override;

 private:
  boost::asio::io_context& loop_;
  const image::RegistrySettings& settings_;
  image::Store& images_;
  async::ThreadPool& workers_;
  const model::Reference reference_;
  image::HttpClient http_;
  image::RegistryClient registry_;
};

}  // namespace stack::core
