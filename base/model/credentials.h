// What a user shows to a registry. The client program finds it (Docker's config.json, credential helpers) and sends it with the
// request; the daemon keeps it for as long as the request lasts and writes it nowhere. A plain value.
#pragma once

#include <map>
#include <string>

namespace stack::model {

struct Credentials {
  std::string user, password;
  std::string identity_token;  // an OAuth2 refresh token
  std::string registry_token;  // a bearer token, used as it is

  [[nodiscard]] bool empty() const { return user.empty() && identity_token.empty() && registry_token.empty(); }
  bool operator==(const Credentials&) const = default;
};

// By registry: "docker.io", "registry.example", "localhost:5000".
using CredentialsByRegistry = std::map<std::string, Credentials>;

}  // namespace stack::model
