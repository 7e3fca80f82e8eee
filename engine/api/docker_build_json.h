// Docker's classic POST /build: its query and headers become a BuildSpec, a build's events the JSON stream that its clients read. Pure;
// any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/api/build_backend.h"
#include "engine/api/build_trace.h"
#include "engine/api/request.h"

namespace stack::api {

// Throws invalid for values of another shape, and unsupported for parameters that this engine cannot honour.
model::BuildSpec docker_build_spec(const Request& request);

// Of the header X-Registry-Config: base64 of {"HOST": {"username", "password", "auth", "identitytoken", "registrytoken"}}. Nothing for
// an empty one; throws invalid.
model::CredentialsByRegistry docker_credentials(std::string_view header);

// The registry of an address as clients keep it: "https://index.docker.io/v1/" is docker.io.
std::string registry_of_server(std::string server);

// Records as dockerd writes them: {"stream"}, {"aux": {"ID"}}, {"errorDetail", "error"}, CRLF behind each.
class DockerBuildWords {
 public:
  // `quiet`: only the image's id, or the error.
  explicit DockerBuildWords(bool quiet) : quiet_(quiet) {}
  std::string take(const BuildEvent& event);

 private:
  const bool quiet_;
};

// The same for clients that read BuildKit's messages: {"id": "moby.buildkit.trace", "aux"}, {"id": "moby.image.id", "aux": {"ID"}}, and the
// error.
class DockerTraceWords {
 public:
  explicit DockerTraceWords(std::unique_ptr<BuildTrace> trace) : trace_(std::move(trace)) {}
  std::string take(const BuildEvent& event);

 private:
  const std::unique_ptr<BuildTrace> trace_;
};

// Of POST /build/prune. Throws invalid.
BuildPrune docker_prune(const Request& request, Wall now);
std::string docker_pruned_json(const BuildPruned& pruned);

}  // namespace stack::api
