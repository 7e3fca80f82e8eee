// The files of containers: measured on the pool, and removed with their containers.
//
// Loop thread. stop() ends what is under way and has to be awaited before the loop ends.
#pragma once

#include "base/async/task_group.h"
#include "engine/api/container_disk.h"
#include "engine/core/engine.h"

namespace stack::service {

class ContainerFolders final : public api::ContainerDisk {
 public:
  explicit ContainerFolders(core::Engine& engine);
  void sizes(std::vector<std::string> ids, api::Answer<api::SizesById> answer) override;
  void prune(api::ContainerPruneFilter filter, api::Answer<api::ContainerRemoval> answer) override;
  boost::asio::awaitable<void> stop();

 private:
  boost::asio::awaitable<api::SizesById> measure(std::vector<std::string> ids);
  boost::asio::awaitable<api::ContainerRemoval> remove_stopped(api::ContainerPruneFilter filter);

  core::Engine& engine_;
  async::TaskGroup tasks_;
};

}  // namespace stack::service
