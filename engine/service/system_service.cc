#include "engine/service/system_service.h"

#include <linux/magic.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/core/container_record.h"
#include "engine/image/image_store.h"
#include "netns/network.h"

namespace stack::service {
namespace {

constexpr std::uint32_t kZfsMagic = 0x2fc12fc1;

std::string operating_system() {
  const std::string text = read_file("/etc/os-release").value_or("");
  const std::string key = "PRETTY_NAME=\"";
  const std::size_t at = text.find(key);
  if (at == std::string::npos) return "Linux";
  const std::size_t begin = at + key.size();
  return text.substr(begin, text.find('"', begin) - begin);
}

// As Docker calls it.
std::string file_system_of(const std::string& folder) {
  struct statfs about {};
  if (::statfs(folder.c_str(), &about) != 0) return "<unknown>";
  switch (static_cast<std::uint32_t>(about.f_type)) {
    case EXT4_SUPER_MAGIC:
      return "extfs";
    case XFS_SUPER_MAGIC:
      return "xfs";
    case BTRFS_SUPER_MAGIC:
      return "btrfs";
    case TMPFS_MAGIC:
      return "tmpfs";
    case F2FS_SUPER_MAGIC:
      return "f2fs";
    case OVERLAYFS_SUPER_MAGIC:
      return "overlayfs";
    case kZfsMagic:
      return "zfs";
    default:
      return "<unknown>";
  }
}

const char* cgroup_text(cgroup::Mode mode) {
  switch (mode) {
    case cgroup::Mode::v2:
      return "2";
    case cgroup::Mode::v1:
      return "1";
    case cgroup::Mode::hybrid:
      return "1 (hybrid)";
  }
  return "2";
}

}  // namespace

api::SystemInfo System::info() {
  core::Context& context = engine_.context();
  utsname name{};
  ::uname(&name);
  struct sysinfo memory {};
  ::sysinfo(&memory);
  api::SystemInfo info{.version = STACK_VERSION,
                       .root = context.options.root.string(),
                       .run = context.options.run.string(),
                       .tag = context.options.tag,
                       .kernel = name.release,
                       .cgroup_version = cgroup_text(context.facts.cgroups.mode),
                       .operating_system = operating_system(),
                       .architecture = name.machine,
                       .host_name = name.nodename};
  info.apparmor = context.facts.apparmor;
  info.file_system = file_system_of(info.root);
  info.pid = ::getpid();
  info.processors = ::sysconf(_SC_NPROCESSORS_ONLN);
  info.memory_bytes = static_cast<std::int64_t>(memory.totalram) * memory.mem_unit;
  info.containers = static_cast<std::int64_t>(engine_.containers().by_id().size());
  for (const auto& [id, container] : engine_.containers().by_id()) {
    const model::ContainerState& state = container->row().state;
    if (state.status == model::Status::paused) ++info.paused;
    if (state.status != model::Status::paused && model::is_alive(state)) ++info.running;
  }
  info.images = static_cast<std::int64_t>(context.images.list().size());
  info.networks = static_cast<std::int64_t>(engine_.networks().by_name().size());
  info.volumes = static_cast<std::int64_t>(engine_.volumes().by_name().size());
  info.started = started_;
  return info;
}

std::vector<std::string> System::remains() {
  std::vector<std::string> out;
  std::size_t running = 0;
  for (const auto& [id, container] : engine_.containers().by_id()) {
    if (model::is_alive(container->row().state)) ++running;
  }
  if (running > 0) {
    out.push_back(std::to_string(running) + (running == 1 ? " container runs" : " containers run") +
                  " on, with the networks and the packet filter's rules that they need");
    return out;
  }
  try {
    if (std::string kept = engine_.context().network.remains(); !kept.empty()) out.push_back(std::move(kept));
  } catch (const Error& error) {
    out.push_back("what stays of the network is not known: " + error.message());
  }
  return out;
}

}  // namespace stack::service
