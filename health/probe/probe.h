// What a health check runs, and how its answer is read. Pure; any thread (Compose "healthcheck", Docker API
// "HealthConfig").
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/model/container_spec.h"
#include "health/machine.h"

namespace stack::health {

// Of a probe's output; the rest is dropped.
inline constexpr std::size_t kMaxOutputBytes = 4096;

// Why a test cannot be run: "CMD has no program", ...; nothing for a good one, {"NONE"} and an empty one.
std::optional<std::string> problem_of(const std::vector<std::string>& test);
// The command: {"CMD", argv...} as it is, {"CMD-SHELL", text...} behind `shell` (the image's, else /bin/sh -c). Nothing
// for {"NONE"}, for an empty test and for one that cannot be run: images say anything, and that must harm nobody.
std::optional<std::vector<std::string>> command_of(const std::vector<std::string>& test,
                                                   const std::vector<std::string>& shell);

// A finished probe.
struct ProbeOutcome {
  enum class Kind { exited, timed_out, not_started };
  Kind kind = Kind::exited;
  int exit_code = 0;
  std::string output;  // bounded by kMaxOutputBytes; for the others, what happened
};
Result result_of(const ProbeOutcome& outcome);
// At most kMaxOutputBytes, cut before a UTF-8 character that does not fit.
std::string bounded_output(std::string_view output);

}  // namespace stack::health
