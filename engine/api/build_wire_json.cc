#include "engine/api/build_wire_json.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/model/build_spec_json.h"
#include "engine/api/codec_json.h"
#include "engine/api/error_json.h"
#include "engine/api/stack_json.h"

namespace stack::api {
namespace {

using nlohmann::json;

bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(json(text).dump());
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

// Output may hold any bytes, and a piece of it half a character.
void put_bytes(json& value, const std::string& bytes) {
  if (is_utf8(bytes)) {
    value["text"] = bytes;
  } else {
    value["base64"] = encode_base64(bytes);
  }
}

std::string bytes_of(const json& value) {
  if (value.contains("text")) return value.at("text").get<std::string>();
  auto bytes = decode_base64(value.at("base64").get<std::string>());
  if (!bytes) throw Error(ErrorKind::invalid, "the engine's build event: its output is not base64");
  return std::move(*bytes);
}

struct BuildEventValue {
  json operator()(const BuildWarning& e) const { return {{"event", "warning"}, {"text", e.text}}; }
  json operator()(const BuildStepStarted& e) const {
    json value{{"event", "started"}, {"step", e.step}, {"name", e.name}};
    if (!e.cause.empty()) value["cause"] = e.cause;
    return value;
  }
  json operator()(const BuildStepOutput& e) const {
    json value{{"event", "output"}, {"step", e.step}, {"stream", e.stream}};
    put_bytes(value, e.bytes);
    return value;
  }
  json operator()(const BuildStepBytes& e) const {
    json value{{"event", "bytes"}, {"step", e.step}, {"current", e.current}};
    if (e.total > 0) value["total"] = e.total;
    return value;
  }
  json operator()(const BuildStepEnded& e) const {
    json value{{"event", "ended"}, {"step", e.step}, {"name", e.name}, {"took_ns", e.took.count()}};
    if (e.cached) value["cached"] = true;
    if (!e.error.empty()) value["error"] = e.error;
    return value;
  }
  json operator()(const BuildDone& e) const {
    return {{"event", "done"}, {"image_id", e.image_id}, {"tags", e.tags}, {"new", e.is_new}};
  }
  json operator()(const BuildFailed& e) const { return {{"event", "failed"}, {"error", error_value(e.error)}}; }
};

BuildEvent event_of(const json& value) {
  const std::string event = value.at("event").get<std::string>();
  const auto step = [&] { return value.at("step").get<int>(); };
  if (event == "warning") return BuildWarning{value.at("text").get<std::string>()};
  if (event == "started")
    return BuildStepStarted{step(), value.at("name").get<std::string>(), value.value("cause", "")};
  if (event == "output") return BuildStepOutput{step(), value.value("stream", 1), bytes_of(value)};
  if (event == "bytes")
    return BuildStepBytes{step(), value.value("current", std::uint64_t{0}), value.value("total", std::uint64_t{0})};
  if (event == "ended") {
    return BuildStepEnded{step(), value.at("name").get<std::string>(), value.value("cached", false),
                          Nanos{value.value("took_ns", std::int64_t{0})}, value.value("error", "")};
  }
  if (event == "done")
    return BuildDone{value.at("image_id").get<std::string>(), value.value("tags", std::vector<std::string>{}),
                     value.value("new", true)};
  if (event == "failed") return BuildFailed{error_from_json(value.at("error"))};
  throw Error(ErrorKind::invalid, "the engine's build event: unknown event \"" + event + "\"");
}

json entry_value(const BuildCacheEntry& entry) {
  return {{"id", entry.id},
          {"description", entry.description},
          {"kind", entry.kind},
          {"bytes", entry.bytes},
          {"in_use", entry.in_use},
          {"shared", entry.shared},
          {"uses", entry.uses},
          {"created_ns", entry.created.time_since_epoch().count()},
          {"last_used_ns", entry.last_used.time_since_epoch().count()}};
}

BuildCacheEntry entry_of(const json& value) {
  return {.id = value.at("id").get<std::string>(),
          .description = value.value("description", ""),
          .kind = value.value("kind", ""),
          .bytes = value.value("bytes", std::uint64_t{0}),
          .in_use = value.value("in_use", false),
          .shared = value.value("shared", false),
          .uses = value.value("uses", 0),
          .created = Wall{Nanos{value.value("created_ns", std::int64_t{0})}},
          .last_used = Wall{Nanos{value.value("last_used_ns", std::int64_t{0})}}};
}

}  // namespace

std::string build_request_json(const BuildRequest& request) {
  return text_of({{"spec", request.spec}, {"credentials", json::parse(credentials_json(request.credentials))}});
}

BuildRequest parse_build_request(std::string_view text) {
  return reading("the request for a build", [&] {
    const json value = object_of(text, "the request for a build");
    BuildRequest request{.spec = value.at("spec").get<model::BuildSpec>(), .credentials = {}};
    if (value.contains("credentials")) request.credentials = parse_credentials(value["credentials"].dump());
    return request;
  });
}

std::string build_event_line(const BuildEvent& event) { return text_of(std::visit(BuildEventValue{}, event)) + "\n"; }

BuildEvent parse_build_event(std::string_view line) {
  return reading("the engine's build event", [&] { return event_of(json::parse(line)); });
}

bool is_last(const BuildEvent& event) {
  return std::holds_alternative<BuildDone>(event) || std::holds_alternative<BuildFailed>(event);
}

std::string build_cache_json(const std::vector<BuildCacheEntry>& entries) {
  json list = json::array();
  for (const BuildCacheEntry& entry : entries) list.push_back(entry_value(entry));
  return text_of({{"entries", list}});
}

std::vector<BuildCacheEntry> parse_build_cache(std::string_view text) {
  return reading("the build cache", [&] {
    const json value = json::parse(text);
    std::vector<BuildCacheEntry> entries;
    for (const json& each : value.at("entries").get_ref<const json::array_t&>()) entries.push_back(entry_of(each));
    return entries;
  });
}

std::string build_prune_json(const BuildPrune& prune) {
  json value{{"all", prune.all},
             {"keep_bytes", prune.keep_bytes},
             {"most_bytes", prune.most_bytes},
             {"free_bytes", prune.free_bytes},
             {"ids", prune.ids}};
  if (prune.older_than) value["older_than_ns"] = prune.older_than->count();
  return text_of(value);
}

BuildPrune parse_build_prune(std::string_view text) {
  return reading("the request to prune the build cache", [&] {
    const json value = object_of(text, "the request to prune the build cache");
    BuildPrune prune{.all = value.value("all", false),
                     .older_than = {},
                     .keep_bytes = value.value("keep_bytes", std::uint64_t{0}),
                     .most_bytes = value.value("most_bytes", std::uint64_t{0}),
                     .free_bytes = value.value("free_bytes", std::uint64_t{0}),
                     .ids = value.value("ids", std::vector<std::string>{})};
    if (value.contains("older_than_ns")) prune.older_than = Nanos{value["older_than_ns"].get<std::int64_t>()};
    return prune;
  });
}

std::string build_pruned_json(const BuildPruned& pruned) {
  return text_of({{"ids", pruned.ids}, {"freed_bytes", pruned.freed_bytes}});
}

BuildPruned parse_build_pruned(std::string_view text) {
  return reading("what was pruned", [&] {
    const json value = json::parse(text);
    return BuildPruned{.ids = value.at("ids").get<std::vector<std::string>>(),
                       .freed_bytes = value.value("freed_bytes", std::uint64_t{0})};
  });
}

std::string build_problems_json(const std::string& problems) { return text_of({{"problems", problems}}); }

std::string parse_build_problems(std::string_view text) {
  return reading("the Dockerfile's problems", [&] { return json::parse(text).at("problems").get<std::string>(); });
}

}  // namespace stack::api
