// What a Dockerfile will ask of its client while it is built: secrets, agents, and registries. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace stack::buildkit {

struct DockerfileNeeds {
  std::set<std::string> secrets;  // ids
  std::set<std::string> agents;   // ids
  // The registries of its images as clients know them: "https://index.docker.io/v1/" is "registry-1.docker.io". By our own names for them.
  std::set<std::string> registries;
};

// Of a text with mistakes, what is without; the builder reports those. Names with variables are not known here and left out.
DockerfileNeeds needs_of(std::string_view text);

}  // namespace stack::buildkit
