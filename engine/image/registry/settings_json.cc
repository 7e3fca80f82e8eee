#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/duration.h"
#include "base/error.h"
#include "engine/image/registry/settings.h"

namespace stack::image {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& name, const std::string& what) {
  throw Error(ErrorKind::invalid, name + " must be " + what);
}

std::vector<std::string> list_of(const std::string& name, const json& value) {
  if (!value.is_array()) refuse(name, "a list of texts");
  std::vector<std::string> list;
  for (const json& item : value) {
    if (!item.is_string()) refuse(name, "a list of texts");
    list.push_back(item.get<std::string>());
  }
  return list;
}

std::vector<std::string> addresses_of(const std::string& name, const json& value) {
  std::vector<std::string> list = list_of(name, value);
  for (const std::string& address : list) {
    if (!parse_url(address)) refuse(name, "a list of http or https addresses, which \"" + address + "\" is not");
  }
  return list;
}

int count_of(const std::string& name, const json& value) {
  if (!value.is_number_integer() || value.get<std::int64_t>() < 1 || value.get<std::int64_t>() > 64) {
    refuse(name, "a number from 1 to 64");
  }
  return value.get<int>();
}

std::string text_of(const std::string& name, const json& value) {
  if (!value.is_string()) refuse(name, "text");
  return value.get<std::string>();
}

Nanos duration_of(const std::string& name, const json& value) {
  const auto duration = parse_duration(text_of(name, value));
  if (!duration || duration->count() <= 0) refuse(name, "a duration such as \"30s\"");
  return *duration;
}

void read_proxies(const json& value, RegistrySettings& settings) {
  if (!value.is_object()) refuse("proxies", "an object");
  for (const auto& [name, proxy] : value.items()) {
    if (name == "http-proxy") {
      settings.http_proxy = text_of(name, proxy);
    } else if (name == "https-proxy") {
      settings.https_proxy = text_of(name, proxy);
    } else if (name == "no-proxy") {
      settings.no_proxy = text_of(name, proxy);
    } else {
      throw Error(ErrorKind::invalid, "unknown setting proxies." + name);
    }
  }
}

}  // namespace

RegistrySettings parse_registry_settings(std::string_view text) {
  RegistrySettings settings;
  const json root = json::parse(text, nullptr, false, true);
  if (!root.is_object()) throw Error(ErrorKind::invalid, "the settings must be one JSON object");
  for (const auto& [name, value] : root.items()) {
    if (name == "insecure-registries") {
      settings.insecure = list_of(name, value);
    } else if (name == "registry-mirrors") {
      settings.mirrors["docker.io"] = addresses_of(name, value);
    } else if (name == "mirrors") {
      if (!value.is_object()) refuse(name, "an object of lists");
      for (const auto& [registry, list] : value.items())
        settings.mirrors[registry] = addresses_of("mirrors." + registry, list);
    } else if (name == "certificate-folders") {
      settings.certificate_folders.clear();
      for (const std::string& path : list_of(name, value)) settings.certificate_folders.emplace_back(path);
    } else if (name == "proxies") {
      read_proxies(value, settings);
    } else if (name == "max-concurrent-downloads") {
      settings.downloads = count_of(name, value);
    } else if (name == "max-concurrent-uploads") {
      settings.uploads = count_of(name, value);
    } else if (name == "max-download-attempts") {
      settings.attempts = count_of(name, value);
    } else if (name == "retry-after") {
      settings.retry_after = duration_of(name, value);
    } else if (name == "connect-timeout") {
      settings.connect_timeout = duration_of(name, value);
    } else if (name == "answer-timeout") {
      settings.answer_timeout = duration_of(name, value);
    } else if (name == "max-layer-size") {
      const auto bytes = parse_bytes(text_of(name, value));
      if (!bytes || *bytes <= 0) refuse(name, "a size such as \"64g\"");
      settings.limits.bytes_max = static_cast<std::uint64_t>(*bytes);
    } else if (name == "max-layer-files") {
      if (!value.is_number_unsigned()) refuse(name, "a number");
      settings.limits.entries_max = value.get<std::uint64_t>();
    } else {
      throw Error(ErrorKind::invalid, "unknown setting " + name);
    }
  }
  return settings;
}

}  // namespace stack::image
