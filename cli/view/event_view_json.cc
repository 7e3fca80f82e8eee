#include <ctime>

#include <nlohmann/json.hpp>

#include "base/moment.h"
#include "cli/view/event_view.h"
#include "cli/view/printable.h"
#include "cli/view/time_text.h"

namespace stack::cli {
namespace {

using json = nlohmann::ordered_json;

bool is_composes_own(const std::string& attribute) { return attribute.starts_with("com.docker.compose."); }

std::string attribute_text(const model::Event& event, bool all) {
  std::string text;
  for (const auto& [name, value] : event.attributes) {
    if (all || !is_composes_own(name)) text += (text.empty() ? "" : ", ") + name + "=" + value;
  }
  return text;
}

// "2025-11-21 10:35:04.000001", in the time of this place.
std::string local_micros(Wall time) {
  const std::int64_t nanos = time.time_since_epoch().count();
  const std::time_t seconds = nanos / 1'000'000'000;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char day[32], fraction[16];
  std::strftime(day, sizeof day, "%Y-%m-%d %H:%M:%S", &parts);
  std::snprintf(fraction, sizeof fraction, ".%06d", static_cast<int>(nanos % 1'000'000'000 / 1000));
  return std::string{day} + fraction;
}

}  // namespace

std::string project_event_line(const model::Event& event) {
  return printable(local_micros(event.time) + " " + event.type + " " + event.action + " " + event.id + " (" +
                   attribute_text(event, false) + ")") +
         "\n";
}

std::string project_event_json(const model::Event& event) {
  json attributes = json::object();
  std::string service;
  for (const auto& [name, value] : event.attributes) {
    if (!is_composes_own(name)) attributes[name] = value;
    if (name == "com.docker.compose.service") service = value;
  }
  const json line{{"action", event.action}, {"attributes", attributes},          {"id", event.id},
                  {"service", service},     {"time", rfc3339_nanos(event.time)}, {"type", event.type}};
  return line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string engine_event_line(const model::Event& event) {
  const std::string attributes = attribute_text(event, true);
  return printable(precise_time(event.time) + " " + event.type + " " + event.action + " " + event.id +
                   (attributes.empty() ? "" : " (" + attributes + ")")) +
         "\n";
}

}  // namespace stack::cli
