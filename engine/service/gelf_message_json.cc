#include <nlohmann/json.hpp>

#include "base/moment.h"
#include "engine/service/log_message.h"

namespace stack::service {
namespace {

// Word characters, dots and dashes; "_id" is reserved (GELF 1.1).
std::string attribute_name(const std::string& name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  std::string out = name == "id" ? "__" : "_";
  for (const char c : name) out += kAllowed.find(c) == std::string_view::npos ? '_' : c;
  return out;
}

}  // namespace

std::string gelf_message(const LogOrigin& origin, const logs::Entry& line) {
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(line.time.time_since_epoch()).count();
  nlohmann::json message{{"version", "1.1"},
                         {"host", origin.host},
                         {"short_message", line.text},
                         {"timestamp", static_cast<double>(millis) / 1000.0},
                         {"level", line.stream == logs::Stream::err ? 3 : 6},
                         {"_command", origin.command},
                         {"_container_id", origin.id},
                         {"_container_name", origin.name},
                         {"_created", rfc3339_nanos(origin.created)},
                         {"_image_id", origin.image_id},
                         {"_image_name", origin.image},
                         {"_tag", origin.tag}};
  // What the engine says itself stays.
  for (const auto& [name, value] : origin.attributes) message.emplace(attribute_name(name), value);
  return message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace stack::service
