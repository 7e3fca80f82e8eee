#include "engine/api/system_json.h"

#include <map>

#include "engine/api/api_version.h"
#include "engine/api/codec_json.h"

namespace stack::api {
namespace {

using nlohmann::json;

// A name of Docker's is x.y.z, which clients parse; ours is one as well.
json component(const SystemInfo& info) {
  return {{"Name", "Engine"},
          {"Version", info.version},
          {"Details",
           {{"ApiVersion", kApiVersionMax},
            {"MinAPIVersion", kApiVersionMin},
            {"Arch", go_architecture(info.architecture)},
            {"Os", "linux"},
            {"Experimental", "false"},
            {"KernelVersion", info.kernel},
            {"BuildTime", ""},
            {"GitCommit", ""},
            {"GoVersion", ""}}}};
}

// What clients warn of when it is missing.
void add_abilities(json& value, bool v2) {
  for (const char* name : {"MemoryLimit", "SwapLimit", "CpuCfsPeriod", "CpuCfsQuota", "CPUShares", "CPUSet",
                           "PidsLimit", "IPv4Forwarding"})
    value[name] = true;
  value["KernelMemoryTCP"] = false;
  value["OomKillDisable"] = !v2;
  value["Debug"] = false;
  for (const char* name : {"NFd", "NGoroutines", "NEventsListener"}) value[name] = 0;
}

// What belongs to registries, swarms and other programs.
void add_surroundings(json& value) {
  // Clients look up here where a plain name of an image comes from.
  value["IndexServerAddress"] = "https://index.docker.io/v1/";
  value["RegistryConfig"] = {
      {"IndexConfigs",
       {{"docker.io", {{"Name", "docker.io"}, {"Mirrors", json::array()}, {"Official", true}, {"Secure", true}}}}},
      {"InsecureRegistryCIDRs", {"::1/128", "127.0.0.0/8"}},
      {"Mirrors", nullptr}};
  value["Swarm"] = {
      {"NodeID", ""}, {"NodeAddr", ""},           {"LocalNodeState", "inactive"}, {"ControlAvailable", false},
      {"Error", ""},  {"RemoteManagers", nullptr}};
  for (const char* name : {"ContainerdCommit", "RuncCommit", "InitCommit"}) value[name] = {{"ID", ""}};
}

// The kinds of the layers, which Docker tells of its overlay2.
json driver_status(const SystemInfo& info) {
  return json::array({json::array({"Backing Filesystem", info.file_system}), json::array({"Supports d_type", "true"}),
                      json::array({"Using metacopy", "false"}), json::array({"Native Overlay Diff", "true"}),
                      json::array({"userxattr", "false"})});
}

json security_options(const SystemInfo& info, bool v2) {
  json options = json::array();
  if (info.apparmor) options.push_back("name=apparmor");
  options.push_back("name=seccomp,profile=builtin");
  if (v2) options.push_back("name=cgroupns");
  return options;
}

}  // namespace

std::string go_architecture(const std::string& machine) {
  static const std::map<std::string, std::string> kNames{
      {"x86_64", "amd64"}, {"aarch64", "arm64"}, {"armv7l", "arm"}, {"i686", "386"}};
  const auto found = kNames.find(machine);
  return found == kNames.end() ? machine : found->second;
}

std::string version_json(const SystemInfo& info) {
  return text_of({{"Platform", {{"Name", "stack"}}},
                  {"Components", json::array({component(info)})},
                  {"Version", info.version},
                  {"ApiVersion", kApiVersionMax},
                  {"MinAPIVersion", kApiVersionMin},
                  {"GitCommit", ""},
                  {"GoVersion", ""},
                  {"Os", "linux"},
                  {"Arch", go_architecture(info.architecture)},
                  {"KernelVersion", info.kernel},
                  {"BuildTime", ""}});
}

std::string engine_info_json(const SystemInfo& info, Wall now) {
  const bool v2 = info.cgroup_version == "2";
  json value{{"ID", info.tag},
             {"Containers", info.containers},
             {"ContainersRunning", info.running},
             {"ContainersPaused", info.paused},
             {"ContainersStopped", info.containers - info.running - info.paused},
             {"Images", info.images},
             {"Driver", "overlay2"},
             {"DriverStatus", driver_status(info)},
             {"Plugins",
              {{"Volume", {"local"}},
               {"Network", {"bridge", "host", "ipvlan", "macvlan", "null"}},
               {"Authorization", nullptr},
               {"Log", {"fluentd", "gelf", "journald", "json-file", "local", "none", "syslog"}}}},
             {"SystemTime", rfc3339_nanos(now)},
             {"LoggingDriver", "json-file"},
             {"CgroupDriver", "cgroupfs"},
             {"CgroupVersion", v2 ? "2" : "1"},
             {"KernelVersion", info.kernel},
             {"OperatingSystem", info.operating_system},
             {"OSVersion", ""},
             {"OSType", "linux"},
             {"Architecture", info.architecture},
             {"NCPU", info.processors},
             {"MemTotal", info.memory_bytes},
             {"DockerRootDir", info.root},
             {"HttpProxy", ""},
             {"HttpsProxy", ""},
             {"NoProxy", ""},
             {"Name", info.host_name},
             {"Labels", json::array()},
             {"ExperimentalBuild", false},
             {"ServerVersion", info.version},
             {"Runtimes", {{"runc", {{"path", "stack-shim"}}}, {"io.containerd.runc.v2", {{"path", "stack-shim"}}}}},
             {"DefaultRuntime", "runc"},
             {"FirewallBackend", {{"Driver", "nftables"}}},
             {"LiveRestoreEnabled", true},
             {"Isolation", ""},
             {"InitBinary", "docker-init"},
             {"SecurityOptions", security_options(info, v2)},
             {"Warnings", nullptr},
             {"GenericResources", nullptr},
             {"CDISpecDirs", {"/etc/cdi", "/var/run/cdi"}}};
  add_abilities(value, v2);
  add_surroundings(value);
  return text_of(value);
}

}  // namespace stack::api
