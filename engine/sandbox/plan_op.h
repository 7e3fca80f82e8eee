// The vocabulary that a launch plan and those who play it share: operations and flags. No heap, no other header of the
// plan.
#pragma once

#include <cstdint>

namespace stack::sandbox {

enum class Op : std::uint16_t {
  // Played by the shim, in the host's view.
  make_folder = 1,  // a: path, number: mode; existing is fine
  write_file,       // a: path, b: content, number: mode; replaces, never follows a link
  cgroup_folder,    // a: path; parents are made as well
  cgroup_cpuset,    // a: folder; an empty cpuset.cpus or .mems gets its parent's value
  cgroup_write,     // a: path, b: value; kOptional: a refusal is fine
  // Played by the child before pivot_root.
  self_write,    // a: path below /proc/self, b: value
  bind_source,   // number: slot, a: path, b: subpath or empty, kCreate
  shm_source,    // number: slot: /dev/shm of the process whose ipc namespace is joined
  overlay_root,  // a: where, b: further options or empty; layers, upper and work are the plan's
  // a: type, or shm for the tmpfs of that name, b: target, c: data, number: mount flags; kSystem: no link on the way,
  // parents made
  mount_new,
  attach,     // number: slot, a: target, b: propagation, flags kReadOnly | kSystem...
  tmpfs,      // a: target, c: data, number: mount flags; what the image has there is copied by nobody, mode is kept
  make_node,  // a: path, number: device, flags: mode and type, b: "uid:gid"
  make_link,  // a: path, b: content
  keep_null,  // remembers the container's own /dev/null for masks
  mask,       // a: path; a file gets /dev/null, a folder an empty read-only tmpfs; missing is fine
  read_only_path,  // a: path; missing is fine
  sysctl,          // a: path below /proc/sys, b: value
  working_folder,  // a: path; made when missing
  terminal,        // a new pseudo terminal of the container's own devpts, also as /dev/console
  root_read_only,
  pivot,
  put_file,     // before pivot_root: a: path, b: content, c: "uid:gid", number: mode; kIfMissing
  proc_source,  // as bind_source: number: slot: /proc of the process whose pid namespace is joined
  // After overlay_root, number: slot, a: an empty folder outside of the root, b: subpath or empty, c: the folders of an image's layers,
  // a newline between them, the topmost first: all of them as one tree, which is read-only
  image_source,
  // Played by the shim: a, b: folders that join the project in the flags, number: the bytes that it may have
  storage_limit
};

// Bits of Step::flags.
inline constexpr std::uint64_t kOptional = 1, kCreate = 2, kReadOnly = 4, kSystem = 8, kIfMissing = 16;
// A target in the container's own /proc, one of the files that may be covered.
inline constexpr std::uint64_t kInProc = 32;
// bind_source: without what is mounted below it; attach with kReadOnly: what is mounted below stays writable.
inline constexpr std::uint64_t kAlone = 64, kTopOnly = 128;
// attach: what a mount does not let its files do.
inline constexpr std::uint64_t kNoSuid = 256, kNoDev = 512, kNoExec = 1024;

// Bits of a plan's flags.
enum PlanFlags : std::uint32_t {
  kTty = 1,
  kStdin = 2,
  kInit = 4,
  kNoNewPrivileges = 8,
  kOwnNetwork = 16,
  kLoopbackUp = 32,
  kDnsSockets = 64,
  kNeedsHome = 128,
  kPrivateCgroupns = 256,
  kKillGroup = 512,  // the pid namespace is not the container's own: its end does not kill the rest
  kExec = 1024,
  kPrompt = 2048  // text without a newline is logged at once: clients attach to it
};

}  // namespace stack::sandbox
