#include <algorithm>
#include <array>

#include "base/letter_case.h"
#include "compose/check/lint_rules.h"

namespace stack::compose {
namespace {

// Capabilities that do not stop at the container's walls, and the way that each of them opens.
struct Right {
  std::string_view name;
  std::string_view grants;
};
constexpr Right kRights[] = {
    {"ALL", "everything that root of the machine can do"},
    {"SYS_ADMIN",
     "mounting: it can uncover and change the kernel's settings, and so run programs as root of the machine"},
    {"SYS_MODULE", "loading code into the machine's kernel"},
    {"SYS_RAWIO", "reading and writing the machine's memory and devices"},
    {"SYS_BOOT", "restarting the machine"},
    {"DAC_READ_SEARCH", "opening any file of the machine by its number (open_by_handle_at), whatever is mounted"},
    {"BPF", "programs that run in the machine's kernel"},
    {"PERFMON", "reading the memory of the machine's kernel"},
    {"SYSLOG", "reading the messages and addresses of the machine's kernel"},
    {"SYS_TIME", "setting the machine's clock"},
    {"MAC_ADMIN", "changing the rules that confine programs of the machine"},
};
// These reach the machine only where the container shares its namespace.
constexpr Right kWithHostPids[] = {
    {"SYS_PTRACE", "with pid: host it can trace any process of the machine, and so become it"},
    {"KILL", "with pid: host it can end any process of the machine"}};
constexpr Right kWithHostNetwork[] = {
    {"NET_ADMIN", "with network_mode: host it can change the machine's addresses, routes and firewall"}};

std::string plain_name(const std::string& written) {
  const std::string name = upper(written);
  return name.starts_with("CAP_") ? name.substr(4) : name;
}

template <class Rights>
std::string_view grants_of(const Rights& rights, const std::string& name) {
  const auto* found = std::ranges::find(rights, name, &Right::name);
  return found == std::end(rights) ? std::string_view{} : found->grants;
}

void capabilities(const Service& service, LintReport& report) {
  for (std::size_t i = 0; i < service.cap_add.size(); ++i) {
    const std::string name = plain_name(service.cap_add[i]);
    std::string message;
    if (const auto grants = grants_of(kRights, name); !grants.empty()) {
      message = name + " gives the container power over the machine: " + std::string{grants};
    } else if (service.pid == "host" && !grants_of(kWithHostPids, name).empty()) {
      message = grants_of(kWithHostPids, name);
    } else if (service.network_mode == "host" && !grants_of(kWithHostNetwork, name).empty()) {
      message = grants_of(kWithHostNetwork, name);
    }
    if (message.empty()) continue;
    report.add("right_over_host", std::move(message), "remove it, or give it only to images that are trusted like root",
               service, "cap_add[" + std::to_string(i) + "]");
  }
}

}  // namespace

void lint_rights(const Project& project, LintReport& report) {
  each_service(project, [&](const Service& service) {
    if (service.privileged) {
      report.add("right_over_host", "a privileged container can do anything on the machine",
                 "give it the capabilities and devices that it needs instead", service, "privileged");
      return;
    }
    capabilities(service, report);
  });
}

}  // namespace stack::compose
