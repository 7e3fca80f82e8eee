#include "engine/api/report_json.h"

#include <nlohmann/json.hpp>

#include "engine/api/codec_json.h"
#include "engine/api/error_json.h"

namespace stack::api {
namespace {

using nlohmann::json;

template <Worded E>
std::string word(E value) {
  return std::string{to_word(value)};
}

template <Worded E>
E report_word(const json& value, const char* name) {
  const std::string text = value.at(name).get<std::string>();
  const auto known = parse_word<E>(text);
  if (!known)
    throw Error(ErrorKind::invalid, "the engine's report: unknown " + std::string{name} + " \"" + text + "\"");
  return *known;
}

void put(json& value, const char* name, const std::string& text) {
  if (!text.empty()) value[name] = text;
}

json head(const char* event, const model::Subject& subject, model::Action action) {
  return {{"event", event}, {"kind", word(subject.kind)}, {"name", subject.name}, {"action", word(action)}};
}

struct ReportEventValue {
  json operator()(const model::Pending& e) const {
    json value = head("pending", e.subject, e.action);
    for (const model::WaitsFor& each : e.waits_for)
      value["waits_for"].push_back({{"container", each.name}, {"to_be", word(each.awaited)}});
    return value;
  }
  json operator()(const model::Started& e) const {
    json value = head("started", e.subject, e.action);
    put(value, "cause", e.cause);
    put(value, "details", e.details);
    put(value, "whole", e.whole);
    return value;
  }
  json operator()(const model::Advanced& e) const {
    json value = head("progress", e.subject, e.action);
    put(value, "whole", e.whole);
    value["current"] = e.current;
    if (e.total > 0) value["total"] = e.total;
    return value;
  }
  json operator()(const model::Finished& e) const {
    json value = head("finished", e.subject, e.action);
    value["ending"] = word(e.ending);
    put(value, "details", e.details);
    put(value, "whole", e.whole);
    return value;
  }
  json operator()(const model::Warned& e) const {
    json value = head("warning", e.subject, e.action);
    value["reservation"] = word(e.reservation);
    put(value, "details", e.details);
    return value;
  }
  json operator()(const model::Failed& e) const {
    json value = head("failed", e.subject, e.action);
    put(value, "why", e.why);
    return value;
  }
};

struct ReportValue {
  json operator()(const model::ProgressEvent& event) const { return std::visit(ReportEventValue{}, event); }
  json operator()(const Notice& notice) const { return {{"event", "notice"}, {"text", notice.text}}; }
  json operator()(const PlanReport& plan) const {
    json value{{"event", "plan"}, {"text", plan.text}};
    if (!plan.json.empty()) value["plan"] = json::parse(plan.json);
    return value;
  }
  json operator()(const Failure& failure) const {
    return {{"event", "failure"}, {"error", error_value(failure.error)}};
  }
  json operator()(const Done& done) const {
    json value{{"event", "done"}, {"changed", done.changed}};
    put(value, "summary", done.summary);
    return value;
  }
};

std::vector<model::WaitsFor> waits_of(const json& value) {
  std::vector<model::WaitsFor> waits;
  for (const json& each : value.value("waits_for", json::array()))
    waits.push_back({each.at("container").get<std::string>(), report_word<model::Awaited>(each, "to_be")});
  return waits;
}

model::ProgressEvent event_of(const std::string& event, const json& value) {
  const model::Subject subject{report_word<model::SubjectKind>(value, "kind"), value.at("name").get<std::string>()};
  const auto action = report_word<model::Action>(value, "action");
  const auto text = [&](const char* name) { return value.value(name, ""); };
  if (event == "pending") return model::Pending{subject, action, waits_of(value)};
  if (event == "started") return model::Started{subject, action, text("cause"), text("details"), text("whole")};
  if (event == "progress") {
    return model::Advanced{subject, action, text("whole"), value.value("current", std::uint64_t{0}),
                           value.value("total", std::uint64_t{0})};
  }
  if (event == "finished")
    return model::Finished{subject, action, report_word<model::Ending>(value, "ending"), text("details"),
                           text("whole")};
  if (event == "warning")
    return model::Warned{subject, action, report_word<model::Reservation>(value, "reservation"), text("details")};
  if (event == "failed") return model::Failed{subject, action, text("why")};
  throw Error(ErrorKind::invalid, "the engine's report: unknown event \"" + event + "\"");
}

}  // namespace

std::string report_line(const Report& report) { return text_of(std::visit(ReportValue{}, report)) + "\n"; }

Report parse_report(std::string_view line) {
  return reading("the engine's report", [&]() -> Report {
    const json value = json::parse(line);
    const std::string event = value.at("event").get<std::string>();
    if (event == "notice") return Notice{value.at("text").get<std::string>()};
    if (event == "plan")
      return PlanReport{value.value("text", ""), value.contains("plan") ? text_of(value["plan"]) : std::string{}};
    if (event == "failure") return Failure{error_from_json(value.at("error"))};
    if (event == "done") return Done{value.value("changed", false), value.value("summary", "")};
    return event_of(event, value);
  });
}

}  // namespace stack::api
