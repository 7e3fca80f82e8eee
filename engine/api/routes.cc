#include "engine/api/routes.h"

#include <algorithm>
#include <charconv>

#include "base/hex.h"

namespace stack::api {
namespace {

std::string decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      out += ' ';
    } else if (text[i] == '%') {
      const int high = i + 2 <= text.size() - 1 ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 <= text.size() - 1 ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) throw Error(ErrorKind::invalid, "the request's address has a broken percent escape");
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string_view next_segment(std::string_view& path) {
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return segment;
}

// What is behind "/v1.NN", of a version that is understood; else the path as it is.
std::string_view without_version(std::string_view path) {
  constexpr std::string_view kBegin = "/v1.";
  constexpr int kOldest = 24;
  if (!path.starts_with(kBegin)) return path;
  const std::size_t slash = path.find('/', kBegin.size());
  if (slash == std::string_view::npos) return path;
  int minor = 0;
  const char* end = path.data() + slash;
  const auto [stop, error] = std::from_chars(path.data() + kBegin.size(), end, minor);
  return error == std::errc{} && stop == end && minor >= kOldest ? path.substr(slash) : path;
}

}  // namespace

void Routes::add(std::string method, std::string pattern, Body body, Handler handler) {
  routes_.push_back({std::move(method), std::move(pattern), body, std::move(handler)});
}

Match Routes::find(std::string_view method, std::string_view path) const {
  for (const Route& route : routes_) {
    if (route.method != method) continue;
    Match match{.route = &route};
    std::string_view pattern = route.pattern, rest = without_version(path);
    bool same = true;
    while (same && (!pattern.empty() || !rest.empty())) {
      const std::string_view wanted = next_segment(pattern), got = next_segment(rest);
      if (wanted.starts_with('{')) {
        same = !got.empty();
        match.parameters[std::string{wanted.substr(1, wanted.size() - 2)}] = decode(got, false);
      } else {
        same = wanted == got;
      }
    }
    if (same) return match;
  }
  return {};
}

void parse_target(std::string_view target, Request& request) {
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.path = target.substr(0, mark);
  std::string_view query = target.substr(std::min(mark + 1, target.size()));
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    request.query.emplace(decode(pair.substr(0, equals), true),
                          decode(pair.substr(std::min(equals + 1, pair.size())), true));
  }
}

}  // namespace stack::api
