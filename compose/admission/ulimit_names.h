// The limits of setrlimit(2) that a file can set, as files write them.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace stack::compose {

inline constexpr std::array<std::string_view, 16> kUlimitNames{
    "as",   "core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue",
    "nice", "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack"};

// The name in the form that the engine takes: capital letters are allowed, as with Docker.
inline std::string ulimit_name(std::string name) {
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return name;
}

}  // namespace stack::compose
