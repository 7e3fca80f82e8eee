#include "engine/api/build_history_json.h"

#include <nlohmann/json.hpp>

#include "engine/api/build_words.h"
#include "engine/api/codec_json.h"

namespace stack::api {
namespace {

using nlohmann::json;

json value_of(const BuildRecordStep& step) {
  json value{{"name", step.name}, {"took_ns", step.took.count()}};
  if (step.cached) value["cached"] = true;
  if (!step.cause.empty()) value["cause"] = step.cause;
  if (!step.error.empty()) value["error"] = step.error;
  return value;
}

BuildRecordStep step_of(const json& value) {
  return {.name = value.at("name").get<std::string>(),
          .cause = value.value("cause", ""),
          .error = value.value("error", ""),
          .cached = value.value("cached", false),
          .took = Nanos{value.at("took_ns").get<std::int64_t>()}};
}

json value_of(const BuildRecord& record) {
  json steps = json::array();
  for (const BuildRecordStep& step : record.steps) steps.push_back(value_of(step));
  return {{"id", record.id},
          {"name", record.name},
          {"outcome", to_word(record.outcome)},
          {"started_ns", record.started.time_since_epoch().count()},
          {"took_ns", record.took.count()},
          {"image_id", record.image_id},
          {"error", record.error},
          {"tags", record.tags},
          {"steps", std::move(steps)},
          {"more_steps", record.more_steps}};
}

BuildRecord record_of(const json& value) {
  const auto outcome = parse_word<BuildOutcome>(value.at("outcome").get_ref<const std::string&>());
  if (!outcome) throw Error(ErrorKind::invalid, "the history of builds: unknown outcome " + value.at("outcome").dump());
  BuildRecord record{.id = value.at("id").get<std::string>(),
                     .name = value.at("name").get<std::string>(),
                     .outcome = *outcome,
                     .started = Wall{Nanos{value.at("started_ns").get<std::int64_t>()}},
                     .took = Nanos{value.at("took_ns").get<std::int64_t>()},
                     .image_id = value.at("image_id").get<std::string>(),
                     .error = value.at("error").get<std::string>(),
                     .tags = value.at("tags").get<std::vector<std::string>>(),
                     .more_steps = value.value("more_steps", 0)};
  for (const json& step : value.at("steps")) record.steps.push_back(step_of(step));
  return record;
}

}  // namespace

std::string build_history_json(const std::vector<BuildRecord>& records) {
  json value = json::array();
  for (const BuildRecord& record : records) value.push_back(value_of(record));
  return text_of(value);
}

std::vector<BuildRecord> parse_build_history(std::string_view text) {
  return reading("the history of builds", [&] {
    std::vector<BuildRecord> records;
    for (const json& each : json::parse(text)) records.push_back(record_of(each));
    return records;
  });
}

std::string build_forget_json(const BuildForget& forget) { return text_of({{"ids", forget.ids}, {"all", forget.all}}); }

BuildForget parse_build_forget(std::string_view text) {
  return reading("the request to forget builds", [&] {
    const json value = object_of(text, "the request to forget builds");
    return BuildForget{.ids = value.value("ids", std::vector<std::string>{}), .all = value.value("all", false)};
  });
}

std::string build_forgotten_json(const std::vector<std::string>& ids) { return text_of(json(ids)); }

std::vector<std::string> parse_build_forgotten(std::string_view text) {
  return reading("what was forgotten", [&] { return json::parse(text).get<std::vector<std::string>>(); });
}

}  // namespace stack::api
