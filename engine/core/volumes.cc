#include "engine/core/volumes.h"

#include <memory>

#include "base/async/thread_pool.h"
#include "base/error.h"
#include "base/log.h"
#include "engine/core/event_bus.h"
#include "engine/core/state_writer.h"
#include "engine/volume/volume_store.h"

namespace stack::core {

namespace asio = boost::asio;

Volumes::Volumes(Context& context) : context_(context), mounts_(context.loop) {}

const model::Volume& Volumes::ensure(model::VolumeSpec spec) {
  if (const auto found = by_name_.find(spec.name); found != by_name_.end()) return found->second;
  if (!spec.driver_opts.empty()) throw Error("volume " + spec.name + " has driver options, whose folders may block");
  if (spec.anonymous) spec.labels[model::kAnonymousVolumeLabel] = "";
  return add(context_.volumes.create(spec, context_.time.wall()));
}

asio::awaitable<model::Volume> Volumes::create(model::VolumeSpec spec) {
  if (spec.driver_opts.empty() || by_name_.contains(spec.name)) co_return ensure(std::move(spec));
  if (spec.anonymous) spec.labels[model::kAnonymousVolumeLabel] = "";
  const auto made = std::make_shared<std::optional<model::Volume>>();
  const std::string name = spec.name;
  std::function<void()> look = [made, spec = std::move(spec), &store = context_.volumes, now = context_.time.wall()] {
    *made = store.create(spec, now);
  };
  co_await mounts_.run(name, std::move(look));
  // Somebody else may have made it meanwhile.
  if (const auto found = by_name_.find(name); found != by_name_.end()) co_return found->second;
  co_return add(std::move(**made));
}

const model::Volume& Volumes::add(model::Volume volume) {
  std::string name = volume.spec.name;
  context_.state.post({state::PutVolume{volume}});
  tell(name, "create");
  return by_name_.emplace(std::move(name), std::move(volume)).first->second;
}

asio::awaitable<void> Volumes::remove(std::string name) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) throw Error(ErrorKind::not_found, "volume " + name + " does not exist");
  if (mounts_.is_used(name)) throw Error(ErrorKind::conflict, "volume " + name + ": its file system is in use");
  const bool plain = found->second.spec.driver_opts.empty();
  const std::filesystem::path aside = context_.volumes.set_aside(found->second, new_id(context_.random, 16));
  by_name_.erase(found);
  context_.state.post({state::DeleteVolume{name}});
  tell(name, "destroy");
  if (aside.empty()) co_return;
  std::function<void()> work = [aside] { volume::Store::remove_aside(aside); };
  if (plain) {
    co_await context_.workers.run(std::move(work));
  } else {
    co_await mounts_.run(std::move(name), std::move(work));
  }
  context_.state.retry();
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
  const model::Event event = context_.events.publish({.time = context_.time.wall(),
                                                      .type = "volume",
                                                      .action = action,
                                                      .id = name,
                                                      .attributes = {{"driver", "local"}}});
  context_.state.post({state::AppendEvent{event}});
}

}  // namespace stack::core
