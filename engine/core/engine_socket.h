// The engine's socket inside containers. A bind mount of Docker's well-known socket gets the engine's own while nobody answers at
// that path, so that what is written for Docker (proxies that read labels, dashboards, runners) works where no Docker is. The
// record keeps the path that its user wrote: who answers is asked at each start.
#pragma once

#include <filesystem>
#include <string>

#include "base/model/container_state.h"
#include "base/model/docker_socket.h"
#include "engine/core/options.h"

namespace stack::core {

// Whether somebody accepts connections at this socket. Never waits.
bool answers(const std::string& path);
// Whether a bind mount of `source` is of Docker's well-known socket or of this engine's own.
bool is_api_socket(const std::string& source, const Options& options);
// What a bind mount of the container mounts. Of a socket of the API: the one of the container's scope; without a scope the engine's own in
// the place of Docker's that nobody answers at. Of everything else the source itself. Asks the kernel, and never waits: for any thread.
std::string bind_source(const model::Mount& mount, const model::ContainerSpec& spec, const Options& options);

// Where containers of this scope find the API; `scope` is not ApiScope::all, and `project` counts for ApiScope::project alone.
std::filesystem::path scoped_socket(model::ApiScope scope, const std::string& project, const Options& options);

// Makes these sockets. Implemented above the API. Loop thread.
class ScopedSockets {
 public:
  virtual ~ScopedSockets() = default;
  // Somebody listens at scoped_socket() from now on, as long as the engine lives. Throws stack::Error.
  virtual void open(model::ApiScope scope, const std::string& project) = 0;
};

// An engine that starts makes a new socket, and what runs still has the old one mounted, which nobody listens to: puts what bind_source()
// says now into its place. Nothing happens where somebody answers, or something else than a socket stands at the target.
// Blocks for some system calls: for the pool. Throws stack::Error.
void renew_engine_socket(const model::Container& container, const Options& options);

}  // namespace stack::core
