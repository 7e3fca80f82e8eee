// Variables, quotes and escapes of one text of a Dockerfile (Dockerfile reference: "Environment replacement"), as BuildKit's shell
// lexer reads them. Pure.
//
//   $NAME ${NAME} ${NAME:-word} ${NAME-word} ${NAME:+word} ${NAME+word} ${NAME:?word} ${NAME?word}
//   ${NAME#pattern} ${NAME##pattern} ${NAME%pattern} ${NAME%%pattern} ${NAME/pattern/text} ${NAME//pattern/text}
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stack::dockerfile {

// The value of a variable, or nothing when it is not set.
using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

struct ExpandOptions {
  char escape = '\\';
  bool keep_quotes = false;   // quotes stay in the result
  bool keep_escapes = false;  // escape characters stay in the result
  bool plain_quotes = false;  // quotes are characters like others, as in heredocs
  bool keep_unset = false;    // variables that are not set stay as they are written
};

inline constexpr std::size_t kExpansionMax = std::size_t{1} << 20;  // bytes of a result
inline constexpr std::size_t kNestingMax = 100;                     // of ${A:-${B:-...}}

struct Expansion {
  struct Piece {
    std::string text;
    std::size_t begin = 0, end = 0;  // in the source
  };
  std::string text;
  std::vector<Piece> words;              // split at blanks outside quotes, after variables were put in
  std::vector<std::string> used, unset;  // names of variables, in order of use
  std::optional<std::string> error;      // what is wrong; the rest does not hold then
  std::string remedy;
  std::size_t error_at = 0;  // in the source
};

// Cost: linear in the source and the values; a pattern costs the product of its length and the value's, up to a bound.
Expansion expand(std::string_view source, const Lookup& lookup, const ExpandOptions& options = {});

}  // namespace stack::dockerfile
