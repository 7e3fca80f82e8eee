#include <algorithm>

#include "compose/admission/number_text.h"
#include "compose/admission/value_rules.h"

namespace stack::compose {
namespace {

constexpr std::size_t kHostNameMax = 64;  // of the kernel

// These texts become lines of /etc/hosts and resolv.conf.
bool has_line_break(const std::string& text) { return text.find_first_of("\n\r") != std::string::npos; }

void check_host_name(const std::string& name, const char* attribute, ServiceReport& report) {
  if (has_line_break(name)) {
    report.refuse(attribute, "a host's name cannot hold a line break");
  } else if (name.size() > kHostNameMax) {
    report.refuse(attribute, "\"" + name + "\" is longer than the 64 characters that a host's name may have");
  }
}

}  // namespace

void check_addresses(const Service& service, ServiceReport& report) {
  for (std::size_t i = 0; i < service.dns.size(); ++i) {
    const std::string address = service.dns[i].substr(0, service.dns[i].find('%'));  // fe80::1%eth0
    if (address_family(address) != AddressFamily::none) continue;
    report.refuse(item_of("dns", i),
                  "\"" + service.dns[i] + "\" is not an IP address of a name server; write one such as 9.9.9.9");
  }
  for (const char* list : {"dns_search", "dns_opt"}) {
    const Strings& texts = std::string_view{list} == "dns_opt" ? service.dns_opt : service.dns_search;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (has_line_break(texts[i])) report.refuse(item_of(list, i), "a word of resolv.conf cannot hold a line break");
    }
  }
  for (const auto& [host, addresses] : service.extra_hosts) {
    if (has_line_break(host)) report.refuse("extra_hosts", "a host's name cannot hold a line break");
    for (const std::string& address : addresses) {
      if (address == "host-gateway" || address_family(address) != AddressFamily::none) continue;
      report.refuse("extra_hosts." + host,
                    "\"" + address + "\" is not an IP address for " + host +
                        "; write one such as 192.168.1.10, or host-gateway for the machine itself");
    }
  }
  check_host_name(service.hostname, "hostname", report);
  check_host_name(service.domainname, "domainname", report);
}

}  // namespace stack::compose
