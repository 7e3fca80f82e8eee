#include "engine/service/volume_service.h"

#include <algorithm>

#include "base/async/thread_pool.h"
#include "base/folder_size.h"
#include "base/ids.h"
#include "base/thrown.h"
#include "engine/api/filters.h"
#include "engine/core/context.h"
#include "engine/service/answered.h"
#include "engine/service/engine_events.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {

// All labels have to be there, one of the names and one of the drivers.
bool matches(const api::VolumeFilter& filter, const model::Volume& volume) {
  const auto part = [&](const std::string& name) { return volume.spec.name.find(name) != std::string::npos; };
  const auto& [names, drivers] = std::tie(filter.names, filter.drivers);
  return api::has_labels(volume.spec.labels, filter.labels) &&
         !api::has_some_label(volume.spec.labels, filter.not_labels) &&
         (names.empty() || std::any_of(names.begin(), names.end(), part)) &&
         (drivers.empty() || std::find(drivers.begin(), drivers.end(), volume.spec.driver) != drivers.end());
}

Error no_such(const std::string& name) { return {ErrorKind::not_found, "get " + name + ": no such volume"}; }

}  // namespace

std::vector<model::Volume> VolumeService::volumes(const api::VolumeFilter& filter) {
  std::vector<model::Volume> found;
  for (const auto& [name, volume] : engine_.volumes().by_name()) {
    if (!matches(filter, volume)) continue;
    if (!filter.dangling || *filter.dangling != is_used(name)) found.push_back(volume);
  }
  return found;
}

void VolumeService::create(model::VolumeSpec spec, api::Answer<model::Volume> answer) {
  if (spec.name.empty()) {
    spec.name = new_id(engine_.context().random);
    spec.anonymous = true;
  }
  const auto& there = engine_.volumes().by_name();
  if (const auto found = there.find(spec.name); found != there.end() && found->second.spec.driver != spec.driver) {
    throw Error(ErrorKind::conflict,
                "create " + spec.name + ": a volume of this name exists, with the driver " + found->second.spec.driver);
  }
  tasks_.start(engine_.volumes().create(std::move(spec)), answered(std::move(answer)));
}

model::Volume VolumeService::inspect(const std::string& name) {
  const auto found = engine_.volumes().by_name().find(name);
  if (found == engine_.volumes().by_name().end()) throw no_such(name);
  return found->second;
}

void VolumeService::remove(std::string name, bool force, api::Answer<bool> answer) {
  tasks_.start(remove_one(std::move(name), force), answered(std::move(answer)));
}

void VolumeService::prune(api::VolumeFilter filter, api::Answer<api::VolumeRemoval> answer) {
  tasks_.start(remove_unused(std::move(filter)), answered(std::move(answer)));
}

asio::awaitable<bool> VolumeService::remove_one(std::string name, bool force) {
  if (!engine_.volumes().by_name().contains(name)) {
    if (force) co_return false;
    throw no_such(name);
  }
  co_await engine_.remove_volume(std::move(name));
  co_return true;
}

asio::awaitable<api::VolumeRemoval> VolumeService::remove_unused(api::VolumeFilter filter) {
  api::VolumeRemoval removal;
  filter.dangling = true;
  if (!filter.all) filter.labels.emplace_back(model::kAnonymousVolumeLabel);
  for (const model::Volume& volume : volumes(filter)) {
    // A volume that is a folder of the host gives nothing back: the folder stays.
    std::uint64_t bytes = 0;
    if (volume.spec.driver_opts.empty()) {
      auto measure = [path = volume.mountpoint] { return folder_size(path); };
      bytes = co_await engine_.context().workers.run(std::move(measure));
    }
    // Meanwhile somebody may have taken or removed it.
    if (is_used(volume.spec.name) || !engine_.volumes().by_name().contains(volume.spec.name)) continue;
    co_await engine_.volumes().remove(volume.spec.name);
    removal.deleted.push_back(volume.spec.name);
    removal.freed_bytes += bytes;
  }
  tell_pruned(engine_.context(), "volume", removal.freed_bytes);
  co_return removal;
}

asio::awaitable<void> VolumeService::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace stack::service
