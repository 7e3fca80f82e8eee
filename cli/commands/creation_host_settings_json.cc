#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/given_file.h"
#include "base/model/capability_change.h"
#include "base/model/sysctl.h"
#include "base/split.h"
#include "cli/commands/creation_parts_json.h"
#include "cli/commands/flag_error.h"
#include "cli/commands/flag_values.h"
#include "compose/admission/ulimit_names.h"

namespace stack::cli {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

json pairs(const Words& words) {
  json object = json::object();
  for (const std::string& word : words) {
    const std::size_t equals = std::min(word.find('='), word.size());
    object[word.substr(0, equals)] = equals == word.size() ? "" : word.substr(equals + 1);
  }
  return object;
}

json ulimits(const Words& words) {
  json list = json::array();
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) throw FlagError("ulimit", word, "invalid ulimit argument: " + word);
    if (std::ranges::find(compose::kUlimitNames, word.substr(0, equals)) == compose::kUlimitNames.end())
      throw FlagError("ulimit", word, "invalid ulimit type: " + word.substr(0, equals));
    const Words values = split(word.substr(equals + 1), ':');
    if (values.size() > 2)
      throw FlagError(
          "ulimit", word,
          "too many limit value arguments - " + word.substr(equals + 1) + ", can only have up to two, `soft[:hard]`");
    const auto limit = [&](const std::string& text) {
      try {
        return integer_of_flag("ulimit", text);
      } catch (const FlagError& error) {
        throw FlagError("ulimit", word, error.why());
      }
    };
    const std::int64_t soft = limit(values.front());
    const std::int64_t hard = values.size() == 2 ? limit(values.back()) : soft;
    if (hard != -1 && (soft == -1 || soft > hard))
      throw FlagError("ulimit", word,
                      "ulimit soft limit must be less than or equal to hard limit: " + std::to_string(soft) + " > " +
                          std::to_string(hard));
    list.push_back({{"Name", word.substr(0, equals)}, {"Soft", soft}, {"Hard", hard}});
  }
  return list;
}

void set_capabilities(json& host, const ContainerFlags& f) {
  const model::CapabilityChange change = model::capability_change(f.cap_add, f.cap_drop);
  if (!change.added.empty()) host["CapAdd"] = change.added;
  if (!change.dropped.empty()) host["CapDrop"] = change.dropped;
}

std::string seccomp_profile(const std::string& path) {
  const std::string failed = "opening seccomp profile (" + path + ") failed";
  std::optional<std::string> text;
  try {
    text = read_given_file(path);
  } catch (Error& error) {
    throw error.context(failed);
  }
  if (!text) throw Error::from_errno(ENOENT, failed + ": open " + path);
  const json profile = json::parse(*text, nullptr, false);
  if (profile.is_discarded())
    throw Error(ErrorKind::invalid, "compacting json for seccomp profile (" + path + ") failed: it is not JSON");
  return profile.dump();
}

// A seccomp profile goes to the engine as its text; "systempaths=unconfined" is no option of it.
void add_security(const Words& options, json& host) {
  Words sent;
  for (const std::string& option : options) {
    const std::size_t at = std::min(option.find_first_of("=:"), option.size());
    const std::string name = option.substr(0, at), value = at == option.size() ? "" : option.substr(at + 1);
    if (at == option.size() && name != "no-new-privileges")
      throw Error(ErrorKind::invalid, "Invalid --security-opt: \"" + option + "\"");
    if (name == "seccomp" && value != "unconfined" && value != "builtin") {
      sent.push_back("seccomp=" + seccomp_profile(value));
    } else if (option == "systempaths=unconfined") {
      host["MaskedPaths"] = json::array();
      host["ReadonlyPaths"] = json::array();
    } else {
      sent.push_back(option);
    }
  }
  if (!sent.empty()) host["SecurityOpt"] = sent;
}

void add_sysctls(const Words& words, json& host) {
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    const bool known = model::parse_sysctl(word.substr(0, equals)).scope != model::SysctlScope::none;
    if (equals == std::string::npos || !known) throw FlagError("sysctl", word, "sysctl '" + word + "' is not allowed");
  }
  if (!words.empty()) host["Sysctls"] = pairs(words);
}

void set(json& host, const char* member, const std::string& value) {
  if (!value.empty()) host[member] = value;
}
// A namespace that Docker's client knows the words for.
void set_mode(json& host, const char* member, const char* flag, const char* kind, const std::string& mode) {
  constexpr std::string_view kOf = "container:";
  const bool shared = std::string_view{flag} == "pid" && mode.starts_with(kOf) && mode.size() > kOf.size();
  const bool separate = std::string_view{flag} == "cgroupns" && mode == "private";
  if (!mode.empty() && mode != "host" && !shared && !separate)
    throw Error(ErrorKind::invalid, std::string{"--"} + flag + ": invalid " + kind + " mode");
  set(host, member, mode);
}
void set(json& host, const char* member, const Words& value) {
  if (!value.empty()) host[member] = value;
}

}  // namespace

void add_host_settings(const ContainerFlags& f, json& host) {
  host["AutoRemove"] = f.remove;
  host["Privileged"] = f.privileged;
  host["ReadonlyRootfs"] = f.read_only;
  host["PublishAllPorts"] = f.publish_all;
  if (f.init) host["Init"] = true;
  if (f.oom_kill_disable) host["OomKillDisable"] = true;
  if (f.oom_score_adj) {
    const std::int64_t value = integer_of_flag("oom-score-adj", *f.oom_score_adj);
    host["OomScoreAdj"] = value;
  }
  if (f.shm_size) host["ShmSize"] = bytes_of_flag("shm-size", *f.shm_size);
  set_capabilities(host, f);
  set(host, "GroupAdd", f.group_add);
  set_mode(host, "PidMode", "pid", "PID", f.pid);
  set(host, "IpcMode", f.ipc);
  set_mode(host, "UTSMode", "uts", "UTS", f.uts);
  set_mode(host, "UsernsMode", "userns", "USER", f.userns);
  set_mode(host, "CgroupnsMode", "cgroupns", "CGROUP", f.cgroupns);
  set(host, "CgroupParent", f.cgroup_parent);
  set(host, "Runtime", f.runtime);
  set(host, "Isolation", f.isolation);
  if (!f.ulimits.empty()) host["Ulimits"] = ulimits(f.ulimits);
  if (!f.storage_opts.empty()) host["StorageOpt"] = pairs(f.storage_opts);
  if (!f.annotations.empty()) host["Annotations"] = pairs(f.annotations);
  if (!f.log_driver.empty() || !f.log_opts.empty())
    host["LogConfig"] = {{"Type", f.log_driver}, {"Config", pairs(f.log_opts)}};
  if (f.log_driver == "none" && !f.log_opts.empty())
    throw Error(ErrorKind::invalid, "invalid logging opts for driver none");
  add_sysctls(f.sysctls, host);
  add_security(f.security_opts, host);
}

}  // namespace stack::cli
