// A folder of the image store's incoming ones, removed on the pool when nobody holds it any more; by the next engine when this one is
// killed.
#pragma once

#include <filesystem>
#include <memory>

#include "base/async/thread_pool.h"
#include "base/log.h"
#include "engine/image/image_store.h"

namespace stack::build {

class WorkFolder {
 public:
  // Throws stack::Error.
  WorkFolder(const image::Store& images, async::ThreadPool& workers)
      : path_(images.make_incoming()), workers_(workers) {}
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder() {
    workers_.post([path = path_] {
      std::error_code failed;
      std::filesystem::remove_all(path, failed);
      if (failed) log_warning("removing " + path.string() + ": " + failed.message());
    });
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  const std::filesystem::path path_;
  async::ThreadPool& workers_;
};

}  // namespace stack::build
