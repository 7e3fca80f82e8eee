#include "engine/api/stats_api.h"

#include "engine/api/stats_json.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

// A client that says nothing wants a stream.
bool wants_stream(const Request& in) { return !in.query.contains("stream") || in.flag("stream"); }

}  // namespace

void add_stats_routes(Routes& routes, StatsBackend& stats) {
  routes.add("GET", "/containers/{id}/stats", Body::none, [&stats](const Ex& exchange) {
    const Request& in = exchange->request;
    const StatsRequest request{
        .container = in.parameters.at("id"), .stream = wants_stream(in), .one_shot = in.flag("one-shot")};
    if (request.stream && request.one_shot)
      throw Error(ErrorKind::invalid, "cannot have stream=true and one-shot=true");
    stats.stats(request, container_stats_line, [exchange, stream = request.stream] {
      exchange->open_stream(stream ? std::string_view{} : kJsonType);
      return exchange;
    });
  });
}

}  // namespace stack::api
