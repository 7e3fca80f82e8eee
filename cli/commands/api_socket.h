// `use_api_socket` of services and of `container run`: the socket of Docker's API inside the container, and what this user has logged in to
// registries with. It is the client's matter, as with Compose: the engine sees a mount, a file and a variable.
#pragma once

#include "compose/model/project.h"
#include "engine/client/engine_client.h"

namespace stack::cli {

inline constexpr const char* kApiSocket = "/var/run/docker.sock";
// Where DOCKER_CONFIG leads, in the container.
inline constexpr const char* kApiConfigFolder = "/run/secrets/docker";

// The project with, in each service that asks for it, the socket and `config` as its client's config.json; a service that sets
// DOCKER_CONFIG itself gets the socket alone. `config` holds secrets.
compose::Project with_api_sockets(compose::Project project, const std::string& config);

// The same file in a container that was just made.
void put_api_config(client::EngineClient& engine, const std::string& container, const std::string& config);

}  // namespace stack::cli
