// Why a build failed, as BuildKit's clients are told: the builder's message in, a status for gRPC out, with the lines of the Dockerfile.
// Pure.
#pragma once

#include <string>

#include "engine/buildkit/grpc_status.h"

namespace stack::buildkit {

// Of a build: with `file` and `text` of its Dockerfile, so that the client shows the lines that it is about.
GrpcStatus build_failure(const Error& error, const std::string& file, const std::string& text);

// The detail of a status that makes clients show the Dockerfile (errdefs.Source of BuildKit).
std::string source_detail_json(const std::string& file, const std::string& text, int first_line, int last_line);

}  // namespace stack::buildkit
