#include <algorithm>
#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "base/age.h"
#include "base/moment.h"
#include "cli/view/build_history_view.h"
#include "cli/view/printable.h"
#include "cli/view/table.h"
#include "engine/api/build_words.h"

namespace stack::cli {
namespace {

using json = nlohmann::ordered_json;
using api::BuildOutcome;

constexpr std::size_t kIdDigits = 12;

std::string status_of(const api::BuildRecord& record) {
  std::string word{to_word(record.outcome)};
  word.front() = static_cast<char>(word.front() - 'a' + 'A');
  return word;
}

Nanos duration_of(const api::BuildRecord& record, Wall now) {
  return record.outcome == BuildOutcome::running ? std::max(Nanos{0}, Nanos{now - record.started}) : record.took;
}

// "0.4s", "2m 5s"
std::string spent(Nanos time) {
  const double seconds = std::chrono::duration<double>(time).count();
  std::array<char, 32> text{};
  if (seconds < 60) {
    std::snprintf(text.data(), text.size(), "%.1fs", seconds);
  } else {
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time).count();
    std::snprintf(text.data(), text.size(), "%lldm %llds", static_cast<long long>(whole / 60),
                  static_cast<long long>(whole % 60));
  }
  return text.data();
}

int cached_of(const api::BuildRecord& record) {
  return static_cast<int>(std::ranges::count_if(record.steps, &api::BuildRecordStep::cached));
}

int steps_of(const api::BuildRecord& record) { return static_cast<int>(record.steps.size()) + record.more_steps; }

std::string label(const char* name) {
  constexpr std::size_t kWidth = 16;
  std::string text = std::string{name} + ":";
  text.resize(kWidth, ' ');
  return text;
}

}  // namespace

std::string build_history_table(const std::vector<api::BuildRecord>& records, Wall now, bool whole_ids) {
  std::vector<Row> rows;
  for (const api::BuildRecord& record : records) {
    rows.push_back({whole_ids ? record.id : record.id.substr(0, kIdDigits), printable(record.name), status_of(record),
                    human_duration(now - record.started) + " ago", spent(duration_of(record, now))});
  }
  return table({"BUILD ID", "NAME", "STATUS", "CREATED AT", "DURATION"}, std::move(rows));
}

std::string build_history_lines(const std::vector<api::BuildRecord>& records, Wall now) {
  std::string text;
  for (const api::BuildRecord& record : records) {
    const json line{{"CachedSteps", cached_of(record)},
                    {"CreatedAt", rfc3339_seconds(record.started)},
                    {"Duration", spent(duration_of(record, now))},
                    {"ID", record.id},
                    {"Image", record.image_id},
                    {"Name", record.name},
                    {"Status", status_of(record)},
                    {"Steps", steps_of(record)}};
    text += line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  }
  return text;
}

const std::map<std::string, std::string>& build_history_titles() {
  static const std::map<std::string, std::string> titles{
      {"ID", "BUILD ID"}, {"CreatedAt", "CREATED AT"}, {"CachedSteps", "CACHED STEPS"}};
  return titles;
}

std::string build_record_text(const api::BuildRecord& record, Wall now) {
  std::string text = label("Build ID") + record.id + "\n" + label("Name") + printable(record.name) + "\n" +
                     label("Status") + status_of(record) + "\n" + label("Started") + rfc3339_seconds(record.started) +
                     "\n" + label("Duration") + spent(duration_of(record, now)) + "\n";
  const int steps = steps_of(record), cached = cached_of(record);
  text += label("Steps") + std::to_string(steps) + (steps > 0 ? " (" + std::to_string(cached) + " cached)" : "") + "\n";
  if (!record.image_id.empty()) text += label("Image") + record.image_id + "\n";
  for (const std::string& tag : record.tags) text += label("Tag") + printable(tag) + "\n";
  if (!record.error.empty()) text += label("Error") + printable(record.error) + "\n";
  std::vector<Row> rows;
  for (const api::BuildRecordStep& step : record.steps) {
    const std::string why = step.error.empty() ? step.cause : step.error;
    rows.push_back({printable(step.name), step.cached ? "CACHED" : spent(step.took), printable(why)});
  }
  if (!rows.empty()) text += "\n" + table({"STEP", "TIME", "WHY"}, std::move(rows));
  if (record.more_steps > 0) text += "and " + std::to_string(record.more_steps) + " steps more\n";
  return text;
}

std::string build_record_json(const api::BuildRecord& record, Wall now) {
  json steps = json::array();
  for (const api::BuildRecordStep& step : record.steps) {
    json value{{"Name", step.name}, {"Cached", step.cached}, {"Duration", spent(step.took)}};
    if (!step.cause.empty()) value["Cause"] = step.cause;
    if (!step.error.empty()) value["Error"] = step.error;
    steps.push_back(std::move(value));
  }
  const json value{{"ID", record.id},
                   {"Name", record.name},
                   {"Status", status_of(record)},
                   {"CreatedAt", rfc3339_seconds(record.started)},
                   {"Duration", spent(duration_of(record, now))},
                   {"Image", record.image_id},
                   {"Tags", record.tags},
                   {"Error", record.error},
                   {"Steps", std::move(steps)}};
  return value.dump(2, ' ', false, json::error_handler_t::replace);
}

}  // namespace stack::cli
