// What a Dockerfile's "# check=skip=RULE,...;error=true" says, or the build argument BUILDKIT_DOCKERFILE_CHECK, which counts instead. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/dockerfile/check_rules.h"

namespace stack::dockerfile {

inline constexpr std::string_view kCheckArgument = "BUILDKIT_DOCKERFILE_CHECK";

struct CheckDirective {
  std::set<std::string, std::less<>> skip, experimental;  // names of rules
  bool skip_all = false, experimental_all = false;
  bool error = false;  // a violation fails the build

  [[nodiscard]] bool wants(const CheckRule& rule) const;
};

// Throws stack::Error (invalid) for an option that is none, in BuildKit's words: `invalid check option "what"`.
CheckDirective read_check_directive(std::string_view text);

}  // namespace stack::dockerfile
