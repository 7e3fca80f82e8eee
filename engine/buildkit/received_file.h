// A text of a folder that a client has sent: a Dockerfile, a .dockerignore. Blocks on the disk: for the pool.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace stack::buildkit {

constexpr std::size_t kTextMax = 4 << 20;  // bytes

// Links and ".." in `name` are taken inside of `root`, as in a container: the client can name nothing outside. Nothing when there is no
// such file. Throws stack::Error: invalid when it is larger than kTextMax; what the disk says.
std::optional<std::string> read_received(const std::filesystem::path& root, const std::string& name);

}  // namespace stack::buildkit
