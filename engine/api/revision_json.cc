#include "engine/api/revision_json.h"

#include <nlohmann/json.hpp>

#include "engine/api/codec_json.h"

namespace stack::api {
namespace {

using nlohmann::json;

json value_of(const Revision& r) {
  json images = json::object(), steps = json::array();
  for (const auto& [reference, image] : r.images) images[reference] = {{"id", image.id}, {"digest", image.digest}};
  for (const RevisionStep& step : r.steps) {
    json one{{"operation", step.operation}, {"why", step.cause}};
    if (!step.cause_json.empty()) one["cause"] = json::parse(step.cause_json);
    steps.push_back(std::move(one));
  }
  json value{{"number", r.number},
             {"verb", to_word(r.verb)},
             {"hash", r.hash},
             {"begun_ns", r.begun.time_since_epoch().count()},
             {"outcome", to_word(r.outcome)},
             {"client", {{"uid", r.client.uid}, {"pid", r.client.pid}, {"command", r.client.command}}},
             {"images", std::move(images)},
             {"steps", std::move(steps)}};
  if (r.outcome != RevisionOutcome::unfinished) value["ended_ns"] = r.ended.time_since_epoch().count();
  if (!r.failure.empty()) value["failure"] = r.failure;
  if (!r.summary.empty()) value["summary"] = r.summary;
  if (!r.resolved.empty()) value["project"] = json::parse(r.resolved);
  return value;
}

template <Worded E>
E revision_word(const json& value, const char* name) {
  const std::string word = value.at(name).get<std::string>();
  const auto known = parse_word<E>(word);
  if (!known) throw Error(ErrorKind::invalid, "the revision: unknown " + std::string{name} + " \"" + word + "\"");
  return *known;
}

Wall time_of(const json& value, const char* name) { return Wall{Nanos{value.value(name, std::int64_t{0})}}; }

}  // namespace

std::string revision_json(const Revision& revision) { return text_of(value_of(revision)); }

Revision parse_revision(std::string_view text) {
  return reading("the revision", [&] {
    const json value = json::parse(text);
    Revision r{.number = value.at("number").get<std::int64_t>(),
               .verb = revision_word<Verb>(value, "verb"),
               .hash = value.value("hash", ""),
               .begun = time_of(value, "begun_ns"),
               .ended = time_of(value, "ended_ns"),
               .outcome = revision_word<RevisionOutcome>(value, "outcome"),
               .failure = value.value("failure", ""),
               .summary = value.value("summary", "")};
    const json client = value.value("client", json::object());
    r.client = {client.value("uid", std::int64_t{-1}), client.value("pid", 0), client.value("command", "")};
    const json images = value.value("images", json::object());
    for (const auto& [reference, image] : images.items())
      r.images[reference] = {image.value("id", ""), image.value("digest", "")};
    for (const json& step : value.value("steps", json::array())) {
      r.steps.push_back({step.value("operation", ""), step.value("why", ""),
                         step.contains("cause") ? text_of(step["cause"]) : std::string{}});
    }
    if (value.contains("project")) r.resolved = text_of(value["project"]);
    return r;
  });
}

std::string revisions_json(const std::vector<Revision>& revisions) {
  json list = json::array();
  for (const Revision& each : revisions) list.push_back(value_of(each));
  return text_of(list);
}

}  // namespace stack::api
