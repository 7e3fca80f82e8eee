#include <algorithm>
#include <cctype>

#include "cli/commands/api_socket.h"
#include "cli/commands/creation_parts_json.h"
#include "cli/commands/flag_error.h"
#include "cli/commands/flag_values.h"

namespace stack::cli {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

bool has_health_options(const ContainerFlags& f) {
  return f.health_cmd || f.health_interval || f.health_timeout || f.health_start_period || f.health_start_interval ||
         f.health_retries;
}

void add_health(const ContainerFlags& f, json& config) {
  if (f.no_healthcheck) {
    if (has_health_options(f)) throw Error(ErrorKind::invalid, "--no-healthcheck conflicts with --health-* options");
    config["Healthcheck"] = {{"Test", {"NONE"}}};
    return;
  }
  if (!has_health_options(f)) return;
  json health = json::object();
  if (f.health_cmd && !f.health_cmd->empty()) health["Test"] = {"CMD-SHELL", *f.health_cmd};
  const auto duration = [&](const char* member, const char* flag, const std::optional<std::string>& text) {
    const std::int64_t nanos = duration_of_flag(flag, text);
    if (nanos < 0) throw Error(ErrorKind::invalid, "--" + std::string{flag} + " cannot be negative");
    health[member] = nanos;
  };
  duration("Interval", "health-interval", f.health_interval);
  duration("Timeout", "health-timeout", f.health_timeout);
  duration("StartPeriod", "health-start-period", f.health_start_period);
  duration("StartInterval", "health-start-interval", f.health_start_interval);
  if (f.health_retries) {
    const std::int64_t retries = integer_of_flag("health-retries", *f.health_retries);
    if (retries < 0) throw Error(ErrorKind::invalid, "--health-retries cannot be negative");
    health["Retries"] = retries;
  }
  config["Healthcheck"] = std::move(health);
}

Words environment(const ContainerFlags& f) {
  Words env = lines_of_files(f.env_files);
  for (std::string& word : environment_of(f.env)) env.push_back(std::move(word));
  return env;
}

std::map<std::string, std::string> all_labels(const ContainerFlags& f) {
  std::map<std::string, std::string> labels = labels_of(lines_of_files(f.label_files));
  for (auto& [name, value] : labels_of(f.labels)) labels[name] = value;
  return labels;
}

json restart_policy(const std::string& text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  json policy{{"Name", text.substr(0, colon)}};
  if (colon == text.size()) return policy;
  const std::string count = text.substr(colon + 1);
  const auto digits = count.begin() + (count.starts_with('-') ? 1 : 0);  // the engine refuses negative ones
  const bool number =
      digits != count.end() && std::all_of(digits, count.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  if (colon == 0) throw Error(ErrorKind::invalid, "invalid restart policy format: no policy provided before colon");
  if (!number || count.size() > 9)
    throw Error(ErrorKind::invalid, "invalid restart policy format: maximum retry count must be an integer");
  policy["MaximumRetryCount"] = std::stoi(count);
  return policy;
}

}  // namespace

AttachedStreams attached_streams(const ContainerFlags& f, bool detached) {
  AttachedStreams streams;
  for (const std::string& word : f.attach) {
    std::string name;
    for (const char c : word) name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (name != "stdin" && name != "stdout" && name != "stderr")
      throw FlagError("attach", word, "valid streams are STDIN, STDOUT and STDERR");
    if (detached) throw Error(ErrorKind::invalid, "conflicting options: cannot specify both --attach and --detach");
    streams.input = streams.input || name == "stdin";
    streams.output = streams.output || name == "stdout";
    streams.errors = streams.errors || name == "stderr";
  }
  if (!f.attach.empty() || detached) return streams;
  return {.input = f.interactive, .output = true, .errors = true, .terminal = {}};
}

json creation_config(const ContainerFlags& f, const AttachedStreams& attached) {
  json config{{"Image", f.image},
              {"Tty", f.tty},
              {"OpenStdin", f.interactive},
              {"StdinOnce", f.interactive && attached.input},
              {"AttachStdin", attached.input},
              {"AttachStdout", attached.output},
              {"AttachStderr", attached.errors}};
  if (const Words env = environment(f); !env.empty()) config["Env"] = env;
  if (const auto labels = all_labels(f); !labels.empty()) config["Labels"] = labels;
  if (!f.command.empty()) config["Cmd"] = f.command;
  // An empty one takes that of the image away.
  if (f.entrypoint) config["Entrypoint"] = Words{*f.entrypoint};
  if (!f.user.empty()) config["User"] = f.user;
  if (!f.workdir.empty()) config["WorkingDir"] = f.workdir;
  if (!f.hostname.empty()) config["Hostname"] = f.hostname;
  if (!f.domainname.empty()) config["Domainname"] = f.domainname;
  if (!f.stop_signal.empty()) config["StopSignal"] = f.stop_signal;
  if (f.stop_timeout) config["StopTimeout"] = integer_of_flag("stop-timeout", *f.stop_timeout);
  add_health(f, config);
  return config;
}

json creation_resources(const ContainerFlags& f) {
  json host = json::object();
  const auto bytes = [&](const char* member, const char* flag, const std::optional<std::string>& text) {
    if (text) host[member] = bytes_of_flag(flag, *text);
  };
  const auto integer = [&](const char* member, const char* flag, const std::optional<std::string>& text) {
    if (text) host[member] = integer_of_flag(flag, *text);
  };
  bytes("Memory", "memory", f.memory);
  bytes("MemoryReservation", "memory-reservation", f.memory_reservation);
  bytes("MemorySwap", "memory-swap", f.memory_swap);
  bytes("KernelMemory", "kernel-memory", f.kernel_memory);
  if (f.memory_swappiness) {
    const std::int64_t value = integer_of_flag("memory-swappiness", *f.memory_swappiness);
    if (value < -1 || value > 100)
      throw Error(ErrorKind::invalid,
                  "invalid value: " + *f.memory_swappiness + ". Valid memory swappiness range is 0-100");
    if (value >= 0) host["MemorySwappiness"] = value;
  }
  if (f.cpus) host["NanoCpus"] = cpus_of_flag(*f.cpus);
  integer("CpuShares", "cpu-shares", f.cpu_shares);
  integer("CpuPeriod", "cpu-period", f.cpu_period);
  integer("CpuQuota", "cpu-quota", f.cpu_quota);
  integer("CpuRealtimePeriod", "cpu-rt-period", f.cpu_rt_period);
  integer("CpuRealtimeRuntime", "cpu-rt-runtime", f.cpu_rt_runtime);
  integer("PidsLimit", "pids-limit", f.pids_limit);
  integer("BlkioWeight", "blkio-weight", f.blkio_weight);
  if (!f.cpuset_cpus.empty()) host["CpusetCpus"] = f.cpuset_cpus;
  if (!f.cpuset_mems.empty()) host["CpusetMems"] = f.cpuset_mems;
  if (!f.restart.empty()) host["RestartPolicy"] = restart_policy(f.restart);
  return host;
}

void add_api_socket(const ContainerFlags& f, json& config, json& host) {
  host["Mounts"].push_back({{"Type", "bind"}, {"Source", kApiSocket}, {"Target", kApiSocket}});
  if (wants_api_config(f)) config["Env"].push_back(std::string{"DOCKER_CONFIG="} + kApiConfigFolder);
}

std::string creation_request(const ContainerFlags& f, const AttachedStreams& attached) {
  if (f.remove && !f.restart.empty() && f.restart != "no")
    throw Error(ErrorKind::invalid, "conflicting options: cannot specify both --restart and --rm");
  json config = creation_config(f, attached);
  json host = creation_resources(f);
  if (f.use_api_socket) add_api_socket(f, config, host);
  if (f.tty) host["ConsoleSize"] = {attached.terminal.rows, attached.terminal.columns};
  add_host_settings(f, host);
  add_mounts(f, config, host);
  add_devices(f, host);
  add_networks(f, config, host);
  config["HostConfig"] = std::move(host);
  return config.dump(-1, ' ', false, json::error_handler_t::replace);
}

Created parse_created(const std::string& answer) {
  const json value = json::parse(answer);
  Created created{.id = value.at("Id"), .warnings = {}};
  if (value.contains("Warnings") && value.at("Warnings").is_array())
    created.warnings = value.at("Warnings").get<Words>();
  return created;
}

bool wants_api_config(const ContainerFlags& f) {
  const auto is_set = [](const std::string& word) { return word.starts_with("DOCKER_CONFIG="); };
  return f.use_api_socket && std::ranges::none_of(environment(f), is_set);
}

std::string change_request(const ContainerFlags& f) {
  const json change = creation_resources(f);
  if (change.empty()) throw Error(ErrorKind::invalid, "you must provide one or more flags when using this command");
  return change.dump();
}

Words parse_change_warnings(const std::string& answer) {
  const json value = json::parse(answer);
  return value.contains("Warnings") && value.at("Warnings").is_array() ? value.at("Warnings").get<Words>() : Words{};
}

}  // namespace stack::cli
