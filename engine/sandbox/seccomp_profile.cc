#include "engine/sandbox/seccomp_profile.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/utsname.h>

#include "base/error.h"
#include "engine/sandbox/capabilities.h"
#include "engine/sandbox/seccomp_export.h"

namespace stack::sandbox {
namespace {

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

void check_profile(int rc, const std::string& step) {
  if (rc < 0) throw Error::from_errno(-rc, "compiling the seccomp profile: " + step);
}

bool has_capability(const SeccompSurroundings& around, const std::string& name) {
  for (int number = 0; number < 64; ++number) {
    if ((around.capabilities >> number & 1) == 0) continue;
    if (capability_name(number) == name) return true;
  }
  return false;
}

bool kernel_is(const std::string& wanted, const SeccompSurroundings& around) {
  int major = 0, minor = 0;
  if (std::sscanf(wanted.c_str(), "%d.%d", &major, &minor) != 2)
    throw Error(ErrorKind::invalid, "seccomp profile: minKernel \"" + wanted + "\" is no version");
  return std::pair{around.kernel_major, around.kernel_minor} >= std::pair{major, minor};
}

void add_rule(scmp_filter_ctx context, std::uint32_t action, const std::string& name,
              const std::vector<SeccompCondition>& conditions) {
  const int number = seccomp_syscall_resolve_name(name.c_str());
  if (number == __NR_SCMP_ERROR) return;
  std::vector<scmp_arg_cmp> list;
  for (const SeccompCondition& each : conditions)
    list.push_back({each.index, static_cast<scmp_compare>(each.op), each.value, each.second});
  const int rc = seccomp_rule_add_array(context, action, number, static_cast<unsigned>(list.size()), list.data());
  if (rc != -EDOM && rc != -EEXIST) check_profile(rc, name);
}

void add_rules(scmp_filter_ctx context, const SeccompRule& rule) {
  std::set<std::uint32_t> arguments;
  for (const SeccompCondition& each : rule.conditions) arguments.insert(each.index);
  for (const std::string& name : rule.names) {
    if (arguments.size() == rule.conditions.size()) {
      add_rule(context, rule.action, name, rule.conditions);
    } else {
      for (const SeccompCondition& each : rule.conditions) add_rule(context, rule.action, name, {each});
    }
  }
}

SeccompSurroundings this_machine(std::uint64_t capabilities) {
  SeccompSurroundings around{.capabilities = capabilities, .processor = {}};
#if defined(__x86_64__)
  around.processor = "amd64";
#elif defined(__aarch64__)
  around.processor = "arm64";
#elif defined(__riscv)
  around.processor = "riscv64";
#elif defined(__powerpc64__)
  around.processor = "ppc64le";
#elif defined(__s390x__)
  around.processor = "s390x";
#endif
  utsname names{};
  if (::uname(&names) == 0 && std::sscanf(names.release, "%d.%d", &around.kernel_major, &around.kernel_minor) != 2)
    around.kernel_major = around.kernel_minor = 0;
  return around;
}

// What the profile says of calls that it does not name.
bool refuses(std::uint32_t action) {
  const std::uint32_t kind = action & SECCOMP_RET_ACTION_FULL;
  return kind == (SCMP_ACT_ERRNO(0) & SECCOMP_RET_ACTION_FULL) || kind == SCMP_ACT_KILL ||
         kind == SCMP_ACT_KILL_PROCESS;
}

// The highest number that the profile has an opinion of: newer calls were not known to its authors. As with runc they are not implemented.
std::uint32_t newest_named(const SeccompProfile& profile) {
  std::vector<std::uint32_t> architectures = profile.architectures;
  architectures.push_back(seccomp_arch_native());
  int newest = 0;
  for (const SeccompRule& rule : profile.rules) {
    for (const std::string& name : rule.names) {
      for (const std::uint32_t architecture : architectures) {
        // Those with bits of their own (x32) have the same numbers below them.
        const int number = seccomp_syscall_resolve_name_arch(architecture, name.c_str());
        if (number > newest && number < 0x10000) newest = number;
      }
    }
  }
  return static_cast<std::uint32_t>(newest);
}

}  // namespace

bool counts(const SeccompRule& rule, const SeccompSurroundings& around) {
  const auto has = [&](const std::string& name) { return has_capability(around, name); };
  const auto is = [&](const std::string& processor) { return processor == around.processor; };
  const auto& [caps, processors, kernel] = rule.includes;
  if (!std::all_of(caps.begin(), caps.end(), has)) return false;
  if (!processors.empty() && std::none_of(processors.begin(), processors.end(), is)) return false;
  if (!kernel.empty() && !kernel_is(kernel, around)) return false;
  const SeccompWhen& not_when = rule.excludes;
  if (std::any_of(not_when.capabilities.begin(), not_when.capabilities.end(), has)) return false;
  if (std::any_of(not_when.processors.begin(), not_when.processors.end(), is)) return false;
  return not_when.kernel.empty() || !kernel_is(not_when.kernel, around);
}

std::vector<std::byte> compile_profile(const SeccompProfile& profile, const SeccompSurroundings& around) {
  const Context context(seccomp_init(profile.default_action), &seccomp_release);
  if (!context) throw Error("compiling the seccomp profile: the default action is refused");
  for (const std::uint32_t architecture : profile.architectures) {
    const int rc = seccomp_arch_add(context.get(), architecture);
    if (rc != -EEXIST) check_profile(rc, "architecture");
  }
  check_profile(seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimize");
  for (const SeccompRule& rule : profile.rules) {
    if (rule.action != profile.default_action && counts(rule, around)) add_rules(context.get(), rule);
  }
  return export_filter(context.get(), refuses(profile.default_action) ? not_implemented_above(newest_named(profile))
                                                                      : std::vector<sock_filter>{});
}

std::vector<std::byte> seccomp_program(std::string_view json, std::uint64_t capabilities) {
  constexpr std::size_t kKept = 16;
  static std::mutex mutex;
  static std::map<std::pair<std::string, std::uint64_t>, std::vector<std::byte>> cache;
  const std::lock_guard lock(mutex);
  const std::pair key{std::string{json}, capabilities};
  if (const auto at = cache.find(key); at != cache.end()) return at->second;
  std::vector<std::byte> program = compile_profile(parse_seccomp_profile(json), this_machine(capabilities));
  if (cache.size() >= kKept) cache.clear();
  return cache.emplace(key, std::move(program)).first->second;
}

}  // namespace stack::sandbox
