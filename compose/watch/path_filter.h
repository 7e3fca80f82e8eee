// Patterns as of a .dockerignore file, for the paths below a folder. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/dockerfile/ignore_file.h"

namespace stack::compose {

class PathFilter {
 public:
  PathFilter() = default;
  // Throws stack::Error(invalid) for a pattern that is none.
  PathFilter(std::string folder, const std::vector<std::string>& patterns);
  // The text of a .dockerignore file of this folder. Throws stack::Error(invalid).
  static PathFilter of_file(std::string folder, std::string_view text);

  // Whether a pattern takes the path (absolute, clean), or a folder that it lies in; what is not below the folder is not taken.
  [[nodiscard]] bool takes(const std::string& path) const;
  // Whether it takes the path and everything that can be below.
  [[nodiscard]] bool takes_all_below(const std::string& path) const;

 private:
  PathFilter(std::string folder, dockerfile::IgnoreFile patterns)
      : folder_(std::move(folder)), patterns_(std::move(patterns)) {}
  std::string folder_;
  dockerfile::IgnoreFile patterns_;
};

}  // namespace stack::compose
