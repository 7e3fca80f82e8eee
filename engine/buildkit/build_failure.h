// Why a build failed, in the words that BuildKit's clients know and print: the builder's message in, a status for gRPC out, with the lines
// of the Dockerfile. Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/buildkit/grpc_status.h"

namespace stack::buildkit {

// "Dockerfile:4:1: text": line 4 and "text". Line 0: the text has no place.
struct PlacedText {
  int line = 0;
  std::string text;
};
PlacedText split_place(std::string_view message, std::string_view file);

// The line at which the instruction that begins at `line` ends, and no later than the text.
int last_line_of(const std::string& text, int line);

// Of a step: `name` is "[build 2/5] RUN make", `error` the builder's words, or empty.
std::string step_failure(std::string_view name, std::string_view error);

// Of a build: with `file` and `text` of its Dockerfile, so that the client shows the lines that it is about.
GrpcStatus build_failure(const Error& error, const std::string& file, const std::string& text);

// The detail of a status that makes clients show the Dockerfile (errdefs.Source of BuildKit).
std::string source_detail_json(const std::string& file, const std::string& text, int first_line, int last_line);

}  // namespace stack::buildkit
