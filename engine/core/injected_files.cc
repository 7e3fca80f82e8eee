#include "engine/core/injected_files.h"

#include <algorithm>
#include <sstream>
#include <string_view>

#include "base/ids.h"

namespace stack::core {
namespace {

// A line for each address of the container, its end included.
std::vector<std::string> address_lines(const std::vector<model::Endpoint>& endpoints, const model::ContainerSpec& spec,
                                       const std::string& hostname) {
  std::vector<std::string> lines;
  // The whole name and then its first label, as Docker writes them.
  const std::string whole = spec.domainname.empty() ? hostname : hostname + "." + spec.domainname;
  const std::string label = hostname.substr(0, hostname.find('.'));
  const std::string names = whole == label ? whole : whole + " " + label;
  for (const model::Endpoint& endpoint : endpoints) {
    for (const std::string& address : {endpoint.ipv4, endpoint.ipv6}) {
      if (!address.empty()) lines.push_back(address + "\t" + names + "\n");
    }
  }
  return lines;
}

std::string hosts(const model::Container& container, const std::string& hostname, const std::string& host_hosts) {
  const model::ContainerSpec& spec = container.spec;
  std::string text =
      "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\n"
      "ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";
  if (spec.network_mode == "host" && !host_hosts.empty()) {
    text = host_hosts;
    if (!text.ends_with('\n')) text += '\n';
  }
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
  for (const std::string& line : address_lines(container.state.endpoints, spec, hostname)) text += line;
  return text;
}

}  // namespace

std::string effective_hostname(const model::Container& container, const std::string& host_name) {
  if (!container.spec.hostname.empty()) return container.spec.hostname;
  if (container.spec.network_mode == "host" || container.spec.uts_mode == "host") return host_name;
  return std::string{short_id(container.id)};
}

std::string hosts_after(const std::string& text, const std::vector<model::Endpoint>& before,
                        const model::Container& now, const std::string& hostname) {
  const std::vector<std::string> old = address_lines(before, now.spec, hostname);
  std::vector<std::string> wanted = address_lines(now.state.endpoints, now.spec, hostname);
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    line += "\n";
    const bool stays = std::erase(wanted, line) > 0;
    if (stays || std::find(old.begin(), old.end(), line) == old.end()) out += line;
  }
  for (const std::string& line : wanted) out += line;
  return out;
}

std::string resolv_conf_of(const model::ContainerSpec& spec, const std::string& host_resolv_conf) {
  if (spec.dns.empty() && spec.dns_search.empty() && spec.dns_options.empty()) return host_resolv_conf;
  // A wish replaces what the host says of the same kind.
  const auto replaced = [&](std::string_view word) {
    return (word == "nameserver" && !spec.dns.empty()) || (word == "search" && !spec.dns_search.empty()) ||
           (word == "options" && !spec.dns_options.empty());
  };
  const auto joined = [](const char* word, const std::vector<std::string>& list) {
    std::string line = word;
    for (const std::string& item : list) line += " " + item;
    return line + "\n";
  };
  std::string text;
  for (const std::string& server : spec.dns) text += "nameserver " + server + "\n";
  std::istringstream lines(host_resolv_conf);
  for (std::string line; std::getline(lines, line);) {
    if (!replaced(line.substr(0, line.find_first_of(" \t")))) text += line + "\n";
  }
  const bool none = spec.dns_search.size() == 1 && spec.dns_search.front() == ".";
  if (!spec.dns_search.empty() && !none) text += joined("search", spec.dns_search);
  if (!spec.dns_options.empty()) text += joined("options", spec.dns_options);
  return text;
}

std::vector<sandbox::InjectedFile> injected_files(const model::Container& container, const std::string& hostname,
                                                  const std::string& resolv_conf, const std::string& host_hosts) {
  // A root file system that is read-only is so here as well.
  const bool read_only = container.spec.read_only;
  return {{.name = "hosts",
           .target = "/etc/hosts",
           .content = hosts(container, hostname, host_hosts),
           .read_only = read_only},
          {.name = "hostname", .target = "/etc/hostname", .content = hostname + "\n", .read_only = read_only},
          {.name = "resolv.conf", .target = "/etc/resolv.conf", .content = resolv_conf, .read_only = read_only}};
}

}  // namespace stack::core
