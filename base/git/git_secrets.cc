#include "base/git/git_secrets.h"

#include "base/base64.h"

namespace stack::git {
namespace {

const std::string kHeader = "GIT_AUTH_HEADER", kToken = "GIT_AUTH_TOKEN";

bool is_web(const GitReference& reference) { return reference.transport.starts_with("http"); }

std::string secret_of(const std::string& name, const std::string& host,
                      const std::map<std::string, std::string>& secrets) {
  for (const std::string& each : {name + "." + host, name}) {
    const auto found = secrets.find(each);
    if (found != secrets.end()) return found->second.substr(0, found->second.find_last_not_of("\r\n") + 1);
  }
  return {};
}

}  // namespace

std::set<std::string> secret_names(const GitReference& reference) {
  std::set<std::string> names{kHeader, kToken};
  if (!is_web(reference)) return names;
  const std::string host = "." + host_of(reference.url);
  names.insert({kHeader + host, kToken + host});
  return names;
}

std::map<std::string, std::string> authorization(const GitReference& reference,
                                                 const std::map<std::string, std::string>& secrets) {
  if (!is_web(reference)) return {};
  const std::string host = host_of(reference.url);
  std::string header = secret_of(kHeader, host, secrets);
  if (const std::string token = secret_of(kToken, host, secrets); header.empty() && !token.empty())
    header = "basic " + encode_base64("x-access-token:" + token);
  if (header.empty()) return {};
  return {{"GIT_CONFIG_COUNT", "1"},
          {"GIT_CONFIG_KEY_0", "http." + reference.transport + "://" + host + "/.extraheader"},
          {"GIT_CONFIG_VALUE_0", "Authorization: " + header}};
}

}  // namespace stack::git
