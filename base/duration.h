// Durations as Compose writes them: "1m30s", "1.5h", "10ms"; units ns us ms s m h d w, at least one unit.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace stack {

// Nothing when the text is not a duration ("10" has no unit and is not one; "0" is).
std::optional<Nanos> parse_duration(std::string_view text);
// Normalised: "1m30s", "500ms", "0s"; what parse_duration reads back to the same value.
std::string format_duration(Nanos duration);

}  // namespace stack
