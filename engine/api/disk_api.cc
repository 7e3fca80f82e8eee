#include "engine/api/disk_api.h"

#include "engine/api/answering.h"
#include "engine/api/disk_usage_json.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

// Folders are measured once, images and volumes first; then the cache of builds is asked.
void report_usage(const DiskBackends& backends, const Clock& clock, const Ex& exchange) {
  const auto report = std::make_shared<DiskReport>();
  report->asked = parse_disk_question(exchange->request.get_all("type"));
  const auto last = [report, exchange, &clock](std::vector<BuildCacheEntry> entries) {
    report->build_cache = std::move(entries);
    exchange->reply(200, disk_report_json(*report, clock.wall()));
  };
  backends.images.usage(answering<DiskUsage>(exchange, [report, exchange, backends, last](DiskUsage usage) {
    report->images = backends.images.images();
    report->volumes = backends.volumes.volumes({});
    report->containers = backends.containers.find({.all = true});
    for (ContainerView& view : report->containers) {
      const auto found = usage.container_bytes.find(view.container->id);
      const std::uint64_t own = found == usage.container_bytes.end() ? 0 : found->second;
      const auto image = usage.by_image.find(view.container->spec.image_id);
      view.sizes = ContainerSizes{own, own + (image == usage.by_image.end() ? 0 : image->second.bytes)};
    }
    report->usage = std::move(usage);
    backends.builds.cache(answering<std::vector<BuildCacheEntry>>(exchange, last));
  }));
}

}  // namespace

void with_sizes(ContainerDisk& disk, std::vector<ContainerView> views, const Ex& exchange,
                std::function<void(std::vector<ContainerView>)> then) {
  std::vector<std::string> ids;
  for (const ContainerView& view : views) ids.push_back(view.container->id);
  disk.sizes(std::move(ids), answering<SizesById>(exchange, [views = std::move(views),
                                                             then = std::move(then)](const SizesById& sizes) mutable {
               for (ContainerView& view : views) {
                 const auto found = sizes.find(view.container->id);
                 if (found != sizes.end()) view.sizes = found->second;
               }
               then(std::move(views));
             }));
}

void add_disk_routes(Routes& routes, DiskBackends backends, const Clock& clock) {
  routes.add("GET", "/system/df", Body::none,
             [backends, &clock](const Ex& exchange) { report_usage(backends, clock, exchange); });
  routes.add("POST", "/containers/prune", Body::text, [&disk = backends.disk, &clock](const Ex& exchange) {
    disk.prune(parse_container_prune_filter(exchange->request.get("filters"), clock.wall()),
               replying<ContainerRemoval>(exchange, container_removal_json));
  });
}

}  // namespace stack::api
