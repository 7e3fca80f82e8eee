// The files of containers: looked at, read and changed as their processes see them, compared with their images, and made images.
//
// Loop thread. What takes time runs on a pool of its own, so that a slow client, or a file system that does not answer, holds up nothing
// else. stop() ends what is under way and has to be awaited before the loop ends.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "base/async/task_group.h"
#include "base/async/thread_pool.h"
#include "engine/api/container_files.h"
#include "engine/core/container_root.h"
#include "engine/core/engine.h"
#include "engine/image/image_store.h"

namespace stack::service {

class ContainerFileService final : public api::ContainerFiles {
 public:
  ContainerFileService(core::Engine& engine, const image::UnpackLimits& limits);

  void stat(const std::string& container, const std::string& path, api::Answer<api::PathStat> answer) override;
  void read(const std::string& container, const std::string& path,
            std::function<std::shared_ptr<api::ByteStream>(const api::PathStat&)> open,
            std::function<void(const Error&)> fail) override;
  void write(api::ArchiveUpload upload, api::Answer<std::monostate> answer) override;
  void remove(const std::string& container, std::vector<std::string> paths,
              api::Answer<std::monostate> answer) override;
  void changes(const std::string& container, api::Answer<std::vector<api::FileChange>> answer) override;
  void commit(api::CommitRequest request, api::Answer<std::string> answer) override;

  boost::asio::awaitable<void> stop();

 private:
  static constexpr std::size_t kThreads = 8;  // as many clients may be slow at once

  using Container = std::shared_ptr<core::ManagedContainer>;
  // A container's root, and what keeps it.
  struct Opened;
  // Its threads begin with the first request.
  async::ThreadPool& workers();
  boost::asio::awaitable<std::shared_ptr<Opened>> open(Container container, bool change);
  [[nodiscard]] core::ContainerRoot::Parts parts_of(const model::Container& row, bool change) const;
  [[nodiscard]] model::Image image_of(const model::Container& row) const;

  boost::asio::awaitable<api::PathStat> look(Container container, std::string name, std::string path);
  boost::asio::awaitable<void> send(Container container, std::string name, std::string path,
                                    std::function<std::shared_ptr<api::ByteStream>(const api::PathStat&)> start);
  boost::asio::awaitable<std::monostate> unpack(Container container, std::shared_ptr<api::ArchiveUpload> upload);
  boost::asio::awaitable<std::monostate> remove_all(Container container, std::string name,
                                                    std::vector<std::string> paths);
  boost::asio::awaitable<std::vector<api::FileChange>> compare(Container container);

  // --- images of containers (container_commit.cc) ---
  boost::asio::awaitable<std::string> make_image(Container container, std::shared_ptr<api::CommitRequest> request);
  // Has `read` called on the pool while the container is paused, unless it is not to be, or does not run.
  boost::asio::awaitable<void> read_paused(Container container, bool pause, std::function<void()> read);
  static boost::asio::awaitable<void> unpause(Container container);

  core::Engine& engine_;
  image::Store& store_;
  const image::UnpackLimits& limits_;
  std::unique_ptr<async::ThreadPool> pool_;
  async::TaskGroup tasks_;
};

}  // namespace stack::service
