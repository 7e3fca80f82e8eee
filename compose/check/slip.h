// A mapping or a list that became a text: a missing colon, or a missing blank behind a colon or a dash, is no mistake to YAML.
// Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stack::compose {

struct Slip {
  std::size_t column = 0;  // of the mistake, counted from the start of the text
  std::string message, remedy;
};

// `text` stands where a list or a mapping belongs, `below` its key rather than beside it; `names` are the keys that the mapping
// may have, empty for any.
std::optional<Slip> find_slip(std::string_view text, bool list, bool mapping, bool below,
                              const std::vector<std::string_view>& names);

}  // namespace stack::compose
