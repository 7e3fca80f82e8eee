#include "engine/service/container_folders.h"

#include <filesystem>

#include "base/async/thread_pool.h"
#include "base/folder_size.h"
#include "base/log.h"
#include "engine/api/filters.h"
#include "engine/core/context.h"
#include "engine/core/options.h"
#include "engine/image/image_store.h"
#include "engine/service/answered.h"
#include "engine/service/engine_events.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {

struct Folder {
  std::string id;
  std::filesystem::path writable;
  std::uint64_t image_bytes = 0;
};

bool is_removable(const model::Container& container, const api::ContainerPruneFilter& filter) {
  using model::Status;
  const Status status = container.state.status;
  const auto& labels = container.spec.labels;
  return (status == Status::created || status == Status::exited || status == Status::dead) &&
         (!filter.until || container.created < *filter.until) && api::has_labels(labels, filter.labels) &&
         !api::has_some_label(labels, filter.not_labels);
}

}  // namespace

ContainerFolders::ContainerFolders(core::Engine& engine)
    : engine_(engine), tasks_(engine.context().loop, "folders of containers") {}

void ContainerFolders::sizes(std::vector<std::string> ids, api::Answer<api::SizesById> answer) {
  tasks_.start(measure(std::move(ids)), answered(std::move(answer)));
}

void ContainerFolders::prune(api::ContainerPruneFilter filter, api::Answer<api::ContainerRemoval> answer) {
  tasks_.start(remove_stopped(std::move(filter)), answered(std::move(answer)));
}

asio::awaitable<api::SizesById> ContainerFolders::measure(std::vector<std::string> ids) {
  core::Context& context = engine_.context();
  std::vector<Folder> folders;
  for (const std::string& id : ids) {
    const auto found = engine_.containers().by_id().find(id);
    if (found == engine_.containers().by_id().end()) continue;
    const auto image = context.images.find_used(found->second->row().spec.image_id);
    folders.push_back({.id = id,
                       .writable = context.options.writable_layer(id),
                       .image_bytes = image ? static_cast<std::uint64_t>(image->size_bytes) : 0});
  }
  auto read = [folders = std::move(folders)] {
    api::SizesById sizes;
    for (const Folder& folder : folders) {
      const std::uint64_t own = folder_size(folder.writable);
      sizes[folder.id] = {.writable_bytes = own, .root_bytes = own + folder.image_bytes};
    }
    return sizes;
  };
  co_return co_await context.workers.run(std::move(read));
}

asio::awaitable<api::ContainerRemoval> ContainerFolders::remove_stopped(api::ContainerPruneFilter filter) {
  std::vector<std::string> ids;
  for (const auto& [id, container] : engine_.containers().by_id()) {
    if (is_removable(container->row(), filter)) ids.push_back(id);
  }
  const api::SizesById sizes = co_await measure(ids);
  api::ContainerRemoval removal;
  for (const std::string& id : ids) {
    try {
      // One that was started meanwhile refuses.
      co_await engine_.containers().remove(id, {});
      removal.deleted.push_back(id);
      if (const auto found = sizes.find(id); found != sizes.end()) removal.freed_bytes += found->second.writable_bytes;
    } catch (const Error& error) {
      log_warning("prune: " + error.message());
    }
  }
  tell_pruned(engine_.context(), "container", removal.freed_bytes);
  co_return removal;
}

asio::awaitable<void> ContainerFolders::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace stack::service
