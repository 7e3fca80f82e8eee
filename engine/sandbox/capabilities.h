// Linux capabilities by name, and the set that a container gets. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stack::sandbox {

// `number`: CAP_*.
constexpr std::uint64_t capability_bit(int number) { return std::uint64_t{1} << number; }

// The number of "CAP_NET_ADMIN", "NET_ADMIN" or "net_admin"; nothing when there is no such capability.
std::optional<int> capability_number(std::string_view name);
// "CAP_NET_ADMIN"; empty beyond the last known one.
std::string_view capability_name(int number);

// Docker's default set of fourteen.
std::uint64_t default_capabilities();
// Default, then `drop`, then `add`; ALL is allowed in both, as is privileged. ALL and privileged mean `all`: what the
// kernel knows and the engine has. Throws stack::Error(invalid) for an unknown name, Error(unsupported) for one that
// the engine lacks.
std::uint64_t capability_set(const std::vector<std::string>& add, const std::vector<std::string>& drop, bool privileged,
                             std::uint64_t all);

}  // namespace stack::sandbox
