#include "engine/api/event_api.h"

#include "base/moment.h"
#include "engine/api/event_json.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

// Seconds since 1970, with a fraction or without.
std::optional<Wall> moment_of(const Request& in, const char* name, Wall now) {
  const std::string text = in.get(name);
  if (text.empty()) return std::nullopt;
  return text == "0" ? Wall{} : parse_moment(text, now);
}

// As dockerd reads them: who gives an end only wants what was before it, and an end of 0 is none but that of the history.
EventRequest event_request(const Request& in, Wall now) {
  EventRequest request{.filter = parse_event_filter(in.get("filters")),
                       .since = moment_of(in, "since", now),
                       .until = moment_of(in, "until", now)};
  if (!request.until) return request;
  if (!request.since) request.since = Wall{};
  if (*request.until < *request.since)
    throw Error(ErrorKind::invalid,
                "`since` time (" + in.get("since") + ") cannot be after `until` time (" + in.get("until") + ")");
  if (*request.until == Wall{}) request.until = now;
  return request;
}

}  // namespace

void add_event_routes(Routes& routes, EventBackend& events, const Clock& clock) {
  routes.add("GET", "/events", Body::none, [&events, &clock](const Ex& exchange) {
    EventRequest request = event_request(exchange->request, clock.wall());
    exchange->open_stream("application/json");
    events.events(std::move(request), event_line, exchange);
  });
}

}  // namespace stack::api
