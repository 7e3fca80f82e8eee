#include "base/json_depth.h"

namespace stack {

bool nests_deeper(std::string_view json, std::size_t depth) {
  std::size_t now = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++now > depth) return true;
    } else if ((c == '}' || c == ']') && now > 0) {
      --now;
    }
  }
  return false;
}

}  // namespace stack
