#include "engine/sandbox/apparmor.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/engine_tree.h"
#include "base/error.h"
#include "base/file.h"
#include "base/sys/syscalls.h"

namespace stack::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kListBytesMax = std::size_t{4} << 20;
constexpr std::size_t kSaidBytesMax = 4096;

fs::path parser_of(const AppArmorPlaces& places) {
  if (!places.parser.empty()) return places.parser;
  for (const char* path : {"/sbin/apparmor_parser", "/usr/sbin/apparmor_parser"}) {
    if (::access(path, X_OK) == 0) return path;
  }
  return {};
}

std::string label_of(const AppArmorPlaces& places) {
  std::string label;
  try {
    label = read_file(places.label, 4096).value_or("");
  } catch (const Error&) {
    // A kernel whose first security module is another one gives EINVAL: then nothing confines the engine.
  }
  // "name (mode)"
  label.resize(std::min(label.find_first_of(" \n"), label.size()));
  return label.empty() ? "unconfined" : label;
}

// A child's status is needed here, and the engine otherwise has children waited for by nobody.
class WaitedFor {
 public:
  WaitedFor() {
    struct sigaction plain {};
    plain.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &plain, &before_);
  }
  WaitedFor(const WaitedFor&) = delete;
  WaitedFor& operator=(const WaitedFor&) = delete;
  ~WaitedFor() { ::sigaction(SIGCHLD, &before_, nullptr); }

 private:
  struct sigaction before_ {};
};

UniqueFd memory_file(const char* name) {
  auto file = sys::memfd(name, MFD_CLOEXEC);
  if (!file) throw Error::from_errno(file.err(), "making a file in memory");
  return std::move(*file);
}

// Runs the parser with `text` as its standard input; throws with what it said when it fails.
void run_parser(const fs::path& parser, const std::string& text) {
  const UniqueFd input = memory_file("apparmor-profile"), said = memory_file("apparmor-said");
  write_all(input, text);
  if (::lseek(input.get(), 0, SEEK_SET) != 0) throw Error::from_errno(errno, "writing the AppArmor profile");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, said.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, said.get(), STDERR_FILENO);
  std::string name = parser.string(), flags = "-Kr";  // no cache, replace
  char* const argv[] = {name.data(), flags.data(), nullptr};
  std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  char* const envp[] = {path.data(), nullptr};
  const WaitedFor guard;
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, parser.c_str(), &actions, nullptr, argv, envp);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw Error::from_errno(failed, "running " + parser.string());
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) throw Error::from_errno(errno, "waiting for " + parser.string());
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  std::string words(kSaidBytesMax, '\0');
  const ssize_t n = ::pread(said.get(), words.data(), words.size(), 0);
  words.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  while (!words.empty() && words.back() == '\n') words.pop_back();
  throw Error("loading the AppArmor profile " + std::string(kDefaultProfile) + ": " + parser.string() +
              (words.empty() ? " failed" : " said: " + words));
}

}  // namespace

std::string profile_text(std::string_view engine_label) {
  const std::string name(kDefaultProfile);
  std::string text = "profile " + name +
                     R"( flags=(attach_disconnected,mediate_deleted) {
  network,
  capability,
  file,
  umount,
  unix,

  # The machine's processes may signal those of containers, and these one another.
  signal (receive) peer=unconfined,
)";
  if (engine_label != "unconfined") text += "  signal (receive) peer=\"" + std::string(engine_label) + "\",\n";
  text += "  signal (send,receive) peer=" + name + R"(,

  # Of /proc: what is of processes may be written, and shared memory's settings below /proc/sys/kernel.
  deny /proc/* w,
  deny /proc/{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s],[^1-9][^0-9][^0-9][^0-9]*}/** w,
  deny /proc/sys/[^k]** w,
  deny /proc/sys/kernel/{?,??,[^s][^h][^m]**} w,
  deny /proc/sysrq-trigger rwklx,
  deny /proc/kcore rwklx,

  deny mount,

  # Of /sys: control groups only.
  deny /sys/[^f]*/** wklx,
  deny /sys/f[^s]*/** wklx,
  deny /sys/fs/[^c]*/** wklx,
  deny /sys/fs/c[^g]*/** wklx,
  deny /sys/fs/cg[^r]*/** wklx,
  deny /sys/firmware/** rwklx,
  deny /sys/devices/virtual/powercap/** rwklx,
  deny /sys/kernel/security/** rwklx,

  # Tracing among containers only, which also keeps ps inside of one from filling the log.
  ptrace (trace,read,tracedby,readby) peer=)" +
          name + ",\n}\n";
  return text;
}

bool lists_profile(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find('\n'), list.size());
    const std::string_view line = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    if (line.starts_with(name) && line.substr(name.size()).starts_with(" (")) return true;
  }
  return false;
}

std::string profile_of_label(std::string_view label) {
  while (!label.empty() && (label.back() == '\n' || label.back() == '\0')) label.remove_suffix(1);
  if (label == "unconfined") return {};
  // The name itself may have brackets.
  if (const std::size_t mode = label.rfind(" ("); mode != std::string_view::npos && label.ends_with(")"))
    label = label.substr(0, mode);
  return std::string{label};
}

int first_child_of(int pid) {
  const std::string number = std::to_string(pid);
  try {
    const auto children = read_file("/proc/" + number + "/task/" + number + "/children", 4096);
    return children ? std::atoi(children->c_str()) : 0;
  } catch (const Error&) {
    return 0;  // the process has gone, or the kernel does not tell
  }
}

std::optional<std::string> profile_of_process(int pid) {
  if (pid <= 0) return std::nullopt;
  const std::string attributes = "/proc/" + std::to_string(pid) + "/attr/";
  const auto read = [](const std::string& file) -> std::optional<std::string> {
    try {
      return read_file(file, 4096);
    } catch (const Error&) {
      return std::nullopt;  // the process has gone, or AppArmor is not at work
    }
  };
  auto label = read(attributes + "apparmor/current");
  // Older kernels have one file for whatever module is at work.
  if (!label && read(AppArmorPlaces{}.enabled.string()).value_or("").starts_with("Y"))
    label = read(attributes + "current");
  if (!label || label->empty()) return std::nullopt;
  return profile_of_label(*label);
}

bool has_apparmor(const AppArmorPlaces& places) {
  try {
    const auto enabled = read_file(places.enabled, 64);
    return enabled && enabled->starts_with("Y") && ::access(places.profiles.c_str(), R_OK) == 0 &&
           !parser_of(places).empty();
  } catch (const Error&) {
    return false;
  }
}

void load_default_profile(const AppArmorPlaces& places, const fs::path& note) {
  const std::string text = profile_text(label_of(places));
  const auto listed = [&] {
    return lists_profile(read_file(places.profiles, kListBytesMax).value_or(""), kDefaultProfile);
  };
  if (read_file(note).value_or("") == text && listed()) return;
  run_parser(parser_of(places), text);
  if (!listed())
    throw Error("loading the AppArmor profile " + std::string(kDefaultProfile) + ": the kernel does not list it");
  replace_file(note, text, Durable::no, tree::kPrivateFile);
}

}  // namespace stack::sandbox
