// A project as JSON: the form in which the client hands it to the daemon and the daemon keeps it; and the hashes by
// which two versions of a service, a network or a volume are distinguished.
#pragma once

#include <string>
#include <string_view>

#include "compose/model/project.h"

namespace stack::compose {

// Lossless, places included; members at their default are left out. Compact, keys sorted.
std::string to_wire_json(const Project& project);
// Throws stack::Error(invalid) for text that is not such a project. Missing members keep their default, unknown ones
// are ignored, so that neighbouring versions understand each other.
Project from_wire_json(std::string_view text);

// The same without the places: equal when two files mean the same, wherever in them it stands and whatever is commented.
std::string meaning_json(const Project& project);
// SHA-256 of that, in hex.
std::string project_hash(const Project& project);

std::string to_wire_json(const Service& service);
Service service_from_wire_json(std::string_view text);

// SHA-256 in hex of what the service's containers are made from: everything except build, pull_policy, scale,
// deploy.replicas, depends_on, profiles and places. The text of the configs and secrets that it uses is part of it as
// far as the project holds it (content, environment), so a changed inline config gives another hash. Equal services of
// equal projects hash equally on every machine.
std::string service_hash(const Service& service, const Project& project);
std::string network_hash(const Network& network);
// An empty driver counts as "local".
std::string volume_hash(const Volume& volume);

// Of these bytes, in hex. Throws stack::Error where this machine's OpenSSL has no SHA-256.
std::string sha256_hex(std::string_view text);

}  // namespace stack::compose
