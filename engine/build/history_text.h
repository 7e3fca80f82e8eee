// How an image's history tells its instructions, in BuildKit's words ("RUN |1 A=b /bin/sh -c make # buildkit"). Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/dockerfile/dockerfile.h"

namespace stack::build {

inline constexpr std::string_view kHistoryComment = "buildkit.dockerfile.v0";

// Arguments in the order of their declaration, with the values that the command sees.
using SeenArguments = std::vector<std::pair<std::string, std::string>>;

std::string run_history(const std::vector<std::string>& argv, const SeenArguments& arguments);
std::string copy_history(const dockerfile::Add& add);  // other than in BuildKit's, without user and password of a URL
std::string copy_history(const dockerfile::Copy& copy);
// Of an instruction without a layer, variables put in; `argv` is the whole command of CMD and ENTRYPOINT, `arguments` what ARG declares.
std::string empty_history(const dockerfile::Instruction& instruction, const std::vector<std::string>& argv,
                          const std::vector<std::string>& ports, const std::vector<std::string>& arguments);

}  // namespace stack::build
