#include "engine/scope/creation_limits.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"

namespace stack::scope {
namespace {

constexpr std::string_view kContainer = "container:";
// They are everybody's, and nobody reaches another there by more than an address.
constexpr std::array<std::string_view, 4> kSharedNetworks{"", "bridge", "default", "none"};
// What a network sets for itself alone.
constexpr std::array<std::string_view, 4> kOwnNetworkOptions{
    "com.docker.network.bridge.enable_icc", "com.docker.network.bridge.enable_ip_masquerade",
    "com.docker.network.driver.mtu", "com.docker.network.enable_ipv6"};
constexpr std::array<std::string_view, 4> kOwnLogs{"", "json-file", "local", "none"};

[[noreturn]] void refuse_field(const std::string& what) {
  throw Error(ErrorKind::not_permitted, what + " is not permitted at the socket of a project")
      .remedy("leave it out, or have the container made from outside");
}

class Check {
 public:
  Check(const model::ContainerSpec& spec, const std::string& project, const Owners& owners)
      : spec_(spec), project_(project), owners_(owners) {}

  void rights() const {
    if (spec_.privileged) refuse_field("Privileged");
    if (!spec_.devices.empty()) refuse_field("Devices");
    if (!spec_.device_requests.empty()) refuse_field("DeviceRequests");
    if (!spec_.device_rules.empty()) refuse_field("DeviceCgroupRules");
    if (!spec_.cap_add.empty()) refuse_field("CapAdd");
    for (const std::string& option : spec_.security_opt) {
      if (!option.starts_with("no-new-privileges"))
        refuse_field("SecurityOpt \"" + option.substr(0, option.find('{')) + "\"");
    }
    if (!spec_.cgroup_parent.empty()) refuse_field("CgroupParent");
    if (spec_.resources.oom_score_adj < 0) refuse_field("OomScoreAdj below 0");
    if (std::ranges::find(kOwnLogs, spec_.log.driver) == kOwnLogs.end()) refuse_field("LogConfig " + spec_.log.driver);
  }

  void namespaces() const {
    const std::pair<const char*, const std::string&> modes[] = {
        {"NetworkMode", spec_.network_mode}, {"PidMode", spec_.pid_mode},         {"IpcMode", spec_.ipc_mode},
        {"UTSMode", spec_.uts_mode},         {"CgroupnsMode", spec_.cgroup_mode}, {"UsernsMode", spec_.userns_mode}};
    for (const auto& [field, mode] : modes) {
      if (mode == "host") refuse_field(std::string{field} + " host");
      if (mode.starts_with(kContainer)) own("container", mode.substr(kContainer.size()), owners_.container);
    }
  }

  void mounts() const {
    for (const model::Mount& mount : spec_.mounts) {
      if (mount.kind == model::MountKind::bind) refuse_field("a mount of " + mount.source + ", which is the host's,");
      if (mount.kind == model::MountKind::volume && !mount.source.empty()) volume(mount.source);
    }
    for (const std::string& from : spec_.volumes_from)
      own("container", from.substr(0, from.find(':')), owners_.container);
  }

  void networks() const {
    for (const model::Attachment& attachment : spec_.networks) {
      const bool shared = std::ranges::find(kSharedNetworks, attachment.network) != kSharedNetworks.end();
      if (!shared) own("network", attachment.network, owners_.network);
      // There they bring the environment of the other one.
      if (shared && !attachment.links.empty()) refuse_field("Links");
    }
  }

 private:
  void own(const char* kind, const std::string& name,
           const std::function<std::string(const std::string&)>& owner) const {
    if (owner(name) != project_) throw_stranger(kind, name, project_);
  }

  // One that is made by the way would be nobody's.
  void volume(const std::string& name) const {
    try {
      own("volume", name, owners_.volume);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;
      throw Error(ErrorKind::not_permitted, "volume " + name + " does not exist").remedy("create it first");
    }
  }

  const model::ContainerSpec& spec_;
  const std::string& project_;
  const Owners& owners_;
};

}  // namespace

void check_creation(const api::ContainerCreation& creation, const std::string& project, const Owners& owners) {
  const Check check{creation.spec, project, owners};
  check.rights();
  check.namespaces();
  check.mounts();
  check.networks();
  for (const model::VolumeSpec& volume : creation.volumes) check_volume(volume);
}

void check_volume(const model::VolumeSpec& spec) {
  if (!spec.driver_opts.empty()) refuse_field("DriverOpts of volume " + spec.name);
}

void check_network(const model::NetworkSpec& spec) {
  if (!spec.driver.empty() && spec.driver != "bridge") refuse_field("Driver " + spec.driver);
  if (!spec.pools.empty()) refuse_field("IPAM Config");
  for (const auto& [name, value] : spec.driver_opts) {
    if (std::ranges::find(kOwnNetworkOptions, name) == kOwnNetworkOptions.end()) refuse_field("Options " + name);
  }
}

void check_name(const std::string& kind, const std::string& name, const std::string& project) {
  constexpr std::size_t kShortId = 12;
  std::string_view own = name;
  if (own.starts_with('/')) own.remove_prefix(1);
  if (own.empty()) return;
  const bool recreated = own.size() > kShortId && own[kShortId] == '_' &&
                         own.substr(0, kShortId).find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (recreated) own.remove_prefix(kShortId + 1);
  const bool begins = own.starts_with(project);
  own.remove_prefix(begins ? project.size() : 0);
  if (begins && (own.empty() || own.front() == '-' || own.front() == '_')) return;
  throw Error(ErrorKind::not_permitted,
              "the " + kind + " name " + name + " is not permitted at the socket of project " + project)
      .remedy("begin it with " + project + "-");
}

void throw_stranger(const std::string& kind, const std::string& name, const std::string& project) {
  throw Error(ErrorKind::not_permitted, kind + " " + name + " is not part of project " + project)
      .remedy("this socket is for what the project owns");
}

}  // namespace stack::scope
