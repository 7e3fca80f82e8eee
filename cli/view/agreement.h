// A question that is asked before something is lost.
#pragma once

#include <string>

namespace stack::cli {

// Prints `question`, a sentence without a line's end, and reads one line of standard input: whether it is a yes. Its end is a no.
bool agreed(const std::string& question);

}  // namespace stack::cli
