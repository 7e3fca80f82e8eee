#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_map>
#include <utility>

#include <linux/capability.h>
#include <sys/resource.h>

#include "base/ids.h"
#include "base/model/effective_config.h"
#include "base/truth.h"
#include "engine/sandbox/capabilities.h"
#include "engine/sandbox/plan_parts.h"
#include "engine/sandbox/rlimit_names.h"
#include "engine/sandbox/seccomp_filter.h"
#include "engine/sandbox/seccomp_profile.h"

namespace stack::sandbox {
namespace {

constexpr const char* kDefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

constexpr std::string_view kDockersProfile = "docker-default";
constexpr std::uint64_t kFilesSoft = 1024, kFilesHard = 524'288;

std::vector<Rlimit> rlimits_of(const std::map<std::string, model::Ulimit>& ulimits, const HostFacts& facts) {
  std::vector<Rlimit> out;
  // Programs that close every descriptor there could be take minutes with the engine's own limit.
  if (!ulimits.contains("nofile")) {
    const bool any = (facts.own_capabilities >> CAP_SYS_RESOURCE & 1) != 0;
    const std::uint64_t hard = any ? kFilesHard : std::min(kFilesHard, facts.files_hard);
    out.push_back({RLIMIT_NOFILE, std::min(kFilesSoft, hard), hard});
  }
  for (const auto& [name, limit] : ulimits) {
    const auto* known = std::ranges::find(kRlimitNames, std::string_view(name), &RlimitName::name);
    if (known == std::end(kRlimitNames)) throw Error(ErrorKind::invalid, "ulimits: unknown limit \"" + name + "\"");
    const auto value = [&](std::int64_t number) -> std::uint64_t {
      if (number < -1) throw Error(ErrorKind::invalid, "ulimits." + name + " must be -1 (unlimited) or more");
      return number < 0 ? RLIM_INFINITY : static_cast<std::uint64_t>(number);
    };
    const Rlimit made{known->resource, value(limit.soft), value(limit.hard)};
    if (made.soft > made.hard) throw Error(ErrorKind::invalid, "ulimits." + name + ": soft is above hard");
    out.push_back(made);
  }
  return out;
}

std::string_view name_of(std::string_view assignment) { return assignment.substr(0, assignment.find('=')); }

void check_text(const std::string& text, const char* key) {
  if (text.find('\0') != std::string::npos) {
    throw Error(ErrorKind::invalid, std::string(key) + " contains a zero byte");
  }
}

// "1000:50": numbers that no process can have, in Docker's words.
void check_ids(const std::string& user) {
  constexpr std::int64_t kMost = 2147483647;
  std::string rest = user + ":";
  for (std::size_t end = rest.find(':'); end != std::string::npos; end = rest.find(':')) {
    const std::string id = rest.substr(0, end);
    rest.erase(0, end + 1);
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (stop == id.data() || stop != id.data() + id.size()) continue;
    if (error != std::errc{} || number < 0 || number > kMost)
      throw Error(ErrorKind::invalid, "uids and gids must be in range 0-2147483647");
  }
}

}  // namespace

SecurityOptions security_options(const model::ContainerSpec& spec, const HostFacts& facts) {
  SecurityOptions out;
  out.apparmor = facts.apparmor_default;
  bool chosen = false;  // a profile of AppArmor
  for (const std::string& option : spec.security_opt) {
    const std::size_t at = option.find_first_of("=:");
    const std::string key = option.substr(0, at);
    const std::string value = at == std::string::npos ? std::string() : option.substr(at + 1);
    if (key == "no-new-privileges" && (value.empty() || parse_truth(value))) {
      out.no_new_privileges = value.empty() || *parse_truth(value);
    } else if (key == "seccomp" && (value == "unconfined" || value == "builtin")) {
      out.seccomp_unconfined = value == "unconfined";
    } else if (key == "seccomp" && value.starts_with('{')) {
      out.seccomp_profile = value;  // whoever uses it judges it
    } else if (key == "writable-cgroups" && parse_truth(value)) {
      out.cgroups_writable = *parse_truth(value);
    } else if (key == "systempaths" && value == "unconfined") {
      out.paths_unconfined = true;
    } else if (key == "apparmor" && value == "unconfined") {
      out.apparmor.clear();
      chosen = true;
    } else if (key == "apparmor" && value == kDockersProfile && (!facts.apparmor || !facts.apparmor_default.empty())) {
      out.apparmor = facts.apparmor_default;  // the rules are the same; without AppArmor Docker has none either
      chosen = true;
    } else if (key == "apparmor" && facts.apparmor && !value.empty()) {
      out.apparmor = value;
      chosen = true;
    } else if (key == "label") {
      continue;  // processes are not labelled, which loading the file has said
    } else {
      throw Error(ErrorKind::unsupported, "security_opt \"" + option.substr(0, 80) + "\" is not supported")
          .remedy(
              "supported are no-new-privileges, seccomp=unconfined or a profile, systempaths=unconfined, "
              "writable-cgroups" +
              std::string(facts.apparmor ? " and apparmor=PROFILE" : "; this machine has no AppArmor"));
    }
  }
  if (spec.privileged) {
    // Profiles that somebody chose hold for it too.
    out.seccomp_unconfined = out.seccomp_profile.empty();
    out.paths_unconfined = true;
    if (!chosen) out.apparmor.clear();
  }
  return out;
}

std::vector<std::byte> call_filter(const SecurityOptions& security, std::uint64_t capabilities) {
  if (security.seccomp_unconfined) return {};
  if (security.seccomp_profile.empty()) return seccomp_program(capabilities);
  return seccomp_program(security.seccomp_profile, capabilities);
}

bool has_variable(const std::vector<std::string>& env, std::string_view name) {
  return std::ranges::any_of(env, [&](const std::string& entry) { return name_of(entry) == name; });
}

void merge_environment(std::vector<std::string>& env, const std::vector<std::string>& additions) {
  std::unordered_map<std::string, std::size_t> places;  // of each name in env; a container may have a hundred thousand
  for (std::size_t i = 0; i < env.size(); ++i) places.emplace(name_of(env[i]), i);
  constexpr const char* kGone = "";  // no variable is empty
  for (const std::string& addition : additions) {
    const std::string name{name_of(addition)};
    if (name.empty()) throw Error(ErrorKind::invalid, "environment: a variable has no name");
    check_text(addition, "environment");
    const auto place = places.find(name);
    if (addition.find('=') == std::string::npos) {
      if (place == places.end()) continue;
      env[place->second] = kGone;
      places.erase(place);
    } else if (place != places.end()) {
      env[place->second] = addition;
    } else {
      places.emplace(name, env.size());
      env.push_back(addition);
    }
  }
  std::erase(env, kGone);
}

std::vector<std::string> effective_command(const model::ContainerSpec& spec, const model::ImageConfig& image) {
  std::vector<std::string> argv = spec.entrypoint ? *spec.entrypoint : image.entrypoint;
  // As Docker has it: an empty command is none, and an entrypoint of one's own also puts the image's command away unless it
  // is empty itself; one empty word only puts the image's away.
  const bool own_entrypoint = spec.entrypoint && !spec.entrypoint->empty();
  const bool own_command = spec.command && !spec.command->empty();
  if (argv.size() == 1 && argv.front().empty()) argv.clear();
  if (own_command) {
    argv.insert(argv.end(), spec.command->begin(), spec.command->end());
  } else if (!own_entrypoint) {
    argv.insert(argv.end(), image.command.begin(), image.command.end());
  }
  return argv;
}

std::vector<std::string> effective_environment(const model::ContainerSpec& spec, const model::ImageConfig& image,
                                               const std::string& hostname) {
  std::vector<std::string> env = {kDefaultPath, "HOSTNAME=" + hostname};
  if (spec.tty) env.emplace_back("TERM=xterm");
  std::vector<std::string> own, layered;
  for (const auto& [name, value] : model::ordered_environment(spec)) {
    if (name.find('=') != std::string::npos)
      throw Error(ErrorKind::invalid, "environment: name \"" + name + "\" has a =");
    own.push_back(value ? name + "=" + *value : name);
  }
  for (const std::string& entry : image.env) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos || equals == 0 || spec.environment.contains(entry.substr(0, equals))) continue;
    layered.push_back(entry);
  }
  // In dockerd's order: the image's follow the container's own.
  merge_environment(env, own);
  merge_environment(env, layered);
  return env;
}

std::string effective_hostname(const LaunchInput& input) {
  return input.spec.hostname.empty() ? std::string(short_id(input.id)) : input.spec.hostname;
}

std::uint64_t grantable(const HostFacts& facts) {
  const std::uint64_t last = facts.last_capability;
  const std::uint64_t known = last >= 63 ? ~std::uint64_t{0} : (std::uint64_t{1} << (last + 1)) - 1;
  return known & facts.own_capabilities;
}

void check_rights(const model::ContainerSpec& spec, const HostFacts& facts) {
  const SecurityOptions security = security_options(spec, facts);
  if (!security.seccomp_profile.empty()) (void)parse_seccomp_profile(security.seccomp_profile);
  (void)capability_set(spec.cap_add, spec.cap_drop, spec.privileged, grantable(facts));
  (void)rlimits_of(spec.ulimits, facts);
}

Identity make_identity(const LaunchInput& input, const HostFacts& facts, const SecurityOptions& security) {
  const model::ContainerSpec& spec = input.spec;
  Identity identity;
  identity.argv = effective_command(spec, input.image);
  if (identity.argv.empty() || identity.argv.front().empty()) {
    throw Error(ErrorKind::invalid, "no command specified: neither the service nor its image says what to run");
  }
  for (const std::string& argument : identity.argv) check_text(argument, "command");
  identity.env = effective_environment(spec, input.image, effective_hostname(input));
  identity.user = spec.user.empty() ? input.image.user : spec.user;
  identity.groups = spec.group_add;
  identity.working_dir = spec.working_dir.empty() ? input.image.working_dir : spec.working_dir;
  if (identity.working_dir.empty()) identity.working_dir = "/";
  if (identity.working_dir.front() != '/') {
    throw Error(ErrorKind::invalid, "working_dir \"" + identity.working_dir + "\" is not an absolute path");
  }
  check_text(identity.user, "user");
  check_ids(identity.user);
  check_text(identity.working_dir, "working_dir");
  identity.capabilities = capability_set(spec.cap_add, spec.cap_drop, spec.privileged, grantable(facts));
  identity.last_capability = facts.last_capability;
  identity.seccomp = call_filter(security, identity.capabilities);
  identity.apparmor = security.apparmor;
  identity.rlimits = rlimits_of(spec.ulimits, facts);
  return identity;
}

}  // namespace stack::sandbox
