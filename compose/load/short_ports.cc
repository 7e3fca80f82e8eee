#include <algorithm>
#include <charconv>
#include <cstdint>

#include <arpa/inet.h>

#include "compose/load/short_forms.h"

namespace stack::compose {
namespace {

struct Range {
  std::uint32_t first = 0, last = 0;
  [[nodiscard]] std::uint32_t size() const { return last - first + 1; }
};

std::optional<std::uint32_t> port_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > 65535) return std::nullopt;
  return value;
}

std::optional<Range> port_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = port_number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : port_number(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return Range{*first, *last};
}

bool is_address(const std::string& text) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, text.c_str(), bytes) == 1 || inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

Parsed<std::vector<ShortPort>> wrong(std::string problem) {
  return {{}, std::move(problem), "ports are written [[ip:]published:]target[/protocol]"};
}

}  // namespace

Parsed<std::vector<ShortPort>> parse_ports(std::string_view text) {
  const std::string whole{text};
  std::string protocol = "tcp";
  if (const auto slash = text.rfind('/'); slash != std::string_view::npos) {
    protocol = text.substr(slash + 1);
    for (char& c : protocol) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (protocol != "tcp" && protocol != "udp" && protocol != "sctp") {
      return wrong("\"" + protocol + "\" is not one of the protocols tcp, udp, sctp");
    }
    text = text.substr(0, slash);
  }
  std::string_view target = text, published, address;
  if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
    target = text.substr(colon + 1);
    published = text.substr(0, colon);
    if (const auto second = published.rfind(':'); second != std::string_view::npos) {
      address = published.substr(0, second);
      published = published.substr(second + 1);
    }
  }
  const std::string ip = bare_address(address);
  if (!ip.empty() && !is_address(ip)) return wrong("\"" + ip + "\" is not an IP address");
  const auto targets = port_range(target);
  if (!targets || targets->first == 0)
    return wrong("\"" + std::string{target} + "\" is not a container port or range of ports");
  std::optional<Range> hosts;
  if (!published.empty()) {
    hosts = port_range(published);
    if (!hosts) return wrong("\"" + std::string{published} + "\" is not a host port or range of ports");
    if (targets->size() != hosts->size() && targets->size() != 1) {
      return wrong("the ranges in \"" + whole + "\" have different lengths");
    }
  }
  std::vector<ShortPort> ports;
  for (std::uint32_t i = 0; i < targets->size(); ++i) {
    ShortPort port{ip, {}, protocol, static_cast<std::uint16_t>(targets->first + i)};
    if (hosts) {
      const bool any_of_range = targets->size() == 1 && hosts->size() > 1;
      port.published = any_of_range ? std::to_string(hosts->first) + "-" + std::to_string(hosts->last)
                                    : std::to_string(hosts->first + i);
    }
    ports.push_back(std::move(port));
  }
  // A range comes out in the order of its ports' texts.
  std::ranges::stable_sort(ports, {}, [](const ShortPort& port) { return std::to_string(port.target); });
  return {std::move(ports), {}, {}};
}

}  // namespace stack::compose
