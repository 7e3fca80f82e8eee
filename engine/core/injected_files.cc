#include "engine/core/injected_files.h"

#include "engine/base/ids.h"

namespace stack::core {
namespace {

std::string hosts(const model::Container& container, const std::string& hostname) {
  const model::ContainerSpec& spec = container.spec;
  std::string text =
      "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\n"
      "ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";
  std::string gateway = "127.0.0.1";
  for (const model::Endpoint& endpoint : container.state.endpoints) {
    if (endpoint.gateway.empty()) continue;
    gateway = endpoint.gateway;
    break;
  }
  for (const std::string& entry : spec.extra_hosts) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos) continue;
    const std::string address = entry.substr(equals + 1);
    text += (address == "host-gateway" ? gateway : address) + "\t" + entry.substr(0, equals) + "\n";
  }
  for (const model::Endpoint& endpoint : container.state.endpoints) {
    text += endpoint.ipv4 + "\t" + (spec.domainname.empty() ? "" : hostname + "." + spec.domainname + " ") + hostname +
            "\n";
  }
  return text;
}

}  // namespace

std::string effective_hostname(const model::Container& container, const std::string& host_name) {
  if (!container.spec.hostname.empty()) return container.spec.hostname;
  if (container.spec.network_mode == "host" || container.spec.uts_mode == "host") return host_name;
  return std::string{short_id(container.id)};
}

std::vector<sandbox::InjectedFile> injected_files(const model::Container& container, const std::string& hostname,
                                                  const std::string& resolv_conf) {
  // A root file system that is read-only is so here as well.
  const bool read_only = container.spec.read_only;
  return {{.name = "hosts", .target = "/etc/hosts", .content = hosts(container, hostname), .read_only = read_only},
          {.name = "hostname", .target = "/etc/hostname", .content = hostname + "\n", .read_only = read_only},
          {.name = "resolv.conf", .target = "/etc/resolv.conf", .content = resolv_conf, .read_only = read_only}};
}

}  // namespace stack::core
