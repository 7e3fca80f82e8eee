#include "engine/buildkit/grpc_status.h"

#include <charconv>

#include "base/base64.h"
#include "base/percent.h"

namespace stack::buildkit {
namespace {

// What "Status-Message" writes as it is.
bool is_printable(char c) { return c >= ' ' && c <= '~' && c != '%'; }

GrpcCode code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid:
      return GrpcCode::invalid_argument;
    case ErrorKind::not_found:
      return GrpcCode::not_found;
    case ErrorKind::conflict:
      return GrpcCode::failed_precondition;
    case ErrorKind::unsupported:
      return GrpcCode::unimplemented;
    case ErrorKind::unavailable:
      return GrpcCode::unavailable;
    case ErrorKind::not_permitted:
      return GrpcCode::permission_denied;
    default:
      return GrpcCode::unknown;
  }
}

ErrorKind kind_of(GrpcCode code) {
  switch (code) {
    case GrpcCode::invalid_argument:
      return ErrorKind::invalid;
    case GrpcCode::not_found:
      return ErrorKind::not_found;
    case GrpcCode::unimplemented:
      return ErrorKind::unsupported;
    case GrpcCode::unavailable:
      return ErrorKind::unavailable;
    case GrpcCode::permission_denied:
      return ErrorKind::not_permitted;
    default:
      return ErrorKind::internal;
  }
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
