// How containers use volumes: mounted while they run, filled at their first start.
#include "engine/core/container_machine.h"
#include "engine/image/image_store.h"
#include "engine/volume/first_use.h"

namespace stack::core {

namespace asio = boost::asio;

namespace {

struct Fill {
  std::string target;
  std::string data;
  bool ours = false;
};

}  // namespace

const model::Volume* EngineVolumes::find(const std::string& name) const {
  const auto found = volumes_.by_name().find(name);
  return found == volumes_.by_name().end() ? nullptr : &found->second;
}

// Those that mount a file system: the others have nothing to wait for.
std::vector<model::Volume> EngineVolumes::with_options(const model::Container& container) const {
  std::vector<model::Volume> volumes;
  for (const model::Mount& mount : container.spec.mounts) {
    if (mount.kind != model::MountKind::volume) continue;
    const model::Volume* found = find(mount.source);
    if (found != nullptr && !found->spec.driver_opts.empty()) volumes.push_back(*found);
  }
  return volumes;
}

asio::awaitable<std::vector<VolumeMounts::Lease>> EngineVolumes::mount(const model::Container& container) {
  std::vector<VolumeMounts::Lease> leases;
  for (model::Volume& volume : with_options(container))
    leases.push_back(co_await volumes_.mounts().take(std::move(volume)));
  co_return leases;
}

std::vector<VolumeMounts::Lease> EngineVolumes::adopt(const model::Container& container) {
  std::vector<VolumeMounts::Lease> leases;
  for (model::Volume& volume : with_options(container)) leases.push_back(volumes_.mounts().adopt(std::move(volume)));
  return leases;
}

asio::awaitable<void> EngineVolumes::populate(const model::Container& container, const model::Image& image) {
  std::vector<Fill> plain;
  std::vector<std::pair<std::string, Fill>>
      with_options;  // by volume: what may belong to a server that does not answer
  for (const model::Mount& mount : container.spec.mounts) {
    if (mount.kind != model::MountKind::volume || mount.no_copy || !mount.subpath.empty()) continue;
    const model::Volume* volume = find(mount.source);
    if (volume == nullptr) continue;
    const bool ours = volume->mountpoint.starts_with((context_.options.root / "volumes").string() + "/");
    Fill fill{mount.target, volume->mountpoint, ours};
    if (volume->spec.driver_opts.empty()) {
      plain.push_back(std::move(fill));
    } else {
      with_options.emplace_back(mount.source, std::move(fill));
    }
  }
  if (plain.empty() && with_options.empty()) co_return;
  auto layers = context_.images.layer_folders(image);
  layers.push_back(context_.options.skeleton().string());  // what every container has is in the image's folders as well
  for (auto& [name, fill] : with_options) {
    std::function<void()> work = [layers, fill = std::move(fill)] {
      volume::populate(layers, fill.target, fill.data, fill.ours);
    };
    co_await volumes_.mounts().run(name, std::move(work));
  }
  if (plain.empty()) co_return;
  auto work = [fills = std::move(plain), layers = std::move(layers)] {
    for (const Fill& fill : fills) volume::populate(layers, fill.target, fill.data, fill.ours);
  };
  co_await context_.workers.run(std::move(work));
}

}  // namespace stack::core
