#include "engine/api/step_exit.h"

#include <charconv>

namespace stack::api {
namespace {

constexpr std::string_view kExited = "the command exited with code ";

// The command of "RUN --mount=... make": what stands behind the flags, with the shell in front as most have it.
std::string command_of(std::string_view name) {
  const std::size_t at = name.find("RUN ");
  if (at == std::string_view::npos) return std::string{name};
  std::string_view rest = name.substr(at + 4);
  while (rest.starts_with("--") && rest.find(' ') != std::string_view::npos) rest.remove_prefix(rest.find(' ') + 1);
  if (!rest.starts_with("[")) return "/bin/sh -c " + std::string{rest};
  std::string words;
  bool inside = false;
  for (const char c : rest) {
    if (c == '"') {
      inside = !inside;
    } else if (inside) {
      words += c;
    } else if (c == ',') {
      words += ' ';
    }
  }
  return words;
}

}  // namespace

std::optional<StepExit> step_exit(std::string_view name, std::string_view error) {
  if (!error.starts_with(kExited)) return std::nullopt;
  error.remove_prefix(kExited.size());
  StepExit exit;
  const auto [end, failed] = std::from_chars(error.data(), error.data() + error.size(), exit.code);
  if (failed != std::errc{}) return std::nullopt;
  error.remove_prefix(static_cast<std::size_t>(end - error.data()));
  exit.command = command_of(name);
  exit.why = error.substr(0, error.find('\n'));
  return exit;
}

std::optional<StepExit> step_exit(std::string_view message) {
  const std::size_t at = message.find(": " + std::string{kExited});
  if (at == std::string_view::npos || message.substr(0, at).find("RUN ") == std::string_view::npos) return std::nullopt;
  return step_exit(message.substr(0, at), message.substr(at + 2));
}

}  // namespace stack::api
