// "Did you mean": the nearest of some words. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace stack {

// The one of `words` that takes the fewest edits to become `text`, or "" when none is near. Cost: product of the
// lengths, for each word; texts of more than 64 bytes have no neighbours.
std::string nearest(std::string_view text, const std::vector<std::string_view>& words);
// The same, of those at most `most` edits away from `text`.
std::string nearest_within(std::string_view text, const std::vector<std::string_view>& words, std::size_t most);
// `did you mean "ports"?`, or "" when none is near.
std::string did_you_mean(std::string_view text, const std::vector<std::string_view>& words);

}  // namespace stack
