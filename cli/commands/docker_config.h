// Docker's own configuration of its client, as far as registries go: config.json in DOCKER_CONFIG or ~/.docker, and the credential
// helpers that it names (docker-credential-NAME). What `docker login` has stored works here and the other way round.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/model/credentials.h"

namespace stack::cli {

class DockerConfig {
 public:
  // Of this user. A file that is missing is an empty one; throws stack::Error(invalid) for one that is none.
  explicit DockerConfig(std::filesystem::path folder = default_folder());
  static std::filesystem::path default_folder();

  // What is known for a registry as references name it ("docker.io", "localhost:5000"); asks a helper where the file says so.
  [[nodiscard]] model::Credentials credentials(const std::string& registry) const;
  // Of several; a helper that fails is a warning on standard error.
  [[nodiscard]] model::CredentialsByRegistry credentials(const std::set<std::string>& registries) const;
  // Those that the file has credentials or a helper for.
  [[nodiscard]] std::set<std::string> registries() const;
  // Build arguments of its default proxies: "http_proxy" and "HTTP_PROXY" of "httpProxy", and so on.
  [[nodiscard]] std::map<std::string, std::string> proxies() const;
  // A config.json that needs neither this folder nor its helpers: the credentials of all registries themselves.
  [[nodiscard]] std::string portable() const;
  // Keeps them where the file says, else in the file itself; returns where, for the user.
  std::string store(const std::string& registry, const model::Credentials& credentials);
  // False when there was nothing to forget.
  bool erase(const std::string& registry);

 private:
  [[nodiscard]] std::string helper_for(const std::string& registry) const;
  void write() const;

  std::filesystem::path folder_;
  std::string text_;  // of the file, JSON
};

// The registry that a reference names: "registry.example" of "registry.example/a/b:1", "docker.io" of "busybox".
std::string registry_of(const std::string& reference);

// Runs docker-credential-NAME with one of get, store and erase; the answer, or nothing when it knows of none. Throws stack::Error when
// it cannot be run or fails otherwise.
std::optional<std::string> run_credential_helper(const std::string& name, const std::string& verb,
                                                 const std::string& input);

}  // namespace stack::cli
