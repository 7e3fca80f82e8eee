#include "engine/image/reference.h"

#include <algorithm>

#include "engine/base/error.h"

namespace stack::image {
namespace {

constexpr std::size_t kNameBytesMax = 255;
constexpr std::size_t kTagBytesMax = 128;

bool is_lower_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_alnum(char c) { return is_lower_alnum(c) || (c >= 'A' && c <= 'Z'); }

// One part between slashes: alphanumeric runs joined by ".", "_", "__" or any number of "-".
bool is_component(std::string_view text) {
  if (text.empty() || !is_lower_alnum(text.front()) || !is_lower_alnum(text.back())) return false;
  for (std::size_t i = 0; i < text.size();) {
    if (is_lower_alnum(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && !is_lower_alnum(text[end])) ++end;
    const std::string_view separator = text.substr(i, end - i);
    const bool dashes = separator.find_first_not_of('-') == std::string_view::npos;
    if (!dashes && separator != "." && separator != "_" && separator != "__") return false;
    i = end;
  }
  return true;
}

bool is_tag(std::string_view text) {
  if (text.empty() || text.size() > kTagBytesMax || text.front() == '.' || text.front() == '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; });
}

bool is_digest(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  if (!text.starts_with(kPrefix) || text.size() != kPrefix.size() + 64) return false;
  text.remove_prefix(kPrefix.size());
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_domain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alnum(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  });
}

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw Error(ErrorKind::invalid, "invalid image name \"" + std::string{text} + "\": " + std::string{why});
}

}  // namespace

Reference parse_reference(std::string_view text) {
  Reference result;
  std::string_view rest = text;
  if (rest.empty()) refuse(text, "it is empty");
  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    result.digest = rest.substr(at + 1);
    if (!is_digest(result.digest)) refuse(text, "the part behind @ must be sha256: and 64 hexadecimal digits");
    rest = rest.substr(0, at);
  }
  const std::size_t slash = rest.rfind('/');
  const std::size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    result.tag = rest.substr(colon + 1);
    if (!is_tag(result.tag)) refuse(text, "a tag has letters, digits, '_', '.' and '-', and at most 128 of them");
    rest = rest.substr(0, colon);
  }
  const std::size_t first = rest.find('/');
  std::string_view head = first == std::string_view::npos ? std::string_view{} : rest.substr(0, first);
  const bool head_is_domain = head.find_first_of(".:") != std::string_view::npos || head == "localhost" ||
                              std::any_of(head.begin(), head.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (head_is_domain) {
    if (!is_domain(head)) refuse(text, "the registry's name has a character that host names do not have");
    result.domain = head == "index.docker.io" ? "docker.io" : std::string{head};
    rest = rest.substr(first + 1);
  } else {
    result.domain = "docker.io";
  }
  result.repository = rest;
  if (result.domain == "docker.io" && result.repository.find('/') == std::string::npos) {
    result.repository = "library/" + result.repository;
  }
  if (result.repository.size() + result.domain.size() > kNameBytesMax) refuse(text, "it is longer than 255 bytes");
  for (std::string_view path = rest;;) {
    const std::size_t end = path.find('/');
    if (!is_component(path.substr(0, end))) {
      refuse(text, "the repository must be lower-case letters and digits, separated by '.', '_', '-' or '/'");
    }
    if (end == std::string_view::npos) break;
    path.remove_prefix(end + 1);
  }
  if (result.tag.empty() && result.digest.empty()) result.tag = "latest";
  return result;
}

std::string Reference::canonical() const {
  return domain + "/" + repository + (tag.empty() ? "" : ":" + tag) + (digest.empty() ? "" : "@" + digest);
}

std::string Reference::familiar() const {
  std::string name = repository;
  if (domain != "docker.io") {
    name = domain + "/" + name;
  } else if (name.starts_with("library/")) {
    name = name.substr(8);
  }
  return name + (tag.empty() ? "" : ":" + tag) + (digest.empty() ? "" : "@" + digest);
}

}  // namespace stack::image
