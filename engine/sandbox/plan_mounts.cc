#include <algorithm>
#include <array>
#include <optional>

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/model/masked_paths.h"
#include "base/model/sysctl.h"
#include "base/mount_target.h"
#include "engine/sandbox/flat_plan.h"
#include "engine/sandbox/plan_parts.h"

namespace stack::sandbox {
namespace {

constexpr std::int64_t kShmBytes = std::int64_t{64} << 20;
constexpr unsigned long kQuiet = MS_NOSUID | MS_NODEV | MS_NOEXEC;

using model::kReadOnlyPaths;

struct Node {
  const char* path;
  unsigned minor_number;
};
constexpr std::array<Node, 5> kMemoryNodes = {
    {{"/dev/null", 3}, {"/dev/zero", 5}, {"/dev/full", 7}, {"/dev/random", 8}, {"/dev/urandom", 9}}};

std::int64_t flags_of(unsigned long flags) { return static_cast<std::int64_t>(flags); }

struct Attachment {
  std::string target;
  Step step;
};

struct Sources {
  std::vector<Step>& steps;
  std::int64_t next = 0;

  std::int64_t add(Op op, const std::string& path, const std::string& subpath, std::uint64_t flags) {
    const std::int64_t slot = reserve();
    steps.push_back({op, Stage::bind_source, flags, slot, path, subpath});
    return slot;
  }
  std::int64_t reserve() {
    if (next >= static_cast<std::int64_t>(kSlotsMax)) {
      throw Error(ErrorKind::invalid, "a container can have at most " + std::to_string(kSlotsMax) + " mounts");
    }
    return next++;
  }
};

// The target without "." and "..", from every source: files, API clients, images.
std::string checked_target(const std::string& target) {
  std::string clean = clean_target(target);
  const std::string_view fault = target_fault(clean);
  if (!fault.empty()) {
    throw Error(ErrorKind::invalid, "mount target \"" + target + "\" " + std::string(fault));
  }
  return clean;
}

std::uint64_t proc_flag(const std::string& target) { return is_open_proc_file(target) ? kInProc : 0; }

void check_propagation(const model::Mount& mount) {
  for (const char* known : {"", "private", "rprivate", "shared", "rshared", "slave", "rslave"}) {
    if (mount.propagation == known) return;
  }
  throw Error(ErrorKind::invalid, "mount " + mount.target + ": unknown propagation \"" + mount.propagation + "\"");
}

Step tmpfs_step(const model::Mount& mount) {
  unsigned long flags = kQuiet;
  std::string data;
  const auto add = [&](const std::string& option) { data += (data.empty() ? "" : ",") + option; };
  if (mount.tmpfs_size > 0) add("size=" + std::to_string(mount.tmpfs_size));
  if (mount.tmpfs_mode != 0) {
    char octal[16];
    std::snprintf(octal, sizeof octal, "mode=%o", mount.tmpfs_mode & 07777U);
    add(octal);
  }
  struct Flag {
    const char* name;
    unsigned long set, clear;
  };
  constexpr Flag kFlags[] = {{"defaults", 0, 0},
                             {"exec", 0, MS_NOEXEC},
                             {"noexec", MS_NOEXEC, 0},
                             {"suid", 0, MS_NOSUID},
                             {"nosuid", MS_NOSUID, 0},
                             {"dev", 0, MS_NODEV},
                             {"nodev", MS_NODEV, 0},
                             {"ro", MS_RDONLY, 0},
                             {"rw", 0, MS_RDONLY},
                             {"atime", 0, MS_NOATIME},
                             {"noatime", MS_NOATIME, 0},
                             {"diratime", 0, MS_NODIRATIME},
                             {"nodiratime", MS_NODIRATIME, 0},
                             {"relatime", MS_RELATIME, 0},
                             {"norelatime", 0, MS_RELATIME},
                             {"strictatime", MS_STRICTATIME, 0},
                             {"nostrictatime", 0, MS_STRICTATIME},
                             {"sync", MS_SYNCHRONOUS, 0},
                             {"async", 0, MS_SYNCHRONOUS},
                             {"dirsync", MS_DIRSYNC, 0},
                             {"mand", 0, 0}};  // the kernel has no mandatory locks any more
  const std::string& options = mount.tmpfs_options;
  for (std::size_t at = 0; at < options.size();) {
    const std::size_t end = std::min(options.find(',', at), options.size());
    const std::string option = options.substr(at, end - at);
    at = end + 1;
    if (option.empty()) continue;
    const auto* flag = std::ranges::find(kFlags, option, &Flag::name);
    const std::string key = option.substr(0, option.find('='));
    if (flag != std::end(kFlags)) {
      flags = (flags | flag->set) & ~flag->clear;
    } else if (key == "size" || key == "mode" || key == "uid" || key == "gid" || key == "nr_inodes" ||
               key == "nr_blocks" || key == "huge" || key == "mpol") {
      add(option);
    } else {
      throw Error(ErrorKind::invalid, "invalid tmpfs option \"" + option + "\"");
    }
  }
  if (mount.read_only) flags |= MS_RDONLY;
  return {Op::tmpfs, Stage::mount, 0, flags_of(flags), mount.target, {}, data};
}

// `proc`: the slot of another container's /proc, or none.
void add_proc_dev(const LaunchInput& input, std::optional<std::int64_t> proc, const std::string& shm_data, bool own_shm,
                  LaunchPlan& plan) {
  const bool privileged = input.spec.privileged;
  const auto mount_new = [&](const char* type, const char* target, unsigned long flags, std::string data) {
    plan.root.push_back({Op::mount_new, Stage::mount, kSystem, flags_of(flags), type, target, std::move(data)});
  };
  if (proc) {
    plan.root.push_back({Op::attach, Stage::mount, kSystem, *proc, "/proc"});
  } else {
    mount_new("proc", "/proc", kQuiet, "");
  }
  mount_new("tmpfs", "/dev", MS_NOSUID | MS_STRICTATIME, "size=65536k,mode=755");
  mount_new("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
  mount_new("sysfs", "/sys", kQuiet | (privileged ? 0 : MS_RDONLY), "");
  mount_new("mqueue", "/dev/mqueue", kQuiet, "");
  if (own_shm) mount_new("shm", "/dev/shm", kQuiet, shm_data);
}

void add_nodes(const HostFacts& facts, LaunchPlan& plan) {
  const auto node = [&](const std::string& path, unsigned long device, std::uint64_t mode, const std::string& owner) {
    plan.root.push_back({Op::make_node, Stage::device, mode, static_cast<std::int64_t>(device), path, owner});
  };
  for (const Node& one : kMemoryNodes) node(one.path, makedev(1, one.minor_number), S_IFCHR | 0666, "0:0");
  node("/dev/tty", makedev(5, 0), S_IFCHR | 0666, "0:0");
  plan.root.push_back({Op::keep_null, Stage::device, 0, 0, "/dev/null"});
  constexpr std::pair<const char*, const char*> kLinks[] = {{"/dev/fd", "/proc/self/fd"},
                                                            {"/dev/stdin", "/proc/self/fd/0"},
                                                            {"/dev/stdout", "/proc/self/fd/1"},
                                                            {"/dev/stderr", "/proc/self/fd/2"},
                                                            {"/dev/ptmx", "pts/ptmx"}};
  for (const auto& [path, content] : kLinks) {
    plan.root.push_back({Op::make_link, Stage::device, 0, 0, path, content});
  }
  for (const DeviceNode& device : facts.devices) {
    if (device.target.empty() || device.target.front() != '/' || device.target == "/") {
      throw Error(ErrorKind::invalid, "device target \"" + device.target + "\" is not an absolute path");
    }
    // It is there, and what hides paths holds on to it.
    if (device.target == "/dev/null" && !device.block && device.major == 1 && device.minor == 3) continue;
    node(device.target, makedev(device.major, device.minor), (device.block ? S_IFBLK : S_IFCHR) | device.mode,
         std::to_string(device.uid) + ":" + std::to_string(device.gid));
  }
}

void add_cgroup_mounts(const LaunchInput& input, const HostFacts& facts, bool writable, Sources& sources,
                       std::vector<Step>& late) {
  const unsigned long read_only = input.spec.privileged || writable ? 0 : MS_RDONLY;
  if (facts.cgroups.mode == cgroup::Mode::v2) {
    late.push_back({Op::mount_new, Stage::mount, kSystem, flags_of(kQuiet | read_only), "cgroup2", "/sys/fs/cgroup"});
    return;
  }
  const std::string path = effective_cgroup_path(input);
  late.push_back({Op::mount_new, Stage::mount, kSystem, flags_of(kQuiet), "tmpfs", "/sys/fs/cgroup", "mode=755"});
  for (const cgroup::Hierarchy& hierarchy : facts.cgroups.v1) {
    const std::int64_t slot = sources.add(Op::bind_source, hierarchy.mount_point + "/" + path, "", 0);
    const std::string name = hierarchy.mount_point.substr(hierarchy.mount_point.rfind('/') + 1);
    late.push_back(
        {Op::attach, Stage::mount, kSystem | (read_only != 0 ? kReadOnly : 0), slot, "/sys/fs/cgroup/" + name});
    for (const std::string& controller : hierarchy.controllers) {
      if (controller == name || controller.starts_with("name=")) continue;
      late.push_back({Op::make_link, Stage::mount, 0, 0, "/sys/fs/cgroup/" + controller, name});
    }
  }
}

// The tree of an image, as the slot of what is to be attached. `images` are played once the root is there.
std::int64_t image_source(const LaunchInput& input, std::size_t index, Sources& sources, std::vector<Step>& images) {
  const model::Mount& mount = input.spec.mounts[index];
  const auto source = std::ranges::find(input.image_sources, index, &ImageSource::mount_index);
  if (source == input.image_sources.end() || source->layers.empty())
    throw Error(ErrorKind::invalid, "mount " + mount.target + " has no image");
  if (source->layers.size() == 1) return sources.add(Op::bind_source, source->layers.front(), mount.subpath, kAlone);
  std::string layers;
  for (const std::string& layer : source->layers) layers += (layers.empty() ? "" : "\n") + layer;
  const std::int64_t slot = sources.reserve();
  images.push_back({Op::image_source, Stage::bind_source, 0, slot, image_place(input.container_dir), mount.subpath,
                    std::move(layers)});
  return slot;
}

// Mounts and injected files, parents before what lies below them.
std::vector<Attachment> user_mounts(const LaunchInput& input, Sources& sources, std::vector<Step>& images) {
  std::vector<Attachment> all;
  const auto taken = [&](const std::string& target) {
    return std::ranges::any_of(input.spec.mounts,
                               [&](const model::Mount& mount) { return clean_target(mount.target) == target; });
  };
  for (const InjectedFile& file : input.files) {
    if (taken(checked_target(file.target))) continue;
    const std::int64_t slot = sources.add(
        Op::bind_source, (file.folder.empty() ? input.container_dir.string() : file.folder) + "/" + file.name, "", 0);
    all.push_back({file.target, {Op::attach, Stage::mount, file.read_only ? kReadOnly : 0, slot, file.target}});
  }
  for (std::size_t i = 0; i < input.spec.mounts.size(); ++i) {
    model::Mount mount = input.spec.mounts[i];
    mount.target = checked_target(mount.target);
    if (mount.kind == model::MountKind::tmpfs) {
      all.push_back({mount.target, tmpfs_step(mount)});
      continue;
    }
    if (mount.kind == model::MountKind::image) {
      const std::int64_t slot = image_source(input, i, sources, images);
      all.push_back({mount.target, {Op::attach, Stage::mount, kReadOnly, slot, mount.target}});
      continue;
    }
    check_propagation(mount);
    const auto source = std::ranges::find(input.bind_sources, i, &BindSource::mount_index);
    if (source == input.bind_sources.end() || source->host_path.empty() || source->host_path.front() != '/') {
      throw Error(ErrorKind::invalid, "mount " + mount.target + " has no absolute source path");
    }
    const bool create = mount.kind == model::MountKind::bind && mount.create_host_path;
    const std::uint64_t alone = mount.sub_mounts == model::SubMounts::none ? kAlone : 0;
    const std::int64_t slot =
        sources.add(Op::bind_source, source->host_path, mount.subpath, (create ? kCreate : 0) | alone);
    const std::uint64_t top = mount.sub_mounts == model::SubMounts::writable ? kTopOnly : 0;
    const std::uint64_t quiet =
        (source->no_suid ? kNoSuid : 0) | (source->no_dev ? kNoDev : 0) | (source->no_exec ? kNoExec : 0);
    const std::uint64_t flags = (mount.read_only ? kReadOnly : 0) | top | quiet | proc_flag(mount.target);
    all.push_back({mount.target, {Op::attach, Stage::mount, flags, slot, mount.target, mount.propagation}});
  }
  const auto depth = [](const Attachment& one) { return std::ranges::count(one.target, '/'); };
  std::ranges::stable_sort(all, [&](const Attachment& a, const Attachment& b) { return depth(a) < depth(b); });
  return all;
}

void add_sysctls(const LaunchInput& input, LaunchPlan& plan) {
  const auto add = [&](std::string path, const std::string& value) {
    plan.root.push_back({Op::sysctl, Stage::sysctl, 0, 0, std::move(path), value});
  };
  const Share ipc_share = share_of(input.spec.ipc_mode, "ipc");
  const auto& wished = input.spec.sysctls;
  if (input.own_network) {
    // As Docker does: inside its own namespace a container's user may open low ports and send pings.
    const auto sets = [&](const char* path) {
      return std::ranges::any_of(wished, [&](const auto& it) { return model::parse_sysctl(it.first).path == path; });
    };
    if (!sets("net/ipv4/ip_unprivileged_port_start")) add("net/ipv4/ip_unprivileged_port_start", "0");
    if (!sets("net/ipv4/ping_group_range")) add("net/ipv4/ping_group_range", "0 2147483647");
  }
  for (const auto& [name, value] : wished) {
    const model::Sysctl sysctl = model::parse_sysctl(name);
    if (sysctl.scope == model::SysctlScope::none) {
      throw Error(ErrorKind::invalid, "sysctl \"" + name + "\" is not one that a container has for itself");
    }
    // In a namespace that it shares with another container it may set them, for both; the machine's own are not a container's.
    if ((sysctl.scope == model::SysctlScope::network && !input.own_network && !input.join_network_pid) ||
        (sysctl.scope == model::SysctlScope::ipc && ipc_share == Share::host) ||
        (sysctl.scope == model::SysctlScope::host_name && input.spec.uts_mode == "host")) {
      throw Error(ErrorKind::invalid,
                  "sysctl \"" + name + "\" cannot be set: the container shares that of the machine");
    }
    add(sysctl.path, value);
  }
}

}  // namespace

void add_root_steps(const LaunchInput& input, const HostFacts& facts, const SecurityOptions& security,
                    LaunchPlan& plan) {
  const model::ContainerSpec& spec = input.spec;
  const Share ipc = share_of(spec.ipc_mode, "ipc");
  plan.layers = input.layers;
  if (plan.layers.empty() || plan.layers.size() > kSlotsMax) {
    throw Error(ErrorKind::invalid, "an image must have between 1 and " + std::to_string(kSlotsMax) + " layers");
  }
  const int score = spec.resources.oom_score_adj;
  if (score < -1000 || score > 1000) throw Error(ErrorKind::invalid, "oom_score_adj must lie between -1000 and 1000");
  plan.root.push_back({Op::self_write, Stage::oom_score, 0, 0, "oom_score_adj", std::to_string(score)});

  Sources sources{plan.root};
  std::vector<Step> late;
  add_cgroup_mounts(input, facts, security.cgroups_writable, sources, late);
  const bool shm_taken =
      std::ranges::any_of(spec.mounts, [](const model::Mount& mount) { return mount.target == "/dev/shm"; });
  const bool own_shm = ipc == Share::own && !shm_taken && spec.ipc_mode != "none";
  if (ipc == Share::host && !shm_taken) {
    late.push_back({Op::attach, Stage::mount, 0, sources.add(Op::bind_source, "/dev/shm", "", 0), "/dev/shm"});
  } else if (ipc == Share::other && !shm_taken) {
    late.push_back({Op::attach, Stage::mount, 0, sources.add(Op::shm_source, "/dev/shm", "", 0), "/dev/shm"});
  }
  std::optional<std::int64_t> proc;
  if (share_of(spec.pid_mode, "pid") == Share::other) proc = sources.add(Op::proc_source, "/proc", "", 0);
  std::vector<Step> images;
  const std::vector<Attachment> mounts = user_mounts(input, sources, images);

  const char* options = input.becomes_layer ? "redirect_dir=off,metacopy=off,index=off" : "";
  plan.root.push_back({Op::overlay_root, Stage::root_mount, 0, 0, plan.rootfs, options});
  plan.root.insert(plan.root.end(), images.begin(), images.end());
  const std::int64_t shm_bytes = spec.shm_size > 0 ? spec.shm_size : kShmBytes;
  add_proc_dev(input, proc, "mode=1777,size=" + std::to_string(shm_bytes), own_shm, plan);
  add_nodes(facts, plan);
  plan.root.insert(plan.root.end(), late.begin(), late.end());
  for (const Attachment& mount : mounts) plan.root.push_back(mount.step);
  for (const model::GivenFile& file : spec.files) {
    (void)checked_target(file.target);
    plan.root.push_back({Op::put_file, Stage::file, input.first_start ? 0 : kIfMissing, file.mode & 07777, file.target,
                         file.content, std::to_string(file.uid) + ":" + std::to_string(file.gid)});
  }
  add_sysctls(input, plan);
  if (!security.paths_unconfined) {
    for (const char* path : kReadOnlyPaths) plan.root.push_back({Op::read_only_path, Stage::mask, 0, 0, path});
    for (const char* path : model::kMaskedPaths) plan.root.push_back({Op::mask, Stage::mask, 0, 0, path});
    // How often each processor was too hot tells of the work of others.
    for (const std::string& path : facts.heat_folders) plan.root.push_back({Op::mask, Stage::mask, 0, 0, path});
  }
  plan.root.push_back({Op::working_folder, Stage::working_dir, 0, 0, plan.identity.working_dir});
  if (spec.tty) plan.root.push_back({Op::terminal, Stage::terminal});
  if (spec.read_only) plan.root.push_back({Op::root_read_only, Stage::mount});
  plan.root.push_back({Op::pivot, Stage::root_pivot});
}

}  // namespace stack::sandbox
