// A cache in a folder: an OCI image layout (image-spec 1.1, "image-layout.md"), as BuildKit's clients keep it.
//
// What is new in it belongs to the owner of the folder in which it is made, so that its user may remove it. Work is done on the pool.
#pragma once

#include <filesystem>

#include "base/async/thread_pool.h"
#include "base/model/build_cache.h"
#include "engine/build/cache_place.h"

namespace stack::build {

class CacheFolder final : public CachePlace {
 public:
  // Throws invalid for a path that is not absolute.
  CacheFolder(const model::CachePlace& place, image::Store& images, async::ThreadPool& workers);

  [[nodiscard]] std::string name() const override { return root_.string(); }
  boost::asio::awaitable<Document> manifest(std::string digest) override;
  boost::asio::awaitable<std::string> blob(image::Descriptor wanted, std::size_t bytes_max) override;
  boost::asio::awaitable<std::shared_ptr<image::Store::Staged>> layer(image::Descriptor wanted) override;
  boost::asio::awaitable<void> put_layer(image::Descriptor blob) override;
  boost::asio::awaitable<void> put_blob(std::string content) override;
  boost::asio::awaitable<void> put_manifest(std::string media_type, std::string text) override;

 private:
  // On the pool.
  [[nodiscard]] std::string read(const std::string& digest, std::size_t bytes_max) const;
  [[nodiscard]] Document find(const std::string& digest) const;
  void make_layout() const;
  void write_blob(const std::string& content) const;
  void copy_blob(const image::Descriptor& blob) const;
  void list(const std::string& media_type, const std::string& text) const;
  [[nodiscard]] std::filesystem::path blob_file(const std::string& digest) const;

  const std::filesystem::path root_;
  const std::string name_, digest_;
  image::Store& images_;
  async::ThreadPool& workers_;
};

}  // namespace stack::build
