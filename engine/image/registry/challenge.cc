#include "engine/image/registry/challenge.h"

#include <algorithm>

namespace stack::image {
namespace {

constexpr std::size_t kChallengesMax = 16;
constexpr std::size_t kParametersMax = 32;

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  void skip(std::string_view characters) {
    while (!text_.empty() && characters.find(text_.front()) != std::string_view::npos) text_.remove_prefix(1);
  }
  std::string token() {
    std::string out;
    for (; !text_.empty() && is_token_char(text_.front()); text_.remove_prefix(1)) {
      const char c = text_.front();
      out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return out;
  }
  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  // A token as it stands, or a quoted string without its quotes; false when the quotes are not closed.
  bool value(std::string& out) {
    if (!take('"')) {
      const auto end =
          std::find_if(text_.begin(), text_.end(), [](char c) { return c == ',' || c == ' ' || c == '\t'; });
      out.assign(text_.begin(), end);
      text_.remove_prefix(out.size());
      return true;
    }
    while (!text_.empty()) {
      const char c = text_.front();
      text_.remove_prefix(1);
      if (c == '"') return true;
      if (c == '\\' && !text_.empty()) {
        out += text_.front();
        text_.remove_prefix(1);
      } else {
        out += c;
      }
    }
    return false;
  }
  // Whether what follows is a parameter and not the next scheme.
  [[nodiscard]] bool at_parameter() const {
    const auto end = std::find_if_not(text_.begin(), text_.end(), is_token_char);
    return end != text_.begin() && end != text_.end() && *end == '=';
  }
  [[nodiscard]] bool done() const { return text_.empty(); }

 private:
  std::string_view text_;
};

}  // namespace

std::vector<Challenge> parse_challenges(std::string_view header) {
  std::vector<Challenge> result;
  Reader in{header};
  for (in.skip(", \t"); !in.done() && result.size() < kChallengesMax; in.skip(", \t")) {
    Challenge challenge{.scheme = in.token(), .parameters = {}};
    if (challenge.scheme.empty()) break;
    bool whole = true;
    for (in.skip(" \t"); whole && in.at_parameter() && challenge.parameters.size() < kParametersMax; in.skip(", \t")) {
      const std::string name = in.token();
      std::string value;
      in.take('=');
      whole = in.value(value);
      if (whole) challenge.parameters[name] = std::move(value);
    }
    result.push_back(std::move(challenge));
    if (!whole) break;
  }
  return result;
}

}  // namespace stack::image
