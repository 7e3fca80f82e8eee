#include <nlohmann/json.hpp>

#include "compose/model/own_keys.h"

namespace stack::compose {

std::string socket_scope(const Service& service) {
  const auto own = service.extensions.find("x-stack");
  if (own == service.extensions.end()) return {};
  const nlohmann::json keys = nlohmann::json::parse(own->second, nullptr, false);
  if (!keys.is_object()) return {};
  const auto socket = keys.find("socket");
  return socket != keys.end() && socket->is_string() ? socket->get<std::string>() : std::string{};
}

}  // namespace stack::compose
