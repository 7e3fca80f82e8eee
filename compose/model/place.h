// Where something stands in the user's files: what every diagnostic about a project points at. A plain value.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace stack::compose {

struct SourcePlace {
  std::string file;          // as the user named it; empty when it came from no file
  std::uint32_t line = 0;    // from 1; 0: unknown
  std::uint32_t column = 0;  // from 1
  bool operator==(const SourcePlace&) const = default;
};

// Attribute path ("ports[1]") to place. Says where a value came from and not what it is: all Places are equal, so that
// values that hold some compare by what they mean.
struct Places : std::map<std::string, SourcePlace> {
  friend bool operator==(const Places&, const Places&) { return true; }
};

// "compose.yaml:3:5", or only the file when the line is unknown.
std::string to_text(const SourcePlace& place);

// The place of `path`, else of the nearest attribute around it ("ports[1]", "ports", ""), else an empty one.
const SourcePlace& find_place(const Places& places, std::string_view path);

}  // namespace stack::compose
