#include "cli/commands/port_place.h"

#include <charconv>
#include <iostream>

#include "base/model/container_text.h"
#include "base/model/protocol_name.h"
#include "cli/commands/replica_choice.h"

namespace stack::cli {
namespace {

std::uint16_t number_of(const std::string& text) {
  std::uint16_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || number == 0)
    throw Error(ErrorKind::invalid, "invalid port \"" + text + "\"").remedy("it is a number from 1 to 65535");
  return number;
}

std::string text_of(const model::PortBinding& binding) {
  const bool six = binding.host_ip.find(':') != std::string::npos;
  return (six ? "[" + binding.host_ip + "]" : binding.host_ip) + ":" + std::to_string(binding.host_port);
}

}  // namespace

int port(Session& session, const PortFlags& flags) {
  const std::uint16_t number = number_of(flags.port);
  const model::Container container = running_replica(session, flags.service, flags.index);
  std::string others;
  for (const model::PortBinding& binding : model::offered_ports(container)) {
    if (binding.host_port == 0) continue;
    const std::string protocol{model::protocol_name(binding.protocol)};
    if (binding.container_port == number && protocol == flags.protocol) {
      std::cout << text_of(binding) << "\n";
      return 0;
    }
    others += (others.empty() ? "" : ", ") + std::to_string(binding.container_port) + "/" + protocol + " at " +
              text_of(binding);
  }
  throw Error(ErrorKind::not_found,
              "no port " + flags.port + "/" + flags.protocol + " for container " + container.spec.name)
      .remedy(others.empty() ? "publish it under ports: in the Compose file" : "published are " + others);
}

}  // namespace stack::cli
