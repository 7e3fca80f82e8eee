#include <nlohmann/json.hpp>

#include "cli/view/progress_lines.h"

namespace stack::cli {
namespace {

// In the order in which Docker Compose writes the members.
using json = nlohmann::ordered_json;

std::string line(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"; }

// What Docker Compose reports as a text rather than as a status.
bool is_text(model::Action action) {
  using enum model::Action;
  switch (action) {
    case pull:
    case push:
    case copy:
    case publish:
    case import:
    case load:
    case download:
    case extract:
    case prepare:
    case upload:
    case mount:
      return true;
    case queue:
    case build:
    case create:
    case recreate:
    case replace:
    case update:
    case rename:
    case start:
    case restart:
    case run:
    case stop:
    case kill:
    case pause:
    case unpause:
    case hook:
    case remove:
    case wait_running:
    case wait_healthy:
    case wait_completed:
      return false;
  }
  return false;
}

struct JsonEvent {
  const model::ProgressEvent& event;

  [[nodiscard]] json head() const {
    json value{{"id", model::title(model::subject_of(event))}};
    if (const std::string_view whole = model::whole_of(event); !whole.empty()) value["parent_id"] = whole;
    value[is_text(model::action_of(event)) ? "text" : "status"] = model::headline(event);
    return value;
  }
  static std::string with(json value, const char* name, const std::string& text) {
    if (!text.empty()) value[name] = text;
    return line(value);
  }

  std::string operator()(const model::Pending&) const { return {}; }
  std::string operator()(const model::Started& e) const {
    json value = head();
    if (!e.details.empty()) value["details"] = e.details;
    return with(std::move(value), "cause", e.cause);
  }
  std::string operator()(const model::Advanced& e) const {
    json value = head();
    value["current"] = e.current;
    if (e.total > 0) {
      value["total"] = e.total;
      value["percent"] = std::min<std::uint64_t>(e.current, e.total) * 100 / e.total;
    }
    return line(value);
  }
  std::string operator()(const model::Finished& e) const { return with(head(), "details", e.details); }
  std::string operator()(const model::Warned& e) const { return with(head(), "details", e.details); }
  std::string operator()(const model::Failed& e) const {
    return with({{"id", model::title(e.subject)}, {"text", "Error"}}, "status", e.why);
  }
};

json lines_of(std::string_view text) {
  json lines = json::array();
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

json member_of(const Finding& finding) {
  const model::ContainerState& state = finding.container.state;
  json value{{"name", finding.container.spec.name}, {"state", model::to_string(state.status)}};
  if (state.health != model::Health::none) value["health"] = model::to_string(state.health);
  if (state.restart_count > 0) value["restarts"] = state.restart_count;
  if (has_ended(state)) value["exit_code"] = state.exit_code;
  if (ran_out_of_memory(state)) value["out_of_memory"] = true;
  if (!state.error.empty()) value["error"] = state.error;
  if (!finding.lines.empty()) value["last_lines"] = lines_of(finding.lines);
  if (failed_probe(state)) {
    const model::ProbeResult& last = state.probes.back();
    value["health_check"] = {{"exit_code", last.exit_code}, {"output", last.output}};
  }
  return value;
}

struct JsonReport {
  std::string operator()(const model::ProgressEvent& event) const { return std::visit(JsonEvent{event}, event); }
  std::string operator()(const api::Notice& notice) const { return line({{"level", "warning"}, {"msg", notice.text}}); }
  std::string operator()(const api::PlanReport& plan) const {
    return line({{"dry-run", true}, {"plan", plan.json.empty() ? json::object() : json::parse(plan.json)}});
  }
  std::string operator()(const api::Failure& failure) const { return json_failure(failure.error); }
  std::string operator()(const api::Done& done) const {
    return done.summary.empty() ? std::string{} : line({{"summary", done.summary}});
  }
};

}  // namespace

std::string json_line(const api::Report& report) { return std::visit(JsonReport{}, report); }

std::string json_failure(const Error& error, const Findings& findings) {
  json value{{"error", true}, {"message", error.message()}};
  if (!error.remedy_text().empty()) value["remedy"] = error.remedy_text();
  for (const Finding& each : findings.containers) value["containers"].push_back(member_of(each));
  if (!findings.as_before.empty()) value["as_before"] = findings.as_before;
  if (!findings.untouched.empty()) value["untouched"] = findings.untouched;
  if (!findings.replaced.empty()) value["replaced"] = findings.replaced;
  return line(value);
}

}  // namespace stack::cli
