// Identifiers: 64 lower-case hex digits for containers, networks and images, as the Docker API has them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace stack {

// Fills `size` bytes at `data` with random ones. The real one reads getrandom(2); tests give a seeded one.
using RandomSource = std::function<void(void* data, std::size_t size)>;
RandomSource system_random();

// A new id of `digits` hex digits (even, at most 64).
std::string new_id(const RandomSource& random, std::size_t digits = 64);
// The first twelve digits, as people see them.
std::string_view short_id(std::string_view id);

}  // namespace stack
