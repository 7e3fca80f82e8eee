#include "engine/buildkit/build_failure.h"

#include "base/dockerfile/last_line.h"
#include "engine/api/build_failure_words.h"
#include "engine/buildkit/messages/parts.pb.h"

namespace stack::buildkit {
namespace {

constexpr std::string_view kSourceType = "github.com/moby/buildkit/errdefs.Source+json";

}  // namespace

GrpcStatus build_failure(const Error& error, const std::string& file, const std::string& text) {
  GrpcStatus status = grpc_status_of(error);
  // Clients put the code's name in front of the message of any other.
  status.code = GrpcCode::unknown;
  const api::PlacedText placed = api::split_place(status.message, file);
  status.message = api::build_failure_words(placed);
  if (placed.line == 0) return status;
  wire::Status details;
  details.set_code(static_cast<int>(status.code));
  details.set_message(status.message);
  wire::Any* detail = details.add_details();
  detail->set_type_url(std::string{kSourceType});
  detail->set_value(source_detail_json(file, text, placed.line, dockerfile::last_line_of(text, placed.line)));
  status.details = details.SerializeAsString();
  return status;
}

}  // namespace stack::buildkit
