#include "base/hide_credentials.h"

#include <algorithm>
#include <string_view>

namespace stack {
namespace {

constexpr std::string_view kSlashes = "://", kBeyondHost = "/?#\\\"'`<> \t\r\n";

bool is_web(std::string_view before) { return before.ends_with("http") || before.ends_with("https"); }

}  // namespace

std::string hide_credentials(std::string text) {
  for (std::size_t found = 0; (found = text.find(kSlashes, found)) != std::string::npos;) {
    const bool web = is_web(std::string_view{text}.substr(0, found));
    found += kSlashes.size();
    const std::size_t end = std::min(text.find_first_of(kBeyondHost, found), text.size());
    const std::size_t at = std::string_view{text}.substr(found, end - found).rfind('@');
    if (at == std::string_view::npos) continue;
    const std::size_t user = web ? 0 : std::min(text.find(':', found) - found, at);
    text.erase(found + user, web ? at + 1 : at - user);
  }
  return text;
}

}  // namespace stack
