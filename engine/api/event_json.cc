#include "engine/api/event_json.h"

#include "engine/api/codec_json.h"
#include "engine/api/filters.h"
#include "engine/api/json_text.h"

namespace stack::api {

using nlohmann::json;

std::string event_line(const model::Event& event) {
  const std::int64_t nanos = event.time.time_since_epoch().count();
  JsonText to;
  to.object([&] {
    if (event.type == "container" || event.type == "image") {
      to.member("status", event.action);
      to.member("id", event.id);
    }
    if (const auto image = event.attributes.find("image"); event.type == "container" && image != event.attributes.end())
      to.member("from", image->second);
    to.member("Type", event.type);
    to.member("Action", event.action);
    to.object("Actor", [&] {
      to.member("ID", event.id);
      to.member("Attributes", event.attributes);
    });
    to.member("scope", "local");
    to.member("time", nanos / 1'000'000'000);
    to.member("timeNano", nanos);
  });
  return to.take() + "\n";
}

model::Event parse_event_line(std::string_view line) {
  return reading("the event", [&] {
    const json value = json::parse(line);
    const json& actor = value.at("Actor");
    return model::Event{.time = Wall{Nanos{value.at("timeNano").get<std::int64_t>()}},
                        .type = value.at("Type").get<std::string>(),
                        .action = value.at("Action").get<std::string>(),
                        .id = actor.at("ID").get<std::string>(),
                        .attributes = member_of<std::map<std::string, std::string>>(actor, "Attributes")};
  });
}

EventFilter parse_event_filter(std::string_view text) {
  const Filters all = Filters::parse_any(text);
  return {.types = all.get("type"),
          .actions = all.get("event"),
          .containers = all.get("container"),
          .images = all.get("image"),
          .networks = all.get("network"),
          .volumes = all.get("volume"),
          .labels = all.get("label"),
          .scopes = all.get("scope")};
}

}  // namespace stack::api
