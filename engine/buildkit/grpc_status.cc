#include "engine/buildkit/grpc_status.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/base64.h"
#include "base/percent.h"

namespace stack::buildkit {
namespace {

// What "Status-Message" writes as it is.
bool is_printable(char c) { return c >= ' ' && c <= '~' && c != '%'; }

// Table: what is said the same way both ways.
constexpr std::array<std::pair<ErrorKind, GrpcCode>, 6> kCodes{
    {{ErrorKind::invalid, GrpcCode::invalid_argument},
     {ErrorKind::not_found, GrpcCode::not_found},
     {ErrorKind::conflict, GrpcCode::failed_precondition},
     {ErrorKind::unsupported, GrpcCode::unimplemented},
     {ErrorKind::unavailable, GrpcCode::unavailable},
     {ErrorKind::not_permitted, GrpcCode::permission_denied}}};

GrpcCode code_of(ErrorKind kind) {
  const auto found = std::ranges::find(kCodes, kind, &std::pair<ErrorKind, GrpcCode>::first);
  return found == kCodes.end() ? GrpcCode::unknown : found->second;
}

ErrorKind kind_of(GrpcCode code) {
  const auto found = std::ranges::find(kCodes, code, &std::pair<ErrorKind, GrpcCode>::second);
  return found == kCodes.end() ? ErrorKind::internal : found->first;
}

}  // namespace

GrpcFailure::GrpcFailure(GrpcStatus status) : Error(kind_of(status.code), status.message), status_(std::move(status)) {}

Headers grpc_trailers(const GrpcStatus& status) {
  Headers trailers{{"grpc-status", std::to_string(static_cast<int>(status.code))}};
  if (!status.message.empty()) trailers.emplace_back("grpc-message", percent_encode(status.message, is_printable));
  if (!status.details.empty()) trailers.emplace_back("grpc-status-details-bin", encode_base64(status.details));
  return trailers;
}

GrpcStatus grpc_status_of(const Headers& trailers) {
  const std::string text = header_of(trailers, "grpc-status");
  int code = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), code);
  if (text.empty() || failed != std::errc{} || end != text.data() + text.size())
    return {.code = GrpcCode::unknown, .message = "an answer without a status", .details = {}};
  return {.code = static_cast<GrpcCode>(code),
          .message = percent_decode(header_of(trailers, "grpc-message")),
          .details = {}};
}

GrpcStatus grpc_status_of(const Error& error) {
  std::string message = error.message();
  if (!error.remedy_text().empty()) message += "; " + error.remedy_text();
  return {.code = code_of(error.kind()), .message = std::move(message), .details = {}};
}

}  // namespace stack::buildkit
