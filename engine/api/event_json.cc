#include "engine/api/event_json.h"

#include "engine/api/codec_json.h"
#include "engine/api/filters.h"

namespace stack::api {

using nlohmann::json;

std::string event_line(const model::Event& event) {
  const std::int64_t nanos = event.time.time_since_epoch().count();
  json line{{"Type", event.type},
            {"Action", event.action},
            {"Actor", {{"ID", event.id}, {"Attributes", event.attributes}}},
            {"scope", "local"},
            {"time", nanos / 1'000'000'000},
            {"timeNano", nanos}};
  if (event.type == "container" || event.type == "image") {
    line["status"] = event.action;
    line["id"] = event.id;
  }
  if (const auto image = event.attributes.find("image"); event.type == "container" && image != event.attributes.end())
    line["from"] = image->second;
  return text_of(line) + "\n";
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
