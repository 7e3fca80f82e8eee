#include "engine/api/container_api.h"

#include <algorithm>

#include "engine/api/answering.h"
#include "engine/api/container_json.h"
#include "engine/api/disk_api.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

// The names stay, as a list of what the program reads.
void hide_environment(ContainerView& view) {
  for (auto& [name, value] : view.container.spec.environment) value = "";
  if (!view.image) return;
  for (std::string& entry : view.image->config.env) entry.resize(std::min(entry.find('='), entry.size()));
}

// Docker's flag `size` counts the bytes of the containers, which takes reading all their folders.
void reply_with(ContainerDisk& disk, std::vector<ContainerView> views, const Ex& exchange,
                std::function<void(std::vector<ContainerView>)> reply) {
  if (!exchange->request.flag("size")) return reply(std::move(views));
  with_sizes(disk, std::move(views), exchange, std::move(reply));
}

}  // namespace

void add_container_routes(Routes& routes, ContainerQuery& containers, ContainerDisk& disk, ProcessBackend& processes,
                          const Clock& clock) {
  routes.add("GET", "/containers/json", Body::none, [&containers, &disk, &clock](const Ex& exchange) {
    const Request& in = exchange->request;
    ContainerFilter filter = parse_container_filter(in.get("filters"));
    filter.all = in.flag("all");
    if (const auto limit = in.number("limit"); limit && *limit > 0) filter.newest = static_cast<std::size_t>(*limit);
    reply_with(disk, containers.find(filter), exchange, [exchange, &clock](const std::vector<ContainerView>& views) {
      exchange->reply(200, container_list_json(views, clock.wall()));
    });
  });
  routes.add("GET", "/containers/{id}/top", Body::none, [&processes](const Ex& exchange) {
    const Request& in = exchange->request;
    processes.processes(in.parameters.at("id"), in.get("ps_args"),
                        replying<ProcessTable>(exchange, process_table_json));
  });
  routes.add("GET", "/containers/{id}/json", Body::none, [&containers, &disk](const Ex& exchange) {
    ContainerView view = containers.inspect(exchange->request.parameters.at("id"));
    if (exchange->request.hides_environments) hide_environment(view);
    reply_with(disk, {std::move(view)}, exchange, [exchange](const std::vector<ContainerView>& views) {
      exchange->reply(200, container_inspect_json(views.front()));
    });
  });
}

}  // namespace stack::api
