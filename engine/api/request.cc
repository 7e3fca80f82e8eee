#include "engine/api/request.h"

#include <algorithm>
#include <charconv>

#include "base/hex.h"

namespace stack::api {
namespace {

constexpr std::string_view kStackRoot = "/stack/v1";

char lower(char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); }

std::string lowered(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

bool below_stack(std::string_view path) {
  return path.starts_with(kStackRoot) && (path.size() == kStackRoot.size() || path[kStackRoot.size()] == '/');
}

// "1.44" of "/v1.44/volumes": digits and dots between "/v" and the next slash. Our own routes have no version in front.
std::string_view version_of(std::string_view path) {
  if (!path.starts_with("/v")) return {};
  const std::size_t slash = path.find('/', 1);
  if (slash == std::string_view::npos || below_stack(path.substr(slash))) return {};
  const std::string_view version = path.substr(2, slash - 2);
  return version.find_first_not_of("0123456789.") == std::string_view::npos ? version : std::string_view{};
}

}  // namespace

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string Request::header(std::string_view name, std::string_view otherwise) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const Header& each) { return same_ignoring_case(each.name, name); });
  return found == headers.end() ? std::string{otherwise} : found->value;
}

bool Request::header_lists(std::string_view name, std::string_view member) const {
  for (const Header& each : headers) {
    if (!same_ignoring_case(each.name, name)) continue;
    std::string_view rest = each.value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (same_ignoring_case(trimmed(rest.substr(0, comma)), member)) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return false;
}

std::string Request::get(const std::string& name, std::string_view otherwise) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string{otherwise} : found->second;
}

const std::string& Request::json() const {
  const std::string type = header("Content-Type");
  if (!type.empty() &&
      !same_ignoring_case(trimmed(std::string_view{type}.substr(0, type.find(';'))), "application/json"))
    throw Error(ErrorKind::invalid, "unsupported Content-Type header (" + type + "): must be 'application/json'");
  return body;
}

std::vector<std::string> Request::get_all(const std::string& name) const {
  std::vector<std::string> values;
  const auto [first, last] = query.equal_range(name);
  for (auto it = first; it != last; ++it) values.push_back(it->second);
  return values;
}

bool Request::flag(const std::string& name) const {
  const std::string given = get(name, "0");
  if (dialect == Dialect::docker) {
    const std::string value = lowered(trimmed(given));
    return !value.empty() && value != "0" && value != "no" && value != "false" && value != "none";
  }
  const std::string value = lowered(given);
  if (value == "1" || value == "true") return true;
  if (value == "0" || value == "false" || value.empty()) return false;
  throw Error(ErrorKind::invalid, "the parameter " + name + " must be true or false, not \"" + value + "\"");
}

std::optional<std::int64_t> Request::number(const std::string& name) const {
  const std::string value = get(name);
  if (value.empty()) return std::nullopt;
  std::int64_t number = 0;
  const char* begin = value.data() + (value.front() == '+' && value.find('-') != 1 ? 1 : 0);
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(begin, end, number);
  if (error != std::errc{} || stop != end)
    throw Error(ErrorKind::invalid, "the parameter " + name + " must be a whole number, not \"" + value + "\"");
  return number;
}

std::string decode_escapes(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      out += ' ';
    } else if (text[i] == '%') {
      const bool whole = i + 2 < text.size();
      const int high = whole ? hex_digit(text[i + 1]) : -1;
      const int low = whole ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) throw Error(ErrorKind::invalid, "the request's address has a broken percent escape");
      // No name and no path has a zero byte, and what is behind it would be lost on the way to the kernel.
      if (high == 0 && low == 0) throw Error(ErrorKind::invalid, "the request's address has a zero byte");
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

void parse_target(std::string_view target, Request& request) {
  const std::size_t mark = std::min(target.find('?'), target.size());
  std::string_view path = target.substr(0, mark);
  request.version = version_of(path);
  if (!request.version.empty()) path.remove_prefix(2 + request.version.size());
  request.path = path;
  request.dialect = below_stack(path) ? Dialect::stack : Dialect::docker;
  std::string_view query = target.substr(std::min(mark + 1, target.size()));
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    request.query.emplace(decode_escapes(pair.substr(0, equals), true),
                          decode_escapes(pair.substr(std::min(equals + 1, pair.size())), true));
  }
}

}  // namespace stack::api
