#include "engine/state/event_reader.h"

#include "base/error.h"
#include "base/log.h"
#include "base/model/model_json.h"
#include "engine/state/reading.h"

namespace stack::state {

std::vector<model::Event> read_events(const std::filesystem::path& file, Wall since) {
  std::vector<model::Event> events;
  Reading{file, "events"}.rows("SELECT json FROM event ORDER BY sequence", {}, [&](sqlite3_stmt* at) {
    try {
      model::Event event = model::parse_event(Reading::text(at, 0));
      if (event.time >= since) events.push_back(std::move(event));
    } catch (const Error& unreadable) {
      log_warning("an event of the journal is left out: " + unreadable.message());
    }
  });
  return events;
}

}  // namespace stack::state
