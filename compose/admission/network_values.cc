#include <algorithm>

#include "base/error.h"
#include "base/model/network_options.h"
#include "base/model/sysctl.h"
#include "compose/admission/number_text.h"
#include "compose/admission/value_rules.h"

namespace stack::compose {
namespace {

void check_mac(const std::string& text, const std::string& attribute, ServiceReport& report) {
  if (text.empty() || is_interface_mac(text)) return;
  report.refuse(attribute,
                "\"" + text + "\" is not a MAC address of an interface; write one such as 02:42:ac:11:00:02");
}

void check_address(const std::string& text, AddressFamily family, const std::string& attribute, ServiceReport& report) {
  if (text.empty() || address_family(text) == family) return;
  const bool v4 = family == AddressFamily::v4;
  report.refuse(attribute,
                "\"" + text + "\" is not an " +
                    (v4 ? "IPv4 address; write one such as 172.20.0.5" : "IPv6 address; write one such as fd00::5"));
}

void check_sysctls(const Mapping& options, const std::string& at, ServiceReport& report) {
  try {
    (void)model::interface_sysctls(options, "eth0");
  } catch (const Error& error) {
    report.refuse(at + std::string{model::kSysctlsOption}, error.message());
  }
}

// What the container whose network is shared decides.
void check_shared(const Service& service, ServiceReport& report) {
  const std::string with = "has no place beside network_mode: " + service.network_mode + ", whose network it is; ";
  const bool of_service = service.network_mode.starts_with("service:");
  const std::string there = of_service ? "set it on the service " + service.network_mode.substr(8) + " instead"
                                       : "set it on that container instead";
  const auto refuse = [&](bool used, const char* attribute) {
    if (used) report.refuse(attribute, with + there);
  };
  refuse(!service.ports.empty(), "ports");
  refuse(!service.expose.empty(), "expose");
  refuse(!service.hostname.empty(), "hostname");
  refuse(!service.dns.empty(), "dns");
  refuse(!service.extra_hosts.empty(), "extra_hosts");
  refuse(!service.links.empty(), "links");
  if (!service.mac_address.empty())
    report.warn("mac_address", "it has no effect with network_mode: " + service.network_mode);
}

}  // namespace

void check_network_modes(const Service& service, ServiceReport& report) {
  const std::string& mode = service.network_mode;
  if (mode.starts_with("service:") || mode.starts_with("container:")) check_shared(service, report);
  if (mode == "host" || mode == "none") {
    if (!service.ports.empty()) {
      report.warn("ports", std::string{"no port is published with network_mode: "} + mode +
                               (mode == "host" ? ": the container's ports are the host's" : ""));
    }
    if (!service.links.empty())
      report.refuse("links", "there are no links with network_mode: " + mode + "; remove them");
    if (!service.mac_address.empty()) report.warn("mac_address", "it has no effect with network_mode: " + mode);
  }
  if (service.uts == "host" && (!service.hostname.empty() || !service.domainname.empty())) {
    report.refuse(service.hostname.empty() ? "domainname" : "hostname",
                  "with uts: host the container has the host's name; remove one of the two");
  }
}

void check_network_places(const Service& service, ServiceReport& report) {
  check_mac(service.mac_address, "mac_address", report);
  for (const auto& [key, settings] : service.networks) {
    if (!settings) continue;
    const std::string at = "networks." + key + ".";
    check_mac(settings->mac_address, at + "mac_address", report);
    check_address(settings->ipv4_address, AddressFamily::v4, at + "ipv4_address", report);
    check_address(settings->ipv6_address, AddressFamily::v6, at + "ipv6_address", report);
    for (std::size_t i = 0; i < settings->link_local_ips.size(); ++i) {
      const std::string& text = settings->link_local_ips[i];
      if (address_family(text) != AddressFamily::none) continue;
      report.refuse(at + "link_local_ips[" + std::to_string(i) + "]",
                    "\"" + text + "\" is not an IP address; write one such as 169.254.8.8");
    }
    check_sysctls(settings->driver_opts, at + "driver_opts.", report);
    if (!settings->interface_name.empty() && !is_interface_name(settings->interface_name)) {
      report.refuse(at + "interface_name",
                    "\"" + settings->interface_name +
                        "\" is not a name of an interface; use at most 15 letters, digits, \".\", \"-\" and \"_\"");
    }
  }
}

}  // namespace stack::compose
