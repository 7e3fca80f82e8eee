// Whether an image could have a program, by a look at its layers' folders. Errs on the side of "yes": what an upper layer
// removes still counts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stack::image {

// `program` by name, looked for as PATH of `env` ("NAME=value") says, or by absolute path. Blocks for some system calls.
bool has_program(const std::vector<std::string>& layer_folders, const std::vector<std::string>& env,
                 std::string_view program);

}  // namespace stack::image
