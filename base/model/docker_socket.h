// Where Docker's clients look for the engine when nobody tells them. Pure.
#pragma once

#include <filesystem>
#include <string>

namespace stack::model {

inline constexpr const char* kDockerSocket = "/var/run/docker.sock";

// By any of its spellings: "/var/run/docker.sock" and "/run/docker.sock".
inline bool is_docker_socket(const std::string& path) {
  const std::string clean = std::filesystem::path{path}.lexically_normal().string();
  return clean == kDockerSocket || clean == "/run/docker.sock";
}

}  // namespace stack::model
