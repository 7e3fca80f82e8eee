#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands/provider_messages.h"
#include "cli/view/printable.h"

namespace stack::cli {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<std::string_view, ProviderWord>, 6> kWords{
    {{"info", ProviderWord::info},
     {"error", ProviderWord::error},
     {"setenv", ProviderWord::set_env},
     {"rawsetenv", ProviderWord::raw_set_env},
     {"debug", ProviderWord::debug},
     {"get-service-config", ProviderWord::get_service_config}}};

constexpr std::size_t kShown = 200;  // of a line that is no message

Error no_message(std::string_view line, const std::string& why) {
  return {ErrorKind::invalid, why + ": " + printable(line.substr(0, kShown))};
}

std::string text_or_empty(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::vector<ProviderParameter> parameters_of(const json& verb) {
  std::vector<ProviderParameter> list;
  const auto found = verb.is_object() ? verb.find("parameters") : verb.end();
  if (!verb.is_object() || found == verb.end() || !found->is_array()) return list;
  for (const json& each : *found) {
    if (!each.is_object()) continue;
    const auto required = each.find("required");
    list.push_back(
        {text_or_empty(each, "name"), required != each.end() && required->is_boolean() && required->get<bool>()});
  }
  return list;
}

}  // namespace

ProviderMessage parse_provider_message(std::string_view line) {
  const json message = json::parse(line, nullptr, false);
  if (!message.is_object()) throw no_message(line, "a line is no JSON object");
  const std::string type = text_or_empty(message, "type");
  for (const auto& [name, word] : kWords) {
    if (name != type) continue;
    ProviderMessage parsed{word, text_or_empty(message, "message")};
    const bool sets = word == ProviderWord::set_env || word == ProviderWord::raw_set_env;
    const std::size_t equals = parsed.text.find('=');
    if (sets && (equals == std::string::npos || equals == 0))
      throw no_message(line, "a message of type " + type + " has no NAME=VALUE");
    return parsed;
  }
  throw no_message(line, "a message has the unknown type \"" + printable(type) + "\"");
}

ProviderMetadata parse_provider_metadata(std::string_view text) {
  const json told = json::parse(text, nullptr, false);
  ProviderMetadata metadata;
  if (!told.is_object()) return metadata;
  const auto verb = [&](const char* name) {
    const auto found = told.find(name);
    return found == told.end() ? json{} : *found;
  };
  metadata.up = parameters_of(verb("up"));
  metadata.down = parameters_of(verb("down"));
  if (verb("stop").is_object()) metadata.stop = parameters_of(verb("stop"));
  metadata.known = !text_or_empty(told, "description").empty() || !metadata.up.empty() || !metadata.down.empty();
  return metadata;
}

std::string parse_model_endpoint(std::string_view text) {
  const json status = json::parse(text, nullptr, false);
  if (!status.is_object() || text_or_empty(status, "endpoint").empty())
    throw no_message(text, "docker-model status --json names no endpoint");
  return text_or_empty(status, "endpoint");
}

std::vector<std::string> parse_model_tags(std::string_view text) {
  const json models = json::parse(text, nullptr, false);
  if (models.is_null()) return {};
  if (!models.is_array()) throw no_message(text, "docker-model ls --json printed no list");
  std::vector<std::string> tags;
  for (const json& model : models) {
    const auto found = model.is_object() ? model.find("tags") : model.end();
    if (!model.is_object() || found == model.end() || !found->is_array()) continue;
    for (const json& tag : *found) {
      if (tag.is_string()) tags.push_back(tag.get<std::string>());
    }
  }
  return tags;
}

}  // namespace stack::cli
