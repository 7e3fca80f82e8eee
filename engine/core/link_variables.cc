#include "engine/core/link_variables.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "base/model/container_text.h"
#include "base/model/effective_config.h"
#include "base/model/model_words.h"

namespace stack::core {

namespace {

using Variables = std::map<std::string, std::string>;
using Port = std::pair<model::Protocol, std::uint16_t>;

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
  return text;
}

std::string address_of(const model::Container& container) {
  for (const model::Endpoint& endpoint : container.state.endpoints) {
    if (endpoint.network == "bridge") return endpoint.ipv4;
  }
  return {};
}

std::string url(const Port& port, const std::string& address) {
  return std::string{to_word(port.first)} + "://" + address + ":" + std::to_string(port.second);
}

std::string name_of(const std::string& prefix, const Port& port) {
  return prefix + "_PORT_" + std::to_string(port.second) + "_" + upper(std::string{to_word(port.first)});
}

// TCP before others, then the lowest.
const Port& usual_port(const std::set<Port>& ports) {
  return *std::min_element(ports.begin(), ports.end(), [](const Port& a, const Port& b) {
    return std::pair{a.first != model::Protocol::tcp, a.second} < std::pair{b.first != model::Protocol::tcp, b.second};
  });
}

void add_ports(const std::string& prefix, const std::set<Port>& ports, const std::string& address, Variables& to) {
  to[prefix + "_PORT"] = url(usual_port(ports), address);
  for (auto port = ports.begin(); port != ports.end();) {
    auto last = port, next = std::next(port);
    for (; next != ports.end() && next->first == last->first && next->second == last->second + 1; ++next) last = next;
    if (last != port) {
      const std::string range = name_of(prefix, *port);
      to[range + "_START"] = url(*port, address);
      to[range + "_PORT_START"] = std::to_string(port->second);
      to[range + "_END"] = url(*last, address);
      to[range + "_PORT_END"] = std::to_string(last->second);
    }
    for (; port != next; ++port) {
      const std::string one = name_of(prefix, *port);
      to[one] = url(*port, address);
      to[one + "_ADDR"] = address;
      to[one + "_PORT"] = std::to_string(port->second);
      to[one + "_PROTO"] = to_word(port->first);
    }
  }
}

void add_environment(const std::string& prefix, const Link& link, Variables& to) {
  for (const std::string& variable : model::config_of(*link.to, link.image).env) {
    const std::size_t equals = variable.find('=');
    const std::string name = variable.substr(0, equals);
    if (equals != std::string::npos && name != "HOME" && name != "PATH")
      to[prefix + "_ENV_" + name] = variable.substr(equals + 1);
  }
}

}  // namespace

Variables link_variables(const std::string& name, const std::vector<Link>& links) {
  Variables variables;
  for (const Link& link : links) {
    const std::string prefix = upper(link.alias);
    variables[prefix + "_NAME"] = "/" + name + "/" + link.alias;
    std::set<Port> ports;
    for (const model::PortBinding& port : model::offered_ports(*link.to))
      ports.emplace(port.protocol, port.container_port);
    if (!ports.empty()) add_ports(prefix, ports, address_of(*link.to), variables);
    add_environment(prefix, link, variables);
  }
  return variables;
}

}  // namespace stack::core
