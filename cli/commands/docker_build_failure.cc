#include "cli/commands/docker_build_failure.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <vector>

#include "base/dockerfile/last_line.h"
#include "base/split.h"
#include "cli/view/printable.h"
#include "engine/api/build_failure_words.h"

namespace stack::cli {
namespace {

constexpr std::string_view kRule = "--------------------\n";

// As BuildKit does it: with a few lines around, more of them for a single line.
std::string excerpt(const BuiltFile& file, int first, int last) {
  std::vector<std::string> lines = split(file.text, '\n');
  const int count = static_cast<int>(lines.size());
  if (first > count) return {};
  int begin = first, end = std::min(last, count);
  const int around = first == end ? 4 : 2;
  for (int shown = 0; shown < around;) {
    const bool above = begin > 1, below = end < count;
    begin -= above ? 1 : 0;
    end += below ? 1 : 0;
    shown += 1 + (above ? 1 : 0) + (below ? 1 : 0);
  }
  std::string text = file.shown + ":" + std::to_string(first) + "\n" + std::string{kRule};
  for (int at = begin; at <= end; ++at) {
    std::array<char, 32> number{};
    std::snprintf(number.data(), number.size(), " %3d | ", at);
    text += number.data();
    text += (at >= first && at <= last ? ">>> " : "    ") + harmless(lines[static_cast<std::size_t>(at - 1)]) + "\n";
  }
  return text + std::string{kRule};
}

}  // namespace

BuildFailureText docker_build_failure(const Error& error, const BuiltFile& file) {
  std::string message = error.message();
  if (!error.remedy_text().empty()) message += "; " + error.remedy_text();
  const api::PlacedText placed = api::split_place(message, file.given);
  BuildFailureText text{.excerpt = {}, .why = "failed to solve: " + harmless(api::build_failure_words(placed))};
  if (placed.line > 0) text.excerpt = excerpt(file, placed.line, dockerfile::last_line_of(file.text, placed.line));
  return text;
}

}  // namespace stack::cli
