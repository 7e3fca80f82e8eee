#include "engine/buildkit/build_failure.h"

#include <charconv>
#include <optional>

#include "engine/api/step_exit.h"
#include "engine/buildkit/messages/parts.pb.h"

namespace stack::buildkit {
namespace {

constexpr std::string_view kSourceType = "github.com/moby/buildkit/errdefs.Source+json";

std::optional<int> leading_number(std::string_view& text) {
  int number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end == text.data()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::string process_failure(const api::StepExit& exit) {
  return "process \"" + exit.command + "\" did not complete successfully: exit code: " + std::to_string(exit.code) +
         exit.why;
}

}  // namespace

PlacedText split_place(std::string_view message, std::string_view file) {
  const PlacedText none{0, std::string{message}};
  if (file.empty() || !message.starts_with(file) || message.substr(file.size(), 1) != ":") return none;
  std::string_view rest = message.substr(file.size() + 1);
  const auto line = leading_number(rest);
  if (!line || !rest.starts_with(":")) return none;
  rest.remove_prefix(1);
  const auto column = leading_number(rest);
  if (!column || !rest.starts_with(": ")) return none;
  return {*line, std::string{rest.substr(2)}};
}

std::string step_failure(std::string_view name, std::string_view error) {
  const auto exit = api::step_exit(name, error);
  return exit ? process_failure(*exit) : std::string{error};
}

int last_line_of(const std::string& text, int line) {
  int number = 1;
  for (std::size_t at = 0; at < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view each = std::string_view{text}.substr(at, end - at);
    if (number >= line && !each.ends_with('\\') && !each.ends_with("\\\r")) return number;
    at = end + 1;
  }
  return line;
}

GrpcStatus build_failure(const Error& error, const std::string& file, const std::string& text) {
  GrpcStatus status = grpc_status_of(error);
  // Clients put the code's name in front of the message of any other.
  status.code = GrpcCode::unknown;
  const PlacedText placed = split_place(status.message, file);
  if (const auto exit = api::step_exit(placed.text); exit && placed.text.starts_with("RUN"))
    status.message = process_failure(*exit);
  if (placed.line == 0) return status;
  wire::Status details;
  details.set_code(static_cast<int>(status.code));
  details.set_message(status.message);
  wire::Any* detail = details.add_details();
  detail->set_type_url(std::string{kSourceType});
  detail->set_value(source_detail_json(file, text, placed.line, last_line_of(text, placed.line)));
  status.details = details.SerializeAsString();
  return status;
}

}  // namespace stack::buildkit
