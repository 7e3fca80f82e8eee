#include "engine/api/build_failure_words.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "engine/api/step_exit.h"

namespace stack::api {
namespace {

std::optional<int> leading_number(std::string_view& text) {
  int number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end == text.data()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::string process_failure(const StepExit& exit) {
  return "process \"" + exit.command + "\" did not complete successfully: exit code: " + std::to_string(exit.code) +
         exit.why;
}

// Of a file that COPY or ADD names: "\"x\" is not in the build context; there are: a, b". The advice stays.
std::optional<std::string> missing_file(std::string_view text) {
  constexpr std::string_view kMissing = "\" is not in the ";
  const std::size_t end = text.find(kMissing);
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  const std::size_t begin = text.rfind('"', end - 1);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::string name{text.substr(begin + 1, end - begin - 1)};
  const std::string_view where = text.substr(end + kMissing.size());
  const std::size_t advice = std::min(where.find(';'), where.size());
  return "failed to compute cache key: failed to calculate checksum of the " + std::string{where.substr(0, advice)} +
         ": \"/" + name + "\": not found" + std::string{where.substr(advice)};
}

}  // namespace

PlacedText split_place(std::string_view message, std::string_view file) {
  const PlacedText none{0, std::string{message}};
  if (file.empty() || !message.starts_with(file) || message.substr(file.size(), 1) != ":") return none;
  std::string_view rest = message.substr(file.size() + 1);
  if (rest.starts_with(" ")) return {0, std::string{rest.substr(1)}};
  const auto line = leading_number(rest);
  if (!line || !rest.starts_with(":")) return none;
  rest.remove_prefix(1);
  const auto column = leading_number(rest);
  if (!column || !rest.starts_with(": ")) return none;
  return {*line, std::string{rest.substr(2)}};
}

std::string step_failure(std::string_view name, std::string_view error) {
  if (const auto exit = step_exit(name, error)) return process_failure(*exit);
  return missing_file(error).value_or(std::string{error});
}

std::string build_failure_words(const PlacedText& placed) {
  constexpr std::string_view kError = "error: ";
  const std::string_view text = placed.text;
  const auto exit = text.starts_with("RUN") ? step_exit(text) : std::nullopt;
  if (exit) return process_failure(*exit);
  const std::string_view line = text.substr(0, text.find('\n'));
  if (auto missing = missing_file(line)) return *missing;
  if (!line.starts_with(kError)) return std::string{line};
  return (placed.line == 0 ? "" : "dockerfile parse error on line " + std::to_string(placed.line) + ": ") +
         std::string{line.substr(kError.size())};
}

}  // namespace stack::api
