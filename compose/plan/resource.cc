#include "compose/plan/resource.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

#include <arpa/inet.h>

#include "base/model/protocol_name.h"

namespace stack::compose {
namespace {

using ResourceKind = Resource::Kind;

// Empty stands for every address of the host.
std::string host_address(const std::string& text) {
  const std::string address = canonical_address(text);
  return address == "0.0.0.0" || address == "::" ? std::string{} : address;
}

std::string canonical_mac(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return c == '-' ? ':' : static_cast<char>(std::tolower(c)); });
  return text;
}

Resource resource_of(const model::ContainerSpec& spec, const model::PublishedPort& port) {
  Resource resource{.kind = ResourceKind::host_port,
                    .where = std::string{model::protocol_name(port.protocol)},
                    .what = host_address(port.host_ip),
                    .first = port.host_first,
                    .last = port.host_last,
                    .shared_as = {}};
  if (!spec.service.empty()) {
    resource.shared_as = spec.project + "/" + spec.service + " " + resource.what + ":" +
                         std::to_string(port.host_first) + "-" + std::to_string(port.host_last) + ":" +
                         std::to_string(port.container_port);
  }
  return resource;
}

void add_fixed_addresses(const model::ContainerSpec& spec, std::vector<Resource>& out) {
  for (const model::Attachment& attachment : spec.networks) {
    for (const std::string* address : {&attachment.ipv4_address, &attachment.ipv6_address}) {
      if (!address->empty())
        out.push_back({.kind = ResourceKind::address,
                       .where = attachment.network,
                       .what = canonical_address(*address),
                       .shared_as = {}});
    }
    if (!attachment.mac_address.empty())
      out.push_back({.kind = ResourceKind::mac_address,
                     .where = attachment.network,
                     .what = canonical_mac(attachment.mac_address),
                     .shared_as = {}});
  }
}

void add_place(const model::ContainerSpec& spec, std::vector<Resource>& out) {
  if (spec.service.empty() || spec.one_off) return;
  out.push_back(
      {.kind = ResourceKind::place, .where = spec.service, .what = std::to_string(spec.replica), .shared_as = {}});
}

// The ports that a range, or "any", became; a container that is about to start again has none just now.
void add_chosen_ports(const model::Container& container, const model::PublishedPort& port, std::vector<Resource>& out) {
  bool found = false;
  for (const model::PortBinding& binding : container.state.ports) {
    const bool any = port.host_first == 0;
    if (binding.container_port != port.container_port || binding.protocol != port.protocol) continue;
    if (!any && (binding.host_port < port.host_first || binding.host_port > port.host_last)) continue;
    Resource resource = resource_of(container.spec, port);
    resource.first = resource.last = binding.host_port;
    out.push_back(std::move(resource));
    found = true;
  }
  if (!found && port.host_first != 0) out.push_back(resource_of(container.spec, port));
}

struct Subnet {
  int family = 0;
  std::array<unsigned char, 16> bytes{};
  unsigned prefix = 0;
};

std::optional<Subnet> parse_subnet(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  Subnet subnet;
  const std::string base = text.substr(0, slash);
  subnet.family = base.find(':') == std::string::npos ? AF_INET : AF_INET6;
  if (::inet_pton(subnet.family, base.c_str(), subnet.bytes.data()) != 1) return std::nullopt;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, subnet.prefix);
  const unsigned widest = subnet.family == AF_INET ? 32 : 128;
  if (error != std::errc{} || stop != end || subnet.prefix > widest) return std::nullopt;
  return subnet;
}

bool overlap(const std::string& one, const std::string& other) {
  const auto a = parse_subnet(one), b = parse_subnet(other);
  if (!a || !b || a->family != b->family) return false;
  const unsigned bits = std::min(a->prefix, b->prefix);
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned mask = 0x80U >> (i % 8);
    if ((a->bytes[i / 8] & mask) != (b->bytes[i / 8] & mask)) return false;
  }
  return true;
}

}  // namespace

std::string canonical_address(const std::string& text) {
  const int family = text.find(':') == std::string::npos ? AF_INET : AF_INET6;
  std::array<unsigned char, 16> bytes{};
  char out[INET6_ADDRSTRLEN] = {};
  if (::inet_pton(family, text.c_str(), bytes.data()) != 1) return text;
  return ::inet_ntop(family, bytes.data(), out, sizeof out) == nullptr ? text : out;
}

bool collide(const Resource& a, const Resource& b) {
  if (a.kind != b.kind || a.where != b.where) return false;
  if (a.kind != ResourceKind::host_port) return a.what == b.what;
  if (a.last < b.first || b.last < a.first) return false;
  if (!a.what.empty() && !b.what.empty() && a.what != b.what) return false;
  return a.shared_as.empty() || a.shared_as != b.shared_as;
}

std::vector<Resource> wanted_by(const model::ContainerSpec& spec) {
  std::vector<Resource> out;
  add_place(spec, out);
  for (const model::PublishedPort& port : spec.ports) {
    if (port.host_first != 0) out.push_back(resource_of(spec, port));
  }
  add_fixed_addresses(spec, out);
  return out;
}

std::vector<Resource> held_by(const model::Container& container) {
  std::vector<Resource> out;
  add_place(container.spec, out);
  for (const model::PublishedPort& port : container.spec.ports) {
    if (port.host_first != 0 && port.host_first == port.host_last) {
      out.push_back(resource_of(container.spec, port));
    } else {
      add_chosen_ports(container, port, out);
    }
  }
  add_fixed_addresses(container.spec, out);
  for (const model::Endpoint& endpoint : container.state.endpoints) {
    for (const std::string* address : {&endpoint.ipv4, &endpoint.ipv6}) {
      Resource resource{.kind = ResourceKind::address,
                        .where = endpoint.network,
                        .what = canonical_address(*address),
                        .shared_as = {}};
      if (!address->empty() && std::find(out.begin(), out.end(), resource) == out.end())
        out.push_back(std::move(resource));
    }
  }
  return out;
}

bool collide(const model::NetworkSpec& a, const model::Network& b) {
  return std::any_of(a.pools.begin(), a.pools.end(), [&](const model::IpamPool& wanted) {
    const auto meets = [&](const model::IpamPool& held) { return overlap(wanted.subnet, held.subnet); };
    return std::any_of(b.pools.begin(), b.pools.end(), meets) ||
           std::any_of(b.spec.pools.begin(), b.spec.pools.end(), meets);
  });
}

}  // namespace stack::compose
