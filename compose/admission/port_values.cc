#include <algorithm>

#include "compose/admission/number_text.h"
#include "compose/admission/value_rules.h"

namespace stack::compose {
namespace {

constexpr std::uint64_t kPortMax = 65535;

bool is_protocol(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text.empty() || text == "tcp" || text == "udp" || text == "sctp";
}

}  // namespace

void check_ports(const Service& service, ServiceReport& report) {
  for (std::size_t i = 0; i < service.ports.size(); ++i) {
    const ServicePort& port = service.ports[i];
    const std::string at = item_of("ports", i);
    if (!port.published.empty() && !number_range(port.published, kPortMax)) {
      report.refuse(at + ".published", "\"" + port.published +
                                           "\" is not a port of the host; write a number from 1 to 65535, a range such as "
                                           "8000-8010, or leave it out for any free port");
    }
    if (!is_protocol(port.protocol)) {
      report.refuse(at + ".protocol", "\"" + port.protocol + "\" is not a protocol of a port; write tcp, udp or sctp");
    }
  }
  for (std::size_t i = 0; i < service.expose.size(); ++i) {
    const std::string& text = service.expose[i];
    const auto slash = text.find('/');
    const auto range = number_range(std::string_view{text}.substr(0, slash), kPortMax);
    if (range && range->first > 0 && (slash == std::string::npos || is_protocol(text.substr(slash + 1)))) continue;
    report.warn(item_of("expose", i),
                "\"" + text + "\" is not a port of the container and has no effect; write 80, 80-90 or 53/udp");
  }
}

}  // namespace stack::compose
