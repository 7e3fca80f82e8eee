// The steps at which a start can fail. The child sends {Stage, errno, detail} and never prose; the words are here.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "engine/sandbox/stage.h"

namespace stack::sandbox {

// What was being done: "mounting", to be followed by the detail.
std::string_view phrase(Stage stage);

// The failure as an Error with kind and remedy. `err` is an errno value, `detail` the path or name that it was about.
Error launch_error(Stage stage, int err, std::string_view detail);

}  // namespace stack::sandbox
