// The .dockerignore file: which paths of a build context are left out, as Go's patternmatcher decides it. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/dockerfile/path_pattern.h"
#include "base/dockerfile/problem.h"

namespace stack::dockerfile {

inline constexpr std::size_t kIgnorePatternsMax = 10000;

// Where the patterns may stand, paths below the context; the first file that exists counts: "build/app.Dockerfile.dockerignore", then
// ".dockerignore".
std::array<std::string, 2> ignore_file_names(std::string_view dockerfile);

class IgnoreFile {
 public:
  // A pattern that is not one is reported and left out.
  static IgnoreFile parse(std::string_view text, Problems& problems);

  // Whether `path` (relative, with slashes, clean) is left out: the last pattern that matches it, or a folder that it lies in, decides.
  [[nodiscard]] bool ignores(std::string_view path) const;
  // Whether a pattern begins with "!": a folder that is left out may hold something that is not.
  [[nodiscard]] bool has_exceptions() const { return exceptions_; }
  [[nodiscard]] bool empty() const { return rules_.empty(); }
  // As read: comments gone, paths clean, "!" in front.
  [[nodiscard]] std::vector<std::string> patterns() const;

 private:
  struct Rule {
    std::string text;
    bool exception = false;
    PathPattern pattern;
  };
  std::vector<Rule> rules_;
  bool exceptions_ = false;
};

}  // namespace stack::dockerfile
