// A Compose project as Docker Compose publishes it to registries: an artifact whose layers are files. The files that make the
// model become one, a document each, in their order; what they extend and read lies beside it.
//
//   artifactType, or the configuration's media type   application/vnd.docker.compose.project, ...config.empty.v1+json
//   application/vnd.docker.compose.file+yaml          com.docker.compose.file: NAME; with com.docker.compose.extends: beside
//   application/vnd.docker.compose.envfile            com.docker.compose.envfile: NAME
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace stack::compose {

inline constexpr const char* kProjectArtifact = "application/vnd.docker.compose.project";
inline constexpr const char* kProjectConfig = "application/vnd.docker.compose.config.empty.v1+json";  // in OCI 1.0
inline constexpr const char* kComposeFileLayer = "application/vnd.docker.compose.file+yaml";
inline constexpr const char* kEnvFileLayer = "application/vnd.docker.compose.envfile";
// Annotations of layers.
inline constexpr const char* kFileName = "com.docker.compose.file";
inline constexpr const char* kEnvFileName = "com.docker.compose.envfile";
inline constexpr const char* kBesideMark = "com.docker.compose.extends";

struct OciLayer {
  std::string media_type, content;
  std::map<std::string, std::string> annotations;
};

// Files by name, of which none is a path. Pure. Throws stack::Error(invalid) for what is no such artifact.
std::map<std::string, std::string> project_files(const std::string& type, const std::vector<OciLayer>& layers);

// The folder with the files of the artifact of this digest, when it was kept before. Throws stack::Error(invalid) for what is no
// digest.
std::optional<std::string> kept_project(const std::string& digest, const std::string& cache_dir);
// Makes that folder, whole or not at all, and gives it. `cache_dir` is made where it is missing.
std::string keep_project(const std::string& digest, const std::map<std::string, std::string>& files,
                         const std::string& cache_dir);

}  // namespace stack::compose
