#include "engine/core/volumes_runner.h"

#include "engine/base/error.h"
#include "engine/base/log.h"
#include "engine/core/event_bus.h"
#include "engine/core/state_runner.h"
#include "engine/core/worker_runner.h"
#include "engine/volume/store.h"

namespace stack::core {

const model::Volume& Volumes::ensure(model::VolumeSpec spec) {
  if (const auto found = by_name_.find(spec.name); found != by_name_.end()) return found->second;
  if (spec.anonymous) spec.labels[model::kAnonymousVolumeLabel] = "";
  model::Volume volume = context_.volumes.create(spec, context_.clock.wall());
  context_.state.post({state::PutVolume{volume}});
  tell(spec.name, "create");
  return by_name_.emplace(spec.name, std::move(volume)).first->second;
}

boost::asio::awaitable<void> Volumes::remove(std::string name) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) throw Error(ErrorKind::not_found, "volume " + name + " does not exist");
  const std::filesystem::path aside = context_.volumes.set_aside(found->second, new_id(context_.random, 16));
  by_name_.erase(found);
  context_.state.post({state::DeleteVolume{name}});
  tell(name, "destroy");
  if (aside.empty()) co_return;
  auto work = [aside] { volume::Store::remove_aside(aside); };
  co_await context_.workers.run(std::move(work));
}

std::optional<std::string> Volumes::path(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? std::nullopt : std::optional{found->second.mountpoint};
}

void Volumes::recover(std::vector<model::Volume> rows) {
  for (model::Volume& volume : rows) {
    std::string name = volume.spec.name;
    // An older engine did not label them.
    if (volume.spec.anonymous) volume.spec.labels.emplace(model::kAnonymousVolumeLabel, "");
    // Nor did it mount: it gave containers the host's folder itself, which is nothing to mount over or to unmount.
    try {
      context_.volumes.settle(volume);
    } catch (const std::exception& error) {
      log_error("volume " + volume.spec.name + ": " + error.what());
    }
    by_name_.emplace(std::move(name), std::move(volume));
  }
}

void Volumes::tell(const std::string& name, const char* action) {
  const model::Event event = context_.events.publish({.time = context_.clock.wall(),
                                                      .type = "volume",
                                                      .action = action,
                                                      .id = name,
                                                      .attributes = {{"driver", "local"}}});
  context_.state.post({state::AppendEvent{event}});
}

}  // namespace stack::core
