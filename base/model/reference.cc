#include "base/model/reference.h"

#include <algorithm>

#include "base/error.h"

namespace stack::model {
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

bool is_host_label(std::string_view text) {
  if (text.empty() || text.front() == '-' || text.back() == '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-'; });
}

// A host name or a bracketed IPv6 address, and perhaps a port.
bool is_domain(std::string_view text) {
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) return false;
  const std::size_t colon = text.find(':', bracket);
  if (colon != std::string_view::npos) {
    const std::string_view port = text.substr(colon + 1);
    if (port.empty() || port.find_first_not_of("0123456789") != std::string_view::npos) return false;
    text = text.substr(0, colon);
  }
  if (bracket != 0) {
    const std::string_view address = text.substr(1, bracket - 1);
    return text.size() == bracket + 1 && !address.empty() &&
           address.find_first_not_of("0123456789abcdefABCDEF:") == std::string_view::npos;
  }
  for (;;) {
    const std::size_t dot = text.find('.');
    if (!is_host_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool has_upper(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

// Why a text is no reference: as Docker says it, and what is wrong where that leaves it open.
struct Fault {
  std::string words, detail;
};

[[noreturn]] void refuse(std::string words) { throw Fault{.words = std::move(words), .detail = ""}; }
[[noreturn]] void refuse_format(std::string detail) {
  throw Fault{.words = "invalid reference format", .detail = std::move(detail)};
}

std::string digest_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view algorithm = text.substr(0, colon);
  const std::string_view digits = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  const bool named = !algorithm.empty() && std::all_of(algorithm.begin(), algorithm.end(), [](char c) {
    return is_alnum(c) || c == '-' || c == '_' || c == '+' || c == '.';
  });
  if (!named || digits.size() < 32 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) {
    refuse_format("the part behind @ must be sha256: and 64 hexadecimal digits");
  }
  if (algorithm != "sha256") refuse("unsupported digest algorithm " + std::string{algorithm});
  if (!is_digest(text)) refuse("invalid checksum digest format");
  return std::string{text};
}

Reference parse(std::string_view text) {
  Reference result;
  if (text.empty()) refuse_format("it is empty");
  if (text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos) {
    refuse("invalid repository name (" + std::string{text} + "), cannot specify 64-byte hexadecimal strings");
  }
  const std::size_t first = text.find('/');
  const std::string_view head = first == std::string_view::npos ? std::string_view{} : text.substr(0, first);
  const bool has_domain = head.find_first_of(".:") != std::string_view::npos || head == "localhost" || has_upper(head);
  std::string_view rest = has_domain ? text.substr(first + 1) : text;
  result.domain = !has_domain || head == "index.docker.io" ? "docker.io" : std::string{head};
  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    result.digest = digest_of(rest.substr(at + 1));
    rest = rest.substr(0, at);
  }
  const std::size_t colon = rest.find(':');
  result.repository = rest.substr(0, colon);
  if (result.domain == "docker.io" && result.repository.find('/') == std::string::npos) {
    result.repository.insert(0, "library/");
  }
  if (has_upper(result.repository)) {
    refuse("invalid reference format: repository name (" + result.repository + ") must be lowercase");
  }
  if (!is_domain(result.domain)) refuse_format("the registry's name is none that a host can have");
  if (colon != std::string_view::npos) {
    result.tag = rest.substr(colon + 1);
    if (!is_tag(result.tag)) {
      refuse_format("a tag has letters, digits, '_', '.' and '-', does not begin with the last two, and ends at 128");
    }
  }
  if (result.repository.size() > kNameBytesMax) refuse("repository name must not be more than 255 characters");
  for (std::string_view path = result.repository;;) {
    const std::size_t end = path.find('/');
    if (!is_component(path.substr(0, end))) {
      refuse_format("the repository must be lower-case letters and digits, separated by '.', '_', '-' or '/'");
    }
    if (end == std::string_view::npos) break;
    path.remove_prefix(end + 1);
  }
  if (result.tag.empty() && result.digest.empty()) result.tag = "latest";
  return result;
}

}  // namespace

bool is_tag(std::string_view text) {
  if (text.empty() || text.size() > kTagBytesMax || text.front() == '.' || text.front() == '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; });
}

bool is_digest(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  if (!text.starts_with(kPrefix) || text.size() != kPrefix.size() + 64) return false;
  return text.find_first_not_of("0123456789abcdef", kPrefix.size()) == std::string_view::npos;
}

Reference parse_reference(std::string_view text) {
  try {
    return parse(text);
  } catch (const Fault& fault) {
    throw Error(ErrorKind::invalid, "invalid image name \"" + std::string{text} + "\": " + fault.words +
                                        (fault.detail.empty() ? "" : ": " + fault.detail));
  }
}

std::string reference_fault(std::string_view text) {
  try {
    (void)parse(text);
  } catch (const Fault& fault) {
    return fault.words;
  }
  return "";
}

std::string Reference::name() const { return domain + "/" + repository; }

std::string Reference::canonical() const {
  return name() + (tag.empty() ? "" : ":" + tag) + (digest.empty() ? "" : "@" + digest);
}

std::string Reference::familiar_name() const {
  if (domain != "docker.io") return domain + "/" + repository;
  return repository.starts_with("library/") ? repository.substr(8) : repository;
}

std::string Reference::familiar() const {
  return familiar_name() + (tag.empty() ? "" : ":" + tag) + (digest.empty() ? "" : "@" + digest);
}

}  // namespace stack::model
