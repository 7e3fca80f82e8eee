#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/commands/docker_config.h"
#include "cli/commands/output_file.h"

namespace stack::cli {
namespace {

using json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr const char* kDockerHub = "https://index.docker.io/v1/";

// How the file and the helpers call a registry.
std::string server_of(const std::string& registry) { return registry == "docker.io" ? kDockerHub : registry; }

// The registry that a key of the file means: old ones are addresses.
std::string host_of(std::string key) {
  for (const char* scheme : {"https://", "http://"}) {
    if (key.starts_with(scheme)) key.erase(0, std::string_view{scheme}.size());
  }
  key = key.substr(0, key.find('/'));
  return key == "index.docker.io" || key == "registry-1.docker.io" ? "docker.io" : key;
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

model::Credentials credentials_of(const json& entry) {
  model::Credentials credentials{.user = text_of(entry, "username"),
                                 .password = text_of(entry, "password"),
                                 .identity_token = text_of(entry, "identitytoken"),
                                 .registry_token = text_of(entry, "registrytoken")};
  const auto decoded = decode_base64(text_of(entry, "auth"));
  if (decoded && decoded->find(':') != std::string::npos) {
    credentials.user = decoded->substr(0, decoded->find(':'));
    credentials.password = decoded->substr(decoded->find(':') + 1);
    while (!credentials.password.empty() && credentials.password.back() == '\0') credentials.password.pop_back();
  }
  return credentials;
}

}  // namespace

std::string registry_of(const std::string& reference) {
  const std::size_t slash = reference.find('/');
  if (slash == std::string::npos) return "docker.io";
  const std::string head = reference.substr(0, slash);
  const bool upper = std::any_of(head.begin(), head.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (head.find_first_of(".:") == std::string::npos && head != "localhost" && !upper) return "docker.io";
  return head == "index.docker.io" ? "docker.io" : head;
}

fs::path DockerConfig::default_folder() {
  if (const char* folder = std::getenv("DOCKER_CONFIG"); folder != nullptr && *folder != 0) return folder;
  const char* home = std::getenv("HOME");
  return fs::path{home == nullptr ? "/" : home} / ".docker";
}

DockerConfig::DockerConfig(fs::path folder) : folder_(std::move(folder)) {
  text_ = read_file(folder_ / "config.json").value_or("");
  if (text_.find_first_not_of(" \t\r\n") == std::string::npos) text_ = "{}";
  if (!json::parse(text_, nullptr, false).is_object()) {
    throw Error(ErrorKind::invalid, (folder_ / "config.json").string() + " is not a JSON object");
  }
}

std::string DockerConfig::helper_for(const std::string& registry) const {
  const json root = json::parse(text_);
  if (const auto helpers = root.find("credHelpers"); helpers != root.end() && helpers->is_object()) {
    for (const auto& [key, helper] : helpers->items()) {
      if (host_of(key) == registry && helper.is_string()) return helper.get<std::string>();
    }
  }
  return text_of(root, "credsStore");
}

model::Credentials DockerConfig::credentials(const std::string& registry) const {
  if (const std::string helper = helper_for(registry); !helper.empty()) {
    const auto answer = run_credential_helper(helper, "get", server_of(registry));
    if (!answer) return {};
    const json value = json::parse(*answer, nullptr, false);
    if (!value.is_object())
      throw Error(ErrorKind::invalid, "docker-credential-" + helper + " answers something else than JSON");
    model::Credentials credentials;
    const std::string user = text_of(value, "Username"), secret = text_of(value, "Secret");
    if (user == "<token>") {
      credentials.identity_token = secret;
    } else {
      credentials.user = user;
      credentials.password = secret;
    }
    return credentials;
  }
  const json root = json::parse(text_);
  const auto auths = root.find("auths");
  if (auths == root.end() || !auths->is_object()) return {};
  if (const auto exact = auths->find(server_of(registry)); exact != auths->end()) return credentials_of(*exact);
  for (const auto& [key, entry] : auths->items()) {
    if (host_of(key) == registry && entry.is_object()) return credentials_of(entry);
  }
  return {};
}

model::CredentialsByRegistry DockerConfig::credentials(const std::set<std::string>& registries) const {
  model::CredentialsByRegistry all;
  for (const std::string& registry : registries) {
    try {
      model::Credentials one = credentials(registry);
      if (!one.empty()) all[registry] = std::move(one);
    } catch (const Error& error) {
      // Most images need none.
      std::cerr << "warning: " << error.render() << "\n";
    }
  }
  return all;
}

std::set<std::string> DockerConfig::registries() const {
  std::set<std::string> all;
  const json root = json::parse(text_);
  for (const char* member : {"auths", "credHelpers"}) {
    const auto entries = root.find(member);
    if (entries == root.end() || !entries->is_object()) continue;
    for (const auto& [key, value] : entries->items()) all.insert(host_of(key));
  }
  return all;
}

std::map<std::string, std::string> DockerConfig::proxies() const {
  static constexpr std::array<std::pair<const char*, const char*>, 5> kNames{{{"httpProxy", "http_proxy"},
                                                                              {"httpsProxy", "https_proxy"},
                                                                              {"ftpProxy", "ftp_proxy"},
                                                                              {"noProxy", "no_proxy"},
                                                                              {"allProxy", "all_proxy"}}};
  std::map<std::string, std::string> all;
  const json root = json::parse(text_);
  const auto proxies = root.find("proxies");
  if (proxies == root.end() || !proxies->is_object()) return all;
  const auto settings = proxies->find("default");
  if (settings == proxies->end() || !settings->is_object()) return all;
  for (const auto& [member, name] : kNames) {
    const std::string value = text_of(*settings, member);
    if (value.empty()) continue;
    std::string upper = name;
    for (char& c : upper) c = c == '_' ? '_' : static_cast<char>(c - 'a' + 'A');
    all[name] = all[upper] = value;
  }
  return all;
}

std::string DockerConfig::portable() const {
  json auths = json::object();
  for (const auto& [registry, known] : credentials(registries())) {
    json& entry = auths[server_of(registry)];
    entry["auth"] = encode_base64(known.user + ":" + known.password);
    if (!known.identity_token.empty()) entry["identitytoken"] = known.identity_token;
    if (!known.registry_token.empty()) entry["registrytoken"] = known.registry_token;
  }
  return json{{"auths", auths}}.dump(1, '\t') + "\n";
}

void DockerConfig::write() const {
  std::error_code failed;
  fs::create_directories(folder_, failed);
  if (failed) throw Error::from_errno(failed.value(), "making " + folder_.string());
  replace_file(behind_links(folder_ / "config.json"), text_, Durable::yes, 0600);
}

std::string DockerConfig::store(const std::string& registry, const model::Credentials& credentials) {
  if (const std::string helper = helper_for(registry); !helper.empty()) {
    const json input{
        {"ServerURL", server_of(registry)}, {"Username", credentials.user}, {"Secret", credentials.password}};
    run_credential_helper(helper, "store", input.dump());
    return "docker-credential-" + helper;
  }
  json root = json::parse(text_);
  root["auths"][server_of(registry)] = {{"auth", encode_base64(credentials.user + ":" + credentials.password)}};
  text_ = root.dump(1, '\t') + "\n";
  write();
  return (folder_ / "config.json").string();
}

bool DockerConfig::erase(const std::string& registry) {
  bool known = false;
  if (const std::string helper = helper_for(registry); !helper.empty()) {
    known = run_credential_helper(helper, "get", server_of(registry)).has_value();
    if (known) run_credential_helper(helper, "erase", server_of(registry));
  }
  json root = json::parse(text_);
  if (!root.contains("auths") || !root["auths"].is_object()) return known;
  json kept = json::object();
  for (const auto& [key, entry] : root["auths"].items()) {
    if (host_of(key) != registry) kept[key] = entry;
  }
  if (kept.size() == root["auths"].size()) return known;
  root["auths"] = kept;
  text_ = root.dump(1, '\t') + "\n";
  write();
  return true;
}

}  // namespace stack::cli
