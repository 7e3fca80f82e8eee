// How Docker writes what its commands take: what stands behind "Usage:", and how many words by position that allows. Pure.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace stack::cli {

// `path` is "docker run"; the line is "docker run [OPTIONS] IMAGE [COMMAND] [ARG...]". A path that is not known stands for itself.
std::string docker_usage(const std::string& path);

struct WordCount {
  static constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
  std::size_t min = 0, max = 0;
};
WordCount words_of_usage(std::string_view usage);

// "'docker rm' requires at least 1 argument"
std::string docker_count_mistake(const std::string& path, const WordCount& count);

}  // namespace stack::cli
