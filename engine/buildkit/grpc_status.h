// The outcome of a gRPC call, and how trailers carry it (gRPC over HTTP/2, "Status"). Pure values.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "engine/buildkit/h2_connection.h"

namespace stack::buildkit {

enum class GrpcCode : int {
  ok = 0,
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  unimplemented = 12,
  internal = 13,
  unavailable = 14
};

struct GrpcStatus {
  GrpcCode code = GrpcCode::ok;
  std::string message;
  std::string details;  // a google.rpc.Status in protobuf's form, which repeats code and message; may be empty
};

// What a call ends with that does not succeed.
class GrpcFailure : public Error {
 public:
  explicit GrpcFailure(GrpcStatus status);
  [[nodiscard]] const GrpcStatus& status() const { return status_; }

 private:
  GrpcStatus status_;
};

Headers grpc_trailers(const GrpcStatus& status);
// Unknown when there is no status in it.
GrpcStatus grpc_status_of(const Headers& trailers);
// An error of ours for a client: its kind as a code, its message with the remedy.
GrpcStatus grpc_status_of(const Error& error);

}  // namespace stack::buildkit
