#include "engine/image/registry/url.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

#include "base/percent.h"

namespace stack::image {
namespace {

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == ':';
  });
}

}  // namespace

std::string Url::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? 443 : 80) ? name : name + ":" + std::to_string(port);
}

std::string Url::text() const { return (tls ? "https://" : "http://") + authority() + target; }

std::optional<Url> parse_url(std::string_view text) {
  Url url;
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; }))
    return std::nullopt;
  if (text.starts_with("https://")) {
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    text.remove_prefix(7);
    url.tls = false;
    url.port = 80;
  } else {
    return std::nullopt;
  }
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  std::string_view authority = text.substr(0, end);
  std::string_view target = text.substr(end);
  target = target.substr(0, target.find('#'));
  url.target = target.starts_with('/') ? std::string{target} : "/" + std::string{target};
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view who = authority.substr(0, at);
    const std::size_t colon = std::min(who.find(':'), who.size());
    url.user = percent_decode(who.substr(0, colon));
    url.password = percent_decode(who.substr(std::min(colon + 1, who.size())));
    authority = authority.substr(at + 1);
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    url.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  for (char& c : url.host) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (!is_host(url.host)) return std::nullopt;
  if (!port.empty() && port != ":") {
    const auto [stop, error] = std::from_chars(port.data() + 1, port.data() + port.size(), url.port);
    if (port[0] != ':' || error != std::errc{} || stop != port.data() + port.size() || url.port == 0)
      return std::nullopt;
  }
  return url;
}

std::optional<Url> resolve_url(const Url& base, std::string_view location) {
  // A colon before any slash ends a scheme (RFC 3986, section 4.2): another one than ours leads nowhere.
  if (location.empty() || location.find(':') < location.find_first_of("/?#")) return parse_url(location);
  if (location.starts_with("//")) return parse_url((base.tls ? "https:" : "http:") + std::string{location});
  const std::string root = (base.tls ? "https://" : "http://") + base.authority();
  if (location.starts_with('/')) return parse_url(root + std::string{location});
  const std::string path = base.target.substr(0, base.target.find('?'));
  if (location.starts_with('?')) return parse_url(root + path + std::string{location});
  return parse_url(root + path.substr(0, path.rfind('/') + 1) + std::string{location});
}

bool is_loopback_name(std::string_view host) {
  const std::string name{host};
  in_addr v4{};
  in6_addr v6{};
  if (::inet_pton(AF_INET, name.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  if (::inet_pton(AF_INET6, name.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return host == "localhost" || host.ends_with(".localhost");
}

}  // namespace stack::image
