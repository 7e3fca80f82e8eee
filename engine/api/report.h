// What an operation under way says: a stream that ends with a Failure or a Done. Values; any thread.
#pragma once

#include <string>
#include <variant>

#include "base/error.h"
#include "base/model/progress_event.h"

namespace stack::api {

// Something that the user should know, in one sentence.
struct Notice {
  std::string text;
  bool operator==(const Notice&) const = default;
};
// Of a dry run: what would be done.
struct PlanReport {
  std::string text;  // for people; empty when there is nothing to do
  std::string json;  // for programs (compose/plan/plan_json.h); empty in what has no JSON form
  bool operator==(const PlanReport&) const = default;
};
struct Failure {
  Error error{""};
};
struct Done {
  bool changed = false;   // whether anything was done
  std::string summary{};  // of an `up`: "1 created, 3 unchanged"
  bool operator==(const Done&) const = default;
};

using Report = std::variant<model::ProgressEvent, Notice, PlanReport, Failure, Done>;

inline bool is_last(const Report& report) {
  return std::holds_alternative<Failure>(report) || std::holds_alternative<Done>(report);
}

}  // namespace stack::api
