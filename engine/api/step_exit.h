// The command of a build step that ended with a code, out of the builder's words: each door of the API tells it in those of its clients.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stack::api {

struct StepExit {
  std::string command;  // "/bin/sh -c make", "make all"
  int code = 0;
  std::string why;  // " (out of memory)", or empty
};
// `name` has the instruction: "[build 2/5] RUN make"; `error`: "the command exited with code 2 (out of memory)", with what it printed on
// further lines. Nothing: the step failed otherwise.
std::optional<StepExit> step_exit(std::string_view name, std::string_view error);
// Of a build that failed: "Dockerfile:4:1: RUN make: the command exited with code 2".
std::optional<StepExit> step_exit(std::string_view message);

}  // namespace stack::api
