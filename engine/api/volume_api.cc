#include "engine/api/volume_api.h"

#include "engine/api/volume_json.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

}  // namespace

void add_volume_routes(Routes& routes, VolumeBackend& volumes) {
  routes.add("GET", "/volumes", Body::none, [&volumes](const Ex& exchange) {
    const VolumeFilter filter = parse_volume_filter(exchange->request.get("filters"), FilterUse::list);
    exchange->reply(200, volume_list_json(volumes.volumes(filter)));
  });
  routes.add("POST", "/volumes/create", Body::text, [&volumes](const Ex& exchange) {
    volumes.create(parse_volume_request(exchange->request.json()), [exchange](auto answer) {
      if (const auto* error = std::get_if<Error>(&answer)) return exchange->fail(*error);
      exchange->reply(201, volume_json(std::get<model::Volume>(answer)));
    });
  });
  routes.add("POST", "/volumes/prune", Body::text, [&volumes](const Ex& exchange) {
    volumes.prune(parse_volume_filter(exchange->request.get("filters"), FilterUse::prune), [exchange](auto answer) {
      if (const auto* error = std::get_if<Error>(&answer)) return exchange->fail(*error);
      exchange->reply(200, volume_removal_json(std::get<VolumeRemoval>(answer)));
    });
  });
  routes.add("GET", "/volumes/{name}", Body::none, [&volumes](const Ex& exchange) {
    exchange->reply(200, volume_json(volumes.inspect(exchange->request.parameters.at("name"))));
  });
  routes.add("DELETE", "/volumes/{name}", Body::none, [&volumes](const Ex& exchange) {
    const Request& in = exchange->request;
    volumes.remove(in.parameters.at("name"), in.flag("force"), [exchange](auto answer) {
      if (const auto* error = std::get_if<Error>(&answer)) return exchange->fail(*error);
      exchange->reply(204, "");
    });
  });
}

}  // namespace stack::api
