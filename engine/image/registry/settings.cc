#include "engine/image/registry/settings.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

#include "base/error.h"
#include "base/file.h"

namespace stack::image {
namespace {

// "10.0.0.0/8" has "10.1.2.3".
bool network_has(const std::string& network, const std::string& host) {
  const std::size_t slash = network.find('/');
  if (slash == std::string::npos) return false;
  unsigned bits = 0;
  const char* last = network.data() + network.size();
  const auto [end, error] = std::from_chars(network.data() + slash + 1, last, bits);
  if (error != std::errc{} || end != last) return false;
  const std::string base = network.substr(0, slash);
  for (const int family : {AF_INET, AF_INET6}) {
    unsigned char a[16] = {}, b[16] = {};
    if (::inet_pton(family, base.c_str(), a) != 1 || ::inet_pton(family, host.c_str(), b) != 1) continue;
    if (bits > (family == AF_INET ? 32u : 128u)) return false;
    for (unsigned i = 0; i < bits; ++i) {
      if (((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1) != 0) return false;
    }
    return true;
  }
  return false;
}

// One word of NO_PROXY, as Go's programs read it.
bool exempts(std::string word, const Url& url) {
  if (word == "*") return true;
  if (network_has(word, url.host)) return true;
  const std::size_t colon = word.rfind(':');
  if (colon != std::string::npos && word.find(':') == colon) {
    if (word.substr(colon + 1) != std::to_string(url.port)) return false;
    word.resize(colon);
  }
  if (word.starts_with("*.")) word.erase(0, 1);
  if (word.starts_with('.')) return url.host.ends_with(word);
  return url.host == word || url.host.ends_with("." + word);
}

}  // namespace

bool RegistrySettings::is_insecure(const std::string& registry) const {
  const auto url = parse_url("https://" + registry);
  if (!url) return false;
  return is_loopback_name(url->host) || std::any_of(insecure.begin(), insecure.end(), [&](const std::string& entry) {
           return entry == registry || entry == url->host || network_has(entry, url->host);
         });
}

std::optional<Url> RegistrySettings::proxy_for(const Url& url) const {
  const std::string& proxy = url.tls ? https_proxy : http_proxy;
  if (proxy.empty() || is_loopback_name(url.host)) return std::nullopt;
  for (std::string_view rest = no_proxy; !rest.empty();) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    std::string word{rest.substr(0, end)};
    rest.remove_prefix(std::min(end + 1, rest.size()));
    std::erase_if(word, [](char c) { return c == ' ' || c == '\t'; });
    for (char& c : word) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    if (!word.empty() && exempts(word, url)) return std::nullopt;
  }
  auto parsed = parse_url(proxy.find("://") == std::string::npos ? "http://" + proxy : proxy);
  if (!parsed) throw Error(ErrorKind::invalid, "the proxy's address \"" + proxy + "\" is not valid");
  return parsed;
}

RegistrySettings load_registry_settings(const std::filesystem::path& path, const char* (*environment)(const char*)) {
  RegistrySettings settings;
  try {
    if (const auto text = read_file(path)) settings = parse_registry_settings(*text);
  } catch (Error& error) {
    throw error.context("reading " + path.string());
  }
  const auto otherwise = [&](std::string& value, const char* lower, const char* upper) {
    for (const char* name : {upper, lower}) {
      const char* found = value.empty() ? environment(name) : nullptr;
      if (found != nullptr) value = found;
    }
  };
  // A program that the web started could be made to use HTTP_PROXY by a header; ours is none.
  otherwise(settings.http_proxy, "http_proxy", "HTTP_PROXY");
  otherwise(settings.https_proxy, "https_proxy", "HTTPS_PROXY");
  otherwise(settings.no_proxy, "no_proxy", "NO_PROXY");
  return settings;
}

}  // namespace stack::image
