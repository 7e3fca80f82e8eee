#include "base/detach_keys.h"

#include "base/error.h"

namespace stack {
namespace {

constexpr std::string_view kControl = "ctrl-";

char key_of(std::string_view word, std::string_view whole) {
  if (word.size() == 1) return word.front();
  if (word.starts_with(kControl) && word.size() == kControl.size() + 1) {
    const char c = word.back();
    if (c >= 'a' && c <= 'z') return static_cast<char>(c - 'a' + 1);
    if (c >= '@' && c <= '_') return static_cast<char>(c - '@');
  }
  throw Error(ErrorKind::invalid, "Invalid detach keys (" + std::string{whole} + ") provided")
      .remedy(
          "list keys with commas between: a character, or ctrl- and a letter or one of @[\\]^_, as in ctrl-p,ctrl-q");
}

}  // namespace

std::string parse_detach_keys(std::string_view text) {
  std::string keys;
  for (std::string_view rest = text; !text.empty();) {
    const std::size_t comma = rest.find(',');
    keys += key_of(rest.substr(0, comma), text);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return keys;
}

std::string DetachKeys::pass(std::string_view typed) {
  std::string through;
  for (const char key : typed) {
    if (keys_.empty()) {
      through += key;
      continue;
    }
    if (complete()) break;
    if (key == keys_[seen_]) {
      ++seen_;
      continue;
    }
    // The longest end of what was held back and this key that begins the sequence anew is held back; the rest goes through.
    std::string held = keys_.substr(0, seen_) + key;
    for (seen_ = 0; !held.empty() && !keys_.starts_with(held);) {
      through += held.front();
      held.erase(0, 1);
    }
    seen_ = held.size();
  }
  return through;
}

}  // namespace stack
