// Settings of the network namespace that have no netlink message: files below /proc/sys, of the caller's own namespace.
#pragma once

#include <optional>
#include <string>

namespace stack::netns {

enum class OnMissing { fail, ignore };
// Writes `value` to /proc/sys/<path> unless it stands there already; true when it wrote. Throws stack::Error; with
// OnMissing::ignore a file that is not there (a kernel without IPv6) is not an error.
bool set_sysctl(const std::string& path, const std::string& value, OnMissing missing);
// Without the line's end; nothing when it cannot be read.
std::optional<std::string> get_sysctl(const std::string& path);

}  // namespace stack::netns
