#include "compose/check/sensitive.h"

#include <algorithm>
#include <array>

#include "compose/check/path.h"
#include "compose/source/origin.h"

namespace stack::compose {
namespace {

// A token that is known by how it begins and by what follows.
struct TokenForm {
  const char* kind;
  std::string_view front;
  bool (*member)(char);  // of what follows
  std::size_t at_least;
};

bool upper_or_digit(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool digit(char c) { return c >= '0' && c <= '9'; }
bool word(char c) { return letter(c) || digit(c) || c == '_' || c == '-'; }
bool dotted(char c) { return word(c) || c == '.'; }

constexpr std::array kTokenForms{
    TokenForm{"AWS access key", "AKIA", upper_or_digit, 16},
    TokenForm{"AWS access key", "ASIA", upper_or_digit, 16},
    TokenForm{"GitHub token", "ghp_", word, 36},
    TokenForm{"GitHub token", "gho_", word, 36},
    TokenForm{"GitHub token", "ghu_", word, 36},
    TokenForm{"GitHub token", "ghs_", word, 36},
    TokenForm{"GitHub token", "ghr_", word, 36},
    TokenForm{"GitHub token", "github_pat_", word, 40},
    TokenForm{"GitLab token", "glpat-", word, 20},
    TokenForm{"Slack token", "xoxb-", word, 20},
    TokenForm{"Slack token", "xoxp-", word, 20},
    TokenForm{"Slack token", "xoxa-", word, 20},
    TokenForm{"Stripe key", "sk_live_", word, 20},
    TokenForm{"Stripe key", "rk_live_", word, 20},
    TokenForm{"Google API key", "AIza", word, 35},
    TokenForm{"npm token", "npm_", word, 36},
    TokenForm{"private key", "-----BEGIN ", [](char) { return true; }, 11},
};

constexpr std::array<std::string_view, 9> kSecretWords{"password", "passwd", "passphrase", "secret",     "token",
                                                       "api_key",  "apikey", "access_key", "private_key"};
constexpr std::size_t kGuessBytesMin = 8;
constexpr std::size_t kHintBytes = 4;

bool has_token_form(std::string_view value, const TokenForm& form) {
  for (auto at = value.find(form.front); at != std::string_view::npos; at = value.find(form.front, at + 1)) {
    if (at > 0 && word(value[at - 1])) continue;
    const auto rest = value.substr(at + form.front.size());
    const auto length = static_cast<std::size_t>(std::ranges::find_if_not(rest, form.member) - rest.begin());
    if (length >= form.at_least) return form.front[0] != '-' || rest.find("PRIVATE KEY") != std::string_view::npos;
  }
  return false;
}

// Three parts in base64, the first two of them JSON objects.
bool has_web_token(std::string_view value) {
  for (auto at = value.find("eyJ"); at != std::string_view::npos; at = value.find("eyJ", at + 1)) {
    const auto rest = value.substr(at);
    const auto token = rest.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(rest, dotted) - rest.begin()));
    if (token.find(".eyJ") != std::string_view::npos && std::ranges::count(token, '.') == 2) return true;
  }
  return false;
}

// scheme://user:password@host, where the password is not a variable's.
bool has_password_in_url(std::string_view value) {
  for (auto at = value.find("://"); at != std::string_view::npos; at = value.find("://", at + 1)) {
    const auto rest = value.substr(at + 3);
    const auto authority = rest.substr(0, rest.find_first_of("/ \t\r\n\"'"));
    const auto sign = authority.rfind('@');
    const auto colon = authority.find(':');
    if (sign == std::string_view::npos || colon == std::string_view::npos || colon + 1 >= sign) continue;
    if (authority[colon + 1] != '$') return true;
  }
  return false;
}

// A literal that is given to something with a telling name, and looks made up by a machine.
bool is_named_secret(std::string_view name, std::string_view value) {
  std::string lower{name};
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
  if (lower.ends_with("_file")) return false;
  const auto telling = [&](std::string_view part) { return lower.find(part) != std::string::npos; };
  if (std::ranges::none_of(kSecretWords, telling) || value.size() < kGuessBytesMin) return false;
  if (value.find_first_of("$ \t\n") != std::string_view::npos || value.starts_with('/')) return false;
  return std::ranges::any_of(value, digit) && std::ranges::any_of(value, letter);
}

void add(std::vector<SensitiveValue>& found, std::string_view name, std::string_view value, std::string path,
         SourcePlace place) {
  auto kind = sensitive_kind(name, value);
  if (!kind) return;
  found.push_back({.kind = std::move(*kind),
                   .path = std::move(path),
                   .hint = std::string{value.substr(0, std::min(kHintBytes, value.size() / 2))} + "...",
                   .place = std::move(place)});
}

void search(const Node& node, const Path& path, std::string_view name, std::vector<SensitiveValue>& found) {
  // A value of the environment stands in no file that is published.
  if (node.is(Kind::string) && !is_from_variable(node)) {
    const auto equals = node.text.find('=');
    const bool pair =
        name.empty() && equals != std::string::npos && std::ranges::all_of(node.text.substr(0, equals), word);
    const std::string_view text = node.text;
    add(found, pair ? text.substr(0, equals) : name, pair ? text.substr(equals + 1) : text, path.text(), node.place());
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) search(node.items[i], Path{path, i}, {}, found);
  for (const auto& [key, value] : node.entries) search(value, Path{path, key}, key, found);
}

}  // namespace

std::optional<std::string> sensitive_kind(std::string_view name, std::string_view value) {
  for (const TokenForm& form : kTokenForms) {
    if (has_token_form(value, form)) return form.kind;
  }
  if (has_web_token(value)) return "JSON Web Token";
  if (has_password_in_url(value)) return "password in an address";
  if (is_named_secret(name, value)) return "password or key";
  return std::nullopt;
}

std::vector<SensitiveValue> find_sensitive(const Node& tree) {
  std::vector<SensitiveValue> found;
  search(tree, Path{}, {}, found);
  return found;
}

std::vector<SensitiveValue> find_sensitive(std::string_view env_file, const std::string& file) {
  std::vector<SensitiveValue> found;
  std::uint32_t number = 1;
  for (std::size_t start = 0; start < env_file.size(); ++number) {
    const std::size_t end = std::min(env_file.find('\n', start), env_file.size());
    std::string_view line = env_file.substr(start, end - start);
    start = end + 1;
    if (line.starts_with("export ")) line.remove_prefix(7);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || line.starts_with('#')) continue;
    std::string_view value = line.substr(equals + 1);
    while (!value.empty() && (value.back() == '\r' || value.back() == '"' || value.back() == '\''))
      value.remove_suffix(1);
    while (!value.empty() && (value.front() == '"' || value.front() == '\'')) value.remove_prefix(1);
    add(found, line.substr(0, equals), value, std::string{line.substr(0, equals)}, {file, number, 1});
  }
  return found;
}

}  // namespace stack::compose
