#include "engine/api/container_api.h"

#include <algorithm>

#include "engine/api/answering.h"
#include "engine/api/container_json.h"
#include "engine/api/disk_api.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

// The names stay, as a list of what the program reads.
void hide_environment(ContainerDetails& view) {
  auto hidden = std::make_shared<model::Container>(*view.container);
  for (auto& [name, value] : hidden->spec.environment) value = "";
  view.container = std::move(hidden);
  if (!view.image) return;
  for (std::string& entry : view.image->config.env) entry.resize(std::min(entry.find('='), entry.size()));
}

}  // namespace

void add_container_routes(Routes& routes, ContainerQuery& containers, ContainerDisk& disk, ProcessBackend& processes,
                          const Clock& clock) {
  routes.add("GET", "/containers/json", Body::none, [&containers, &disk, &clock](const Ex& exchange) {
    const Request& in = exchange->request;
    ContainerFilter filter = parse_container_filter(in.get("filters"));
    filter.all = in.flag("all");
    if (const auto limit = in.number("limit"); limit && *limit > 0) filter.newest = static_cast<std::size_t>(*limit);
    const auto reply = [exchange, &clock](const std::vector<ContainerView>& views) {
      exchange->reply(200, container_list_json(views, clock.wall()));
    };
    if (!in.flag("size")) return reply(containers.find(filter));
    with_sizes(disk, containers.find(filter), exchange, reply);
  });
  routes.add("GET", "/containers/{id}/top", Body::none, [&processes](const Ex& exchange) {
    const Request& in = exchange->request;
    processes.processes(in.parameters.at("id"), in.get("ps_args"),
                        replying<ProcessTable>(exchange, process_table_json));
  });
  routes.add("GET", "/containers/{id}/json", Body::none, [&containers, &disk](const Ex& exchange) {
    const Request& in = exchange->request;
    ContainerDetails details = containers.inspect(in.parameters.at("id"));
    constexpr int kFirstWithoutId = 45;
    details.id_among_aliases = in.is_before(kFirstWithoutId);
    if (in.hides_environments) hide_environment(details);
    if (!in.flag("size")) return exchange->reply(200, container_inspect_json(details));
    with_sizes(disk, {details}, exchange, [exchange, details](const std::vector<ContainerView>& views) mutable {
      details.sizes = views.front().sizes;
      exchange->reply(200, container_inspect_json(details));
    });
  });
}

}  // namespace stack::api
