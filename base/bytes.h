// Sizes in bytes as people write them: "64m", "1.5 GiB", "1024"; all units are powers of 1024 (Compose: "specifying byte
// values").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stack {

// Bytes, or nothing when the text is not a size. "-1" is accepted and gives -1.
std::optional<std::int64_t> parse_bytes(std::string_view text);
// For people: "512B", "12.3kB", "64MB", decimal units, as Docker prints image sizes.
std::string human_bytes(std::uint64_t bytes);
// The same with three digits, "1.05kB", as Docker prints traffic.
std::string short_bytes(std::uint64_t bytes);
// "1.5MiB", powers of 1024 and four digits, as Docker prints memory.
std::string binary_bytes(std::uint64_t bytes);

}  // namespace stack
