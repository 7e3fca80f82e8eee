#include "engine/sandbox/launch_stage.h"

#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>

namespace stack::sandbox {
namespace {

constexpr std::array<std::string_view, kStageCount> kPhrases = {
    "starting",
    "reading the launch plan",
    "listening on the shim's socket",
    "making folder",
    "writing file",
    "opening the log",
    "making control group",
    "setting limit",
    "joining control group",
    "setting the device filter",
    "connecting standard streams",
    "creating the process",
    "joining the namespaces of another container",
    "connecting the network",
    "configuring the network",
    "loading the network filter",
    "opening the DNS sockets",
    "setting the host name",
    "opening mount source",
    "opening image layer",
    "mounting the root file system",
    "entering the root file system",
    "preparing mount target",
    "mounting",
    "making device",
    "opening the terminal",
    "hiding",
    "setting sysctl",
    "setting ulimit",
    "setting the OOM score",
    "looking up the user",
    "looking up the group",
    "changing the user",
    "setting capabilities",
    "loading the system call filter",
    "setting the AppArmor profile",
    "entering the working directory",
    "looking up the command",
    "running",
    "waiting for the process",
    "waiting for the engine",
    "checking the shim's bounds",
};

struct LimitKey {
  std::string_view prefix;  // of the control group's file
  std::string_view key;     // of a service
};
constexpr LimitKey kLimitKeys[] = {
    {"memory.max", "mem_limit"},
    {"memory.limit_in_bytes", "mem_limit"},
    {"memory.swap.max", "memswap_limit"},
    {"memory.memsw.", "memswap_limit"},
    {"memory.low", "mem_reservation"},
    {"memory.soft_limit", "mem_reservation"},
    {"memory.swappiness", "mem_swappiness"},
    {"memory.oom", "oom_kill_disable"},
    {"cpu.max", "cpus or cpu_quota"},
    {"cpu.cfs_", "cpus or cpu_quota"},
    {"cpu.rt_", "cpu_rt_runtime"},
    {"cpu.weight", "cpu_shares"},
    {"cpu.shares", "cpu_shares"},
    {"cpuset.", "cpuset"},
    {"pids.", "pids_limit"},
    {"io.", "blkio_config"},
    {"blkio.", "blkio_config"},
    {"devices.", "device_cgroup_rules"},
};

// The key of a service that a limit comes from: "memory.max to 5" is of mem_limit.
std::string_view key_of(std::string_view detail) {
  for (const LimitKey& one : kLimitKeys) {
    if (detail.starts_with(one.prefix)) return one.key;
  }
  return {};
}

std::string first_word(std::string_view text) { return std::string{text.substr(0, text.find(' '))}; }

// What it is about, and what may be wrong behind.
void explain(Error& error, Stage stage, int err, const std::string& detail) {
  if (stage == Stage::bind_source && err == ENOENT) {
    error.remedy("create it, or set create_host_path: true where a volume names it");
  } else if (stage == Stage::mount_target && err != EPERM) {
    error.about("volumes " + detail);
    if (err == ENOTDIR) error.remedy("a part of the target is a file in the image");
  } else if (stage == Stage::mount_target && err == EPERM) {
    error.about("volumes " + detail);
    error.remedy("nothing may be mounted inside the container's own /proc");
  } else if (stage == Stage::clone && err == EAGAIN) {
    error.remedy("the machine's limit of processes is reached");
  } else if (stage == Stage::apparmor && err == ENOENT) {
    error.remedy("the kernel has no profile of that name: load it with apparmor_parser");
    error.about("security_opt");
  } else if (stage == Stage::sysctl) {
    error.about("sysctls." + first_word(detail));
    if (err == ENOENT) error.remedy("this kernel has no such setting, or a container has none of its own");
    if (err == EINVAL || err == ERANGE) error.remedy("the kernel does not take this value");
  } else if (stage == Stage::oom_score) {
    error.about("oom_score_adj");
    if (err == EACCES)
      error.remedy("less than the engine's own score needs CAP_SYS_RESOURCE, which the engine lacks here");
  } else if (stage == Stage::device) {
    error.about("devices");
  } else if (stage == Stage::rlimit) {
    error.about("ulimits." + first_word(detail));
    if (err == EPERM)
      error.remedy("the engine may not set more than its own limit: choose a lower one, or raise the engine's");
  } else if (stage == Stage::cgroup_limit || stage == Stage::device_filter) {
    const std::string_view key = key_of(detail);
    if (!key.empty()) error.context(key);
    error.about(first_word(key));
    if (key == "cpuset")
      error.remedy("name processors and memory nodes that this machine has, and the engine's control group may use");
  }
}

// The system's reason without a capital, as Go writes it.
std::string gos_words(int err) {
  const char* known = strerrordesc_np(err);
  std::string words = known != nullptr ? known : "unknown error";
  words.front() = static_cast<char>(std::tolower(words.front()));
  return words;
}

// A name that is a number is looked for only when no process can have that number.
constexpr const char* kIdsOutOfRange = "uids and gids must be in range 0-2147483647";

bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string_view phrase(Stage stage) {
  const auto index = static_cast<std::int32_t>(stage);
  return index >= 0 && index < kStageCount ? kPhrases[static_cast<std::size_t>(index)] : kPhrases[0];
}

Error launch_error(Stage stage, int err, std::string_view detail) {
  const std::string name(detail);
  switch (stage) {
    case Stage::user:
      if (is_number(name)) return Error(kIdsOutOfRange).about("user");
      return Error("unable to find user " + name + ": no matching entries in passwd file")
          .about("user")
          .remedy("use a numeric user id, or one that the image's /etc/passwd has");
    case Stage::group:
      if (is_number(name)) return Error(kIdsOutOfRange).about("group_add");
      return Error("unable to find group " + name + ": no matching entries in group file")
          .about("group_add")
          .remedy("use a numeric group id, or one that the image's /etc/group has");
    case Stage::lookup:
      if (name.find('/') == std::string::npos) {
        return Error(ErrorKind::no_such_command, "exec: \"" + name + "\": executable file not found in $PATH");
      }
      return Error(ErrorKind::no_such_command, "exec: \"" + name + "\": stat " + name + ": " + gos_words(err));
    case Stage::exec: {
      // Docker's clients look for "permission denied".
      const std::string words = gos_words(err) + (err == EISDIR ? ": permission denied" : "");
      Error error(ErrorKind::not_executable, "exec: \"" + name + "\": " + words);
      if (err == ENOEXEC) error.remedy("the file is for another processor, or a script without a first line #!");
      if (err == EACCES) error.remedy("the file lacks execute permission for the container's user");
      if (err == EISDIR) error.remedy("name a program in the folder");
      if (err == ENOENT) error.remedy("the program's interpreter does not exist in the image");
      return error;
    }
    case Stage::working_dir:
      if (err != ENOENT && err != ENOTDIR) break;
      return Error(ErrorKind::no_such_command, "entering the working directory " + name +
                                                   (err == ENOENT ? ": there is no such folder" : ": it is a file"))
          .about("working_dir");
    case Stage::mount:
      if (err == ENOTDIR) {
        return Error(ErrorKind::invalid, "mounting " + name + ": a folder cannot be mounted over a file")
            .about("volumes " + name)
            .remedy("the target is a file in the image: mount a file there, or name a folder");
      }
      if (err == EISDIR) {
        return Error(ErrorKind::invalid, "mounting " + name + ": a file cannot be mounted over a folder")
            .about("volumes " + name)
            .remedy("the target is a folder in the image: mount a folder there, or name the file in it");
      }
      break;
    case Stage::killed:
      return Error("the container's first process died before it could run");
    case Stage::limit:
      return Error(ErrorKind::unavailable,
                   "too many processes run beside the container's own: 255 were started by exec")
          .remedy("end some of them, or restart the container");
    default:
      break;
  }
  std::string step(phrase(stage));
  if (!name.empty()) step += " " + name;
  Error error = Error::from_errno(err, step);
  explain(error, stage, err, name);
  return error;
}

}  // namespace stack::sandbox
