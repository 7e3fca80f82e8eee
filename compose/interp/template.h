// Variables in text: `$NAME`, `${NAME}` and the operators `:-` `-` `:?` `?` `:+` `+`, nested and lazy; `$$` is a dollar
// sign (Compose: "interpolation"). Pure: the values come from a function, and a value that is put in is not looked at
// again.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stack::compose {

// The value of a variable, or nothing when it is not set.
using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

// What a text made of one of its variables.
struct VariableTaken {
  enum class Part : std::uint8_t { value, default_text, alternate_text, nothing };
  std::string name;
  Part part = Part::value;
};

struct Interpolated {
  std::string text;
  std::vector<VariableTaken> taken;  // in order of use
  std::vector<std::string> unset;    // variables without a value and without an operator, in order of use
  std::optional<std::string> error;  // what is wrong with the text, or the message of a required variable
  std::string remedy;
};

// After an error `text` is what was there before it. Linear in the text and the values that are put in; a default
// inside a default at most 100 deep.
Interpolated interpolate(std::string_view text, const Lookup& lookup);

// What the variables of a text are, for lists of them.
struct VariableUse {
  std::string name;
  bool required = false;
  std::string default_value, alternate_value;
};
// Those of text that is not well-formed are left out.
std::vector<VariableUse> variables_in(std::string_view text);

}  // namespace stack::compose
