#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "engine/buildkit/build_failure.h"
#include "engine/buildkit/lint_result.h"

namespace stack::buildkit {
namespace {

using nlohmann::json;

constexpr std::string_view kWarning = "warning: ", kError = "error: ";

json location_of(int line) {
  const json at{{"line", std::max(line, 1)}};
  return {{"sourceIndex", 0}, {"ranges", {{{"start", at}, {"end", at}}}}};
}

}  // namespace

LintResult lint_result(const std::string& problems, const SourceText& source) {
  json warnings = json::array(), error;
  for (std::size_t at = 0; at < problems.size();) {
    const std::size_t end = std::min(problems.find('\n', at), problems.size());
    PlacedText problem = split_place(std::string_view{problems}.substr(at, end - at), source.file);
    at = end + 1;
    if (problem.text.empty()) continue;
    if (problem.text.starts_with(kWarning)) {
      problem.text.erase(0, kWarning.size());
      warnings.push_back(
          {{"ruleName", "Dockerfile"}, {"detail", problem.text}, {"location", location_of(problem.line)}});
    } else if (error.is_null()) {
      if (problem.text.starts_with(kError)) problem.text.erase(0, kError.size());
      error = {{"message", problem.text}, {"location", location_of(problem.line)}};
    }
  }
  json result{
      {"warnings", warnings},
      {"sources", {{{"filename", source.file}, {"data", encode_base64(source.text)}, {"language", "Dockerfile"}}}}};
  if (!error.is_null()) result["buildError"] = error;
  return {
      .json = result.dump(-1, ' ', false, json::error_handler_t::replace), .text = problems, .clean = problems.empty()};
}

}  // namespace stack::buildkit
