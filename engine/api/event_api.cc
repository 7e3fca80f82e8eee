#include "engine/api/event_api.h"

#include "base/moment.h"
#include "engine/api/event_json.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

// Seconds since 1970, with a fraction or without; 0 is as good as nothing.
std::optional<Wall> moment_of(const Request& in, const char* name, Wall now) {
  const std::string text = in.get(name);
  if (text.empty() || text == "0") return std::nullopt;
  return parse_moment(text, now);
}

}  // namespace

void add_event_routes(Routes& routes, EventBackend& events, const Clock& clock) {
  routes.add("GET", "/events", Body::none, [&events, &clock](const Ex& exchange) {
    const Request& in = exchange->request;
    EventRequest request{.filter = parse_event_filter(in.get("filters")),
                         .since = moment_of(in, "since", clock.wall()),
                         .until = moment_of(in, "until", clock.wall())};
    if (request.since && request.until && *request.until < *request.since)
      throw Error(ErrorKind::invalid, "`since` time cannot be after `until` time");
    exchange->open_stream("application/json");
    events.events(std::move(request), event_line, exchange);
  });
}

}  // namespace stack::api
