#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/dockerfile/check_rules.h"
#include "base/dockerfile/last_line.h"
#include "engine/api/build_failure_words.h"
#include "engine/buildkit/lint_result.h"

namespace stack::buildkit {
namespace {

using nlohmann::json;

constexpr std::string_view kWarning = "warning: ", kError = "error: ";

// A range a line, as BuildKit has it. Line 0: no place.
json location_of(const SourceText& source, int first) {
  json ranges = json::array();
  const int last = first == 0 ? -1 : dockerfile::last_line_of(source.text, first);
  for (int line = first; line <= last; ++line) {
    const json at{{"line", line}};
    ranges.push_back({{"start", at}, {"end", at}});
  }
  return first == 0 ? json::object() : json{{"ranges", std::move(ranges)}};
}

json warning_of(const dockerfile::CheckRule& rule, const std::string& detail, json location) {
  return {{"ruleName", rule.name},
          {"description", rule.description},
          {"url", rule.url()},
          {"detail", detail},
          {"location", std::move(location)}};
}

}  // namespace

LintResult lint_result(const std::string& problems, const SourceText& source) {
  json warnings = json::array(), error;
  for (std::size_t at = 0; at < problems.size();) {
    const std::size_t end = std::min(problems.find('\n', at), problems.size());
    api::PlacedText problem = api::split_place(std::string_view{problems}.substr(at, end - at), source.file);
    at = end + 1;
    if (problem.line == 0 && problem.text.starts_with(source.file + ": "))
      problem.text.erase(0, source.file.size() + 2);
    if (problem.text.empty()) continue;
    if (problem.text.starts_with(kWarning)) {
      problem.text.erase(0, kWarning.size());
      const std::size_t colon = std::min(problem.text.find(": "), problem.text.size());
      const auto* const rule = dockerfile::find_check_rule(problem.text.substr(0, colon));
      if (rule == nullptr) continue;  // a remark of the engine's own
      warnings.push_back(warning_of(*rule, problem.text.substr(colon + 2), location_of(source, problem.line)));
    } else if (error.is_null()) {
      if (problem.text.starts_with(kError)) problem.text.erase(0, kError.size());
      error = {{"message", problem.text}, {"location", location_of(source, problem.line)}};
    }
  }
  const bool clean = warnings.empty() && error.is_null();
  json result{
      {"warnings", warnings},
      {"sources", {{{"filename", source.file}, {"data", encode_base64(source.text)}, {"language", "Dockerfile"}}}}};
  if (!error.is_null()) result["buildError"] = error;
  return {.json = result.dump(-1, ' ', false, json::error_handler_t::replace), .text = problems, .clean = clean};
}

}  // namespace stack::buildkit
