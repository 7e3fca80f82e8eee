#include "engine/image/registry/registry_json.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_depth.h"
#include "base/model/reference.h"

namespace stack::image {
namespace {

using nlohmann::json;

constexpr std::size_t kTextBytesMax = 500;

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

// Not an object for what is no JSON, or nests absurdly deep.
json parsed(std::string_view body) { return nests_deeper(body) ? json{} : json::parse(body, nullptr, false); }

}  // namespace

std::string parse_registry_errors(std::string_view body) {
  const json root = parsed(body);
  std::string text;
  if (!root.is_object() || !root.contains("errors") || !root["errors"].is_array()) return text;
  for (const json& error : root["errors"]) {
    if (!error.is_object() || text.size() > kTextBytesMax) continue;
    const std::string code = text_of(error, "code"), message = text_of(error, "message");
    text += (text.empty() ? "" : "; ") + (message.empty() ? code : message);
  }
  std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < ' '; });
  return text.substr(0, kTextBytesMax);
}

std::vector<std::string> parse_tags(std::string_view body) {
  const json root = parsed(body);
  if (!root.is_object() || !root.contains("tags")) throw Error(ErrorKind::invalid, "the answer is not a list of tags");
  std::vector<std::string> tags;
  if (root["tags"].is_null()) return tags;
  if (!root["tags"].is_array()) throw Error(ErrorKind::invalid, "the answer is not a list of tags");
  for (const json& tag : root["tags"]) {
    if (!tag.is_string() || !model::is_tag(tag.get_ref<const std::string&>())) {
      throw Error(ErrorKind::invalid, "the list of tags holds something that cannot be one");
    }
    tags.push_back(tag.get<std::string>());
  }
  return tags;
}

std::string parse_token(std::string_view body) {
  const json root = parsed(body);
  std::string token;
  if (root.is_object()) token = text_of(root, "token");
  if (root.is_object() && token.empty()) token = text_of(root, "access_token");
  const bool plain = std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (token.empty() || !plain) throw Error(ErrorKind::invalid, "the token server's answer has no usable token");
  return token;
}

}  // namespace stack::image
