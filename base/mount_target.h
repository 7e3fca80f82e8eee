// Where in a container something may be mounted. Pure.
#pragma once

#include <string>
#include <string_view>

namespace stack {

// The same place written plainly: no double or trailing slashes, no "." or "..".
std::string clean_target(std::string_view target);

// What is wrong with a clean target, as the end of a sentence that begins with it; empty when nothing is. The root itself
// cannot be covered, and neither can what guards a container in its own /proc, but for the few files there that tell of
// processors, memory and load (lxcfs covers them).
std::string_view target_fault(std::string_view target);

// One of those few.
bool is_open_proc_file(std::string_view target);

}  // namespace stack
