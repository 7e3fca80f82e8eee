// How the arguments of instructions fall into words. The parts lie in the text that is split; quotes and escapes stay where they are,
// expand.h takes them away. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stack::dockerfile {

// At blanks, whatever quotes say: ADD, COPY, EXPOSE, FROM, VOLUME.
std::vector<std::string_view> split_blanks(std::string_view text);
// At blanks outside quotes: ARG, ENV, LABEL. An escape character at the very end is left out.
std::vector<std::string_view> split_quoted(std::string_view text, char escape);

// An element of a JSON list of strings, decoded, and where it stands, quotes included.
struct JsonText {
  std::string value;
  std::string_view part;
};
struct JsonList {
  std::optional<std::vector<JsonText>> list;  // nothing: the text is not a JSON list
  bool not_only_strings = false;              // a JSON list, but of other things too
};
JsonList parse_json_list(std::string_view text);

}  // namespace stack::dockerfile
