// The hashes by which Docker Compose knows what it has made: the SHA-256 of the JSON that it writes of a service, a network or a volume.
// Containers, networks and volumes carry them in the label com.docker.compose.config-hash, so that Compose and stack leave alone what the
// other one has made. Changes that Compose does not see (the content of a config) are no part of them. Pure.
#pragma once

#include <string>

#include "compose/model/project.h"

namespace stack::compose {

std::string compose_hash(const Service& service);
std::string compose_hash(const Network& network);
std::string compose_hash(const Volume& volume);

}  // namespace stack::compose
