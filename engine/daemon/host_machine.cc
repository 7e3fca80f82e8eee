#include "engine/daemon/host_machine.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sys/syscalls.h"
#include "engine/sandbox/apparmor.h"

namespace stack::daemon {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds kModuleWait{1};
constexpr useconds_t kModuleLookUs = 20'000;

}  // namespace

fs::path program_beside_us(const char* name) {
  std::error_code failed;
  const fs::path self = fs::read_symlink("/proc/self/exe", failed);
  if (failed) throw Error::from_errno(failed.value(), "finding the engine's own program");
  for (const fs::path& candidate : {self.parent_path() / name, self.parent_path() / "../libexec/stack" / name}) {
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  throw Error(ErrorKind::not_found, std::string{name} + " is not beside " + self.string())
      .remedy("install stack again");
}

void check_privileges() {
  if (::geteuid() == 0) return;
  throw Error(ErrorKind::not_permitted,
              "the engine needs root: it makes namespaces, mounts, networks and control groups")
      .remedy("run it as root, or with sudo");
}

void check_overlayfs() {
  // Asking for the file system makes the kernel load its module. Of several that ask at once on a freshly booted machine, all but the
  // first get "no such device" while it is being loaded.
  const Mono deadline = SystemClock{}.mono() + kModuleWait;
  do {
    if (sys::fsopen("overlay")) return;
    ::usleep(kModuleLookUs);
  } while (SystemClock{}.mono() < deadline);
  throw Error(ErrorKind::unsupported, "this kernel has no overlayfs, which containers' root file systems are made of")
      .remedy("load it with: modprobe overlay; or boot a kernel with CONFIG_OVERLAY_FS");
}

// Containers run without a profile rather than not at all where its loading fails: they are confined by everything else.
sandbox::HostFacts facts_of_machine(const core::Options& options) {
  sandbox::HostFacts facts = sandbox::gather_host_facts();
  if (!facts.apparmor) return facts;
  try {
    sandbox::load_default_profile({}, options.run / "apparmor");
    facts.apparmor_default = sandbox::kDefaultProfile;
  } catch (const Error& error) {
    log_error("containers run without an AppArmor profile: " + error.message());
  }
  return facts;
}

std::string current_boot() {
  std::string id = read_file("/proc/sys/kernel/random/boot_id").value_or("unknown");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

}  // namespace stack::daemon
