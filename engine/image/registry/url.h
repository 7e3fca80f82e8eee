// An address of the web, as far as registries use them: scheme, host, port, and the rest as it stands (RFC 3986). A pure value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stack::image {

struct Url {
  bool tls = true;
  std::string host;  // lower case, without the brackets of an IPv6 address
  std::uint16_t port = 443;
  std::string target = "/";    // path and query
  std::string user, password;  // decoded

  // "host", "host:5000", "[::1]:5000": the port where it is not the scheme's own.
  [[nodiscard]] std::string authority() const;
  [[nodiscard]] std::string text() const;  // without user and password
  [[nodiscard]] bool same_origin(const Url& other) const {
    return tls == other.tls && host == other.host && port == other.port;
  }
};

// Nothing for what is no http or https address, and for one with control characters.
std::optional<Url> parse_url(std::string_view text);
// What `location`, absolute or relative, means on a page of `base`; nothing for none, and for other schemes.
std::optional<Url> resolve_url(const Url& base, std::string_view location);
// 127.0.0.0/8, ::1, localhost.
bool is_loopback_name(std::string_view host);

}  // namespace stack::image
