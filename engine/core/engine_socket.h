// The engine's socket inside containers. A bind mount of Docker's well-known socket gets the engine's own while nobody answers at
// that path, so that what is written for Docker (proxies that read labels, dashboards, runners) works where no Docker is. The
// record keeps the path that its user wrote: who answers is asked at each start.
#pragma once

#include <string>

#include "base/model/container_state.h"
#include "engine/core/options.h"

namespace stack::core {

// "/var/run/docker.sock" and "/run/docker.sock".
bool is_docker_socket(const std::string& path);
// Whether somebody accepts connections at this socket. Never waits.
bool answers(const std::string& path);
// What a bind mount of `source` mounts: the engine's socket in the place of Docker's that nobody answers at, else `source` itself.
std::string bind_source(const std::string& source, const Options& options);

// An engine that starts makes a new socket, and what runs still has the old one mounted, which nobody listens to: puts the new one into its
// place. Nothing happens where the socket is the same, or something else stands at the target. Blocks for some system calls: for the pool.
// Throws stack::Error.
void renew_engine_socket(const model::Container& container, const Options& options);

}  // namespace stack::core
