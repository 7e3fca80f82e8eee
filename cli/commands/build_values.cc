#include "cli/commands/build_values.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include <sys/stat.h>

#include "base/error.h"
#include "base/given_file.h"
#include "base/split.h"
#include "base/truth.h"

namespace stack::cli {
namespace {

constexpr std::size_t kSecretBytesMax = 500 << 10;  // as BuildKit has it

Error invalid(const std::string& flag, const std::string& word, const std::string& why) {
  return {ErrorKind::invalid, "invalid " + flag + " value \"" + word + "\": " + why};
}

// "type=local,dest=out" to its pairs; a field may be in double quotes, as CSV has it.
std::map<std::string, std::string> fields_of(const std::string& flag, const std::string& word) {
  std::map<std::string, std::string> fields;
  for (std::size_t at = 0; at <= word.size();) {
    std::string field;
    if (at < word.size() && word[at] == '"') {
      const std::size_t end = word.find('"', at + 1);
      if (end == std::string::npos) throw invalid(flag, word, "a quote does not end");
      field = word.substr(at + 1, end - at - 1);
      at = end + 2;
    } else {
      const std::size_t end = std::min(word.find(',', at), word.size());
      field = word.substr(at, end - at);
      at = end + 1;
    }
    const std::size_t equals = field.find('=');
    if (equals == std::string::npos) throw invalid(flag, word, "\"" + field + "\" is not KEY=VALUE");
    fields[field.substr(0, equals)] = field.substr(equals + 1);
  }
  return fields;
}

// Takes a field out; empty when it is not there.
std::string take(std::map<std::string, std::string>& fields, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (auto node = fields.extract(name)) return std::move(node.mapped());
  }
  return {};
}

void expect_nothing_else(const std::string& flag, const std::string& word,
                         const std::map<std::string, std::string>& fields) {
  if (!fields.empty()) throw invalid(flag, word, "unknown key \"" + fields.begin()->first + "\"");
}

std::string content_of(const BuildSurroundings& around, const std::string& id, std::string path, std::string variable) {
  if (path.empty() && variable.empty()) (around.environment(id) ? variable : path) = id;
  if (!variable.empty()) return around.environment(variable).value_or("");
  return around.read(path);
}

std::int64_t limit_of(const std::string& word, std::string_view text) {
  if (text == "unlimited") return -1;
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failed != std::errc{} || end != text.data() + text.size() || value < -1)
    throw invalid("--ulimit", word, "use TYPE=SOFT[:HARD], as in nofile=1024:2048");
  return value;
}

}  // namespace

BuildSurroundings build_surroundings() {
  return {.environment = [](const std::string& name) -> std::optional<std::string> {
            const char* value = std::getenv(name.c_str());
            return value == nullptr ? std::nullopt : std::optional<std::string>{value};
          },
          .read =
              [](const std::string& path) {
                auto content = read_given_file(path, kSecretBytesMax);
                if (!content) throw Error(ErrorKind::not_found, "there is no file " + path);
                return std::move(*content);
              },
          .is_socket =
              [](const std::string& path) {
                struct stat status {};
                return ::stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
              }};
}

std::map<std::string, std::string> build_arguments(const std::vector<std::string>& words,
                                                   const BuildSurroundings& around) {
  std::map<std::string, std::string> arguments;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (name.empty()) throw invalid("--build-arg", word, "a name is missing");
    if (equals != std::string::npos) {
      arguments[name] = word.substr(equals + 1);
    } else if (const auto value = around.environment(name)) {
      arguments[name] = *value;
    }
  }
  return arguments;
}

std::map<std::string, std::string> build_labels(const std::vector<std::string>& words) {
  std::map<std::string, std::string> labels;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == 0 || word.empty()) throw invalid("--label", word, "a name is missing");
    labels[word.substr(0, equals)] = equals == std::string::npos ? "" : word.substr(equals + 1);
  }
  return labels;
}

model::BuildSecret build_secret(const std::string& word, const BuildSurroundings& around) {
  auto fields = fields_of("--secret", word);
  model::BuildSecret secret{.id = take(fields, {"id"}), .content = {}};
  const std::string type = take(fields, {"type"});
  std::string path = take(fields, {"src", "source"}), variable = take(fields, {"env"});
  expect_nothing_else("--secret", word, fields);
  if (secret.id.empty()) throw invalid("--secret", word, "id is missing");
  if (!type.empty() && type != "file" && type != "env") throw invalid("--secret", word, "type is file or env");
  if (!path.empty() && !variable.empty()) throw invalid("--secret", word, "src and env exclude each other");
  if (type == "env" && variable.empty()) std::swap(path, variable);
  try {
    secret.content = content_of(around, secret.id, std::move(path), std::move(variable));
  } catch (Error& error) {
    throw error.context("secret " + secret.id);
  }
  return secret;
}

model::BuildSsh build_ssh(const std::string& word, const BuildSurroundings& around) {
  const std::size_t equals = word.find('=');
  model::BuildSsh ssh{.id = word.substr(0, equals), .socket = {}};
  if (ssh.id.empty()) throw invalid("--ssh", word, "use default, or ID=SOCKET");
  if (equals != std::string::npos) ssh.socket = word.substr(equals + 1);
  if (ssh.socket.empty()) ssh.socket = around.environment("SSH_AUTH_SOCK").value_or("");
  if (ssh.socket.empty())
    throw Error(ErrorKind::invalid, "--ssh " + word + ": no agent runs: SSH_AUTH_SOCK is not set")
        .remedy("start one: eval $(ssh-agent) && ssh-add");
  if (!around.is_socket(ssh.socket))
    throw Error(ErrorKind::unsupported, "--ssh " + word + ": " + ssh.socket + " is not an agent's socket")
        .remedy("add keys to an agent with ssh-add KEY, and use --ssh default");
  return ssh;
}

std::string build_host(const std::string& word) {
  const std::size_t at = word.find_first_of("=:");
  if (at == std::string::npos || at == 0 || at + 1 == word.size())
    throw invalid("--add-host", word, "use HOST:ADDRESS");
  std::string address = word.substr(at + 1);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  return word.substr(0, at) + "=" + address;
}

std::pair<std::string, model::Ulimit> build_ulimit(const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0)
    throw invalid("--ulimit", word, "use TYPE=SOFT[:HARD], as in nofile=1024:2048");
  const std::string_view values = std::string_view{word}.substr(equals + 1);
  const std::size_t colon = values.find(':');
  model::Ulimit limit;
  limit.soft = limit_of(word, values.substr(0, colon));
  limit.hard = colon == std::string_view::npos ? limit.soft : limit_of(word, values.substr(colon + 1));
  if (limit.hard != -1 && (limit.soft == -1 || limit.soft > limit.hard))
    throw invalid("--ulimit", word, "the soft limit is above the hard one");
  return {word.substr(0, equals), limit};
}

namespace {

// The attributes of a cache, whatever the model then says of them, with an absolute path in place of a folder.
std::map<std::string, std::string> cache_attributes(const std::string& word) {
  if (word.empty()) throw invalid("cache", word, "use type=TYPE,KEY=VALUE");
  if (word.find('=') == std::string::npos) return {{"ref", word}};
  auto fields = fields_of("cache", word);
  for (const char* folder : {"src", "dest"}) {
    if (const auto found = fields.find(folder); found != fields.end() && !found->second.empty())
      found->second = std::filesystem::absolute(found->second).lexically_normal().string();
  }
  return fields;
}

}  // namespace

model::CachePlace build_cache_from(const std::string& word) {
  try {
    return model::cache_source(cache_attributes(word));
  } catch (Error& error) {
    throw error.context(word);
  }
}

model::CacheExport build_cache_to(const std::string& word) {
  try {
    return model::cache_target(cache_attributes(word));
  } catch (Error& error) {
    throw error.context(word);
  }
}

BuildDestination build_destination(const std::string& word) {
  using Kind = BuildDestination::Kind;
  if (word.empty()) throw invalid("--output", word, "use type=TYPE,dest=PATH");
  if (word == "-") return {.kind = Kind::tar, .path = "-", .names = {}};
  if (word.find('=') == std::string::npos) return {.kind = Kind::folder, .path = word, .names = {}};
  auto fields = fields_of("--output", word);
  const std::string type = take(fields, {"type"});
  BuildDestination to{.path = take(fields, {"dest"}), .names = split_list(take(fields, {"name"}))};
  const bool push = parse_truth(take(fields, {"push"})).value_or(false);
  if (type == "image" || type == "registry") {
    to.kind = push || type == "registry" ? Kind::registry : Kind::image;
    if (!to.path.empty()) throw invalid("--output", word, "type " + type + " has no dest");
  } else if (type == "docker" || type == "oci") {
    to.kind = to.path.empty() && type == "docker" ? Kind::image : Kind::archive;
    if (to.path.empty() && type == "oci") to.path = "-";
  } else if (type == "local" || type == "tar") {
    to.kind = type == "local" ? Kind::folder : Kind::tar;
    if (to.path.empty() && type == "local") throw invalid("--output", word, "dest is missing");
    if (to.path.empty()) to.path = "-";
  } else {
    throw invalid("--output", word, "type is image, docker, oci, local, tar or registry");
  }
  if (!fields.empty())
    throw Error(ErrorKind::unsupported, "--output " + word + ": " + fields.begin()->first + " is not supported")
        .remedy("leave it out");
  return to;
}

void refuse_attestation(const std::string& flag, const std::string& value) {
  if (value.empty() || value == "false" || value == "0" || value == "disabled=true") return;
  throw Error(ErrorKind::unsupported, flag + " " + value + ": this engine makes no attestations")
      .remedy("leave it out, or use " + flag + "=false");
}

std::vector<std::string> build_entitlements(const std::vector<std::string>& words) {
  std::vector<std::string> all;
  for (const std::string& word : words) {
    for (std::string& each : split_list(word)) {
      if (each != "network.host" && each != "security.insecure")
        throw Error(ErrorKind::unsupported, "--allow " + each + ": unknown entitlement")
            .remedy("use network.host or security.insecure");
      all.push_back(std::move(each));
    }
  }
  return all;
}

}  // namespace stack::cli
