// Signal names and numbers as people write them: "SIGTERM", "TERM", "15", "SIGRTMIN+3".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stack::model {

// The number, or nothing when there is no such signal.
std::optional<int> parse_signal(std::string_view text);
// "SIGTERM"; the number as text when it has no name.
std::string signal_name(int signal);

}  // namespace stack::model
