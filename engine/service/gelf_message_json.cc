#include <nlohmann/json.hpp>

#include "base/moment.h"
#include "engine/service/log_message.h"

namespace stack::service {

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
  for (const auto& [name, value] : origin.attributes) message["_" + name] = value;
  return message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace stack::service
