#include "engine/api/creation_check.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/error.h"

namespace stack::api {

namespace {

void refuse(const std::string& why) { throw Error(ErrorKind::invalid, "conflicting options: " + why); }

constexpr std::string_view kOf = "container:";

bool shares(const std::string& mode) { return mode.starts_with(kOf); }

void check_mode(const char* what, const std::string& mode, std::initializer_list<const char*> known, bool may_share) {
  const bool is_known = std::any_of(known.begin(), known.end(), [&](const char* each) { return mode == each; });
  if (mode.empty() || is_known || (may_share && shares(mode) && mode.size() > kOf.size())) return;
  throw Error(ErrorKind::invalid, std::string{"invalid "} + what + " mode: " + mode);
}

bool has_links(const model::ContainerSpec& spec) {
  return std::any_of(spec.networks.begin(), spec.networks.end(), [](const auto& each) { return !each.links.empty(); });
}

}  // namespace

void check_creation(const model::ContainerSpec& spec) {
  check_mode("IPC", spec.ipc_mode, {"none", "private", "shareable", "host"}, true);
  check_mode("PID", spec.pid_mode, {"host"}, true);
  check_mode("UTS", spec.uts_mode, {"host", "private"}, false);
  check_mode("cgroup namespace", spec.cgroup_mode, {"host", "private"}, false);
  if (spec.uts_mode == "host" && !spec.hostname.empty()) refuse("hostname and the UTS mode");
  if (spec.network_mode == "host" && has_links(spec))
    refuse("host type networking can't be used with links. This would result in undefined behavior");
  if (!shares(spec.network_mode)) return;
  if (spec.network_mode.size() == kOf.size())
    throw Error(ErrorKind::invalid, "invalid network mode: invalid container format container:<name|id>");
  if (!spec.hostname.empty()) refuse("hostname and the network mode");
  if (has_links(spec))
    refuse("container type network can't be used with links. This would result in undefined behavior");
  if (!spec.dns.empty()) refuse("dns and the network mode");
  if (!spec.extra_hosts.empty()) refuse("custom host-to-IP mapping and the network mode");
  if (!spec.ports.empty() || spec.publish_all) refuse("port publishing and the container type network mode");
  if (!spec.expose.empty()) refuse("port exposing and the container type network mode");
}

}  // namespace stack::api
