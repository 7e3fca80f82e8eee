// Which processes a control group has.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/cgroup/layout.h"

namespace stack::cgroup {

// Of the group at `path` and of those below, sorted; none when there is no such group. Any thread; a few small reads.
std::vector<std::int32_t> members(const Layout& layout, std::string_view path);

}  // namespace stack::cgroup
