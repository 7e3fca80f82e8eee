// Why a YAML text cannot be read, as its author sees it. A parser notices a mistake where it no longer understands the text, which
// is often lines after the cause: this looks for what people do wrong. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stack::compose {

struct SyntaxCause {
  std::size_t line = 0, column = 0;  // from 0
  std::string message, remedy;
};

// `problem` is what the library calls it, noticed at `line` and `column`, from 0. Nothing when no known cause is found.
std::optional<SyntaxCause> find_syntax_cause(std::string_view text, std::string_view problem, std::size_t line,
                                             std::size_t column);

// The library takes a text among the keys of a mapping for a key without a value; YAML wants a colon. `line` is one of `lines`.
SyntaxCause lone_key_cause(const std::vector<std::string_view>& lines, std::size_t line, std::size_t column);

}  // namespace stack::compose
