// Files of containers in the words of Docker's Engine API, 1.51. Reading throws stack::Error(invalid) for text of another shape.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/container_files.h"

namespace stack::api {

inline constexpr std::string_view kPathStatHeader = "X-Docker-Container-Path-Stat";

// Go's os.FileMode of a mode as stat(2) has it, and back.
std::uint32_t go_mode(std::uint32_t mode);
std::uint32_t mode_of_go(std::uint32_t mode);

// The value of kPathStatHeader: JSON in base64.
std::string path_stat_text(const PathStat& stat);
PathStat parse_path_stat(std::string_view text);

// As GET /containers/{id}/changes has them; null when there are none.
std::string changes_json(const std::vector<FileChange>& changes);
std::vector<FileChange> parse_changes(std::string_view text);

// {"paths": [...]}
std::string path_list_json(const std::vector<std::string>& paths);
std::vector<std::string> parse_path_list(std::string_view text);

// {"Id"}
std::string commit_json(const std::string& id);
std::string parse_commit_id(std::string_view text);
// The body of POST /commit: a container's configuration; nothing when it is empty or null.
std::optional<model::ImageConfig> parse_commit_config(std::string_view text);

}  // namespace stack::api
