// How registries are reached: what the administrator says in the daemon's settings file, with the names that Docker's daemon.json
// has for it. A plain value; the same for the daemon's whole life.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "engine/image/registry/url.h"
#include "engine/image/unpack.h"

namespace stack::image {

struct RegistrySettings {
  std::vector<std::string> insecure;  // "host", "host:port", "10.0.0.0/8"
  std::map<std::string, std::vector<std::string>>
      mirrors;  // registry to addresses, in the order in which they are tried
  std::vector<std::filesystem::path> certificate_folders{"/etc/stack/certs.d", "/etc/docker/certs.d"};
  std::string http_proxy, https_proxy, no_proxy;
  int downloads = 3;  // layers at once, over all pulls
  int uploads = 3;
  int attempts = 5;                                    // of one transfer without progress
  Nanos retry_after = std::chrono::milliseconds{500};  // the first pause; each further one is twice as long
  Nanos connect_timeout = std::chrono::seconds{30};
  Nanos answer_timeout = std::chrono::seconds{60};  // to the answer's beginning, and between two pieces of it
  UnpackLimits limits;

  // Whether unencrypted and unverified connections to it are allowed: listed, or of this machine.
  [[nodiscard]] bool is_insecure(const std::string& registry) const;
  // The proxy for an address; nothing when it is reached directly.
  [[nodiscard]] std::optional<Url> proxy_for(const Url& url) const;
};

// Text of the settings file. Throws stack::Error(invalid) that names the member that is wrong or unknown.
RegistrySettings parse_registry_settings(std::string_view text);
// The file, or the defaults when there is none; proxies that it does not name are the environment's (`environment` gives a
// variable's value or null).
RegistrySettings load_registry_settings(const std::filesystem::path& path, const char* (*environment)(const char*));

}  // namespace stack::image
