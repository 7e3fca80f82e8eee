#include "engine/api/container_creation_json.h"

#include "base/model/signals.h"
#include "engine/api/codec_json.h"
#include "engine/api/compose_labels.h"
#include "engine/api/creation_check.h"
#include "engine/api/image_name.h"

namespace stack::api {

using nlohmann::json;

namespace {

// Of a description: no program is started with more words than this, and reading them takes the loop's time.
constexpr std::size_t kMostBytes = 8 << 20;

// A text or a list of texts; nothing for null and for absence.
std::optional<std::vector<std::string>> words_of_member(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::nullopt;
  if (found->is_string()) return std::vector<std::string>{found->get<std::string>()};
  return found->get<std::vector<std::string>>();
}

void read_command(const json& config, model::ContainerSpec& spec) {
  spec.command = words_of_member(config, "Cmd");
  if (spec.command && spec.command->empty()) spec.command.reset();
  spec.entrypoint = words_of_member(config, "Entrypoint");
  // This is how clients write "none at all", which puts away the image's command as well.
  if (spec.entrypoint && spec.entrypoint->size() == 1 && spec.entrypoint->front().empty()) {
    if (!spec.command) throw Error(ErrorKind::invalid, "no command specified");
    spec.entrypoint->clear();
  }
}

void read_environment(const json& config, model::ContainerSpec& spec) {
  for (const std::string& pair : member_of<std::vector<std::string>>(config, "Env")) {
    const std::size_t equals = pair.find('=');
    if (equals == 0 || pair.empty()) throw Error(ErrorKind::invalid, "invalid environment variable: " + pair);
    const std::string name = pair.substr(0, equals);
    spec.environment[name] = equals == std::string::npos ? std::nullopt : std::optional{pair.substr(equals + 1)};
    spec.environment_order.push_back(name);
  }
}

std::optional<Nanos> duration_member(const json& object, const char* key) {
  const auto nanos = member_of<std::int64_t>(object, key);
  constexpr std::int64_t kLeast = 1'000'000;
  if (nanos != 0 && nanos < kLeast)
    throw Error(ErrorKind::invalid, std::string{key} + " in Healthcheck cannot be less than 1ms");
  return nanos == 0 ? std::nullopt : std::optional{Nanos{nanos}};
}

void read_end(const json& config, model::ContainerSpec& spec) {
  spec.stop_signal = member_of<std::string>(config, "StopSignal");
  if (!spec.stop_signal.empty() && !model::parse_signal(spec.stop_signal))
    throw Error(ErrorKind::invalid, "invalid signal: " + spec.stop_signal);
  if (const auto seconds = config.find("StopTimeout"); seconds != config.end() && !seconds->is_null())
    spec.stop_grace = patience_of(member_of<std::int64_t>(config, "StopTimeout"));
}

void read_config(const json& config, model::ContainerSpec& spec) {
  spec.image = member_of<std::string>(config, "Image");
  spec.hostname = member_of<std::string>(config, "Hostname");
  spec.domainname = member_of<std::string>(config, "Domainname");
  spec.user = member_of<std::string>(config, "User");
  spec.working_dir = member_of<std::string>(config, "WorkingDir");
  spec.labels = member_of<model::Labels>(config, "Labels");
  take_owner(spec);
  spec.tty = member_of<bool>(config, "Tty");
  spec.stdin_open = member_of<bool>(config, "OpenStdin");
  spec.stdin_once = member_of<bool>(config, "StdinOnce");
  spec.attach_stdin = member_of<bool>(config, "AttachStdin");
  spec.attach_stdout = member_of<bool>(config, "AttachStdout");
  spec.attach_stderr = member_of<bool>(config, "AttachStderr");
  for (const auto& [port, nothing] : member_of<std::map<std::string, json>>(config, "ExposedPorts"))
    spec.expose.push_back(port.find('/') == std::string::npos ? port + "/tcp" : port);
  read_command(config, spec);
  read_environment(config, spec);
  spec.healthcheck = read_healthcheck(config);
  read_end(config, spec);
  if (!spec.working_dir.empty() && spec.working_dir.front() != '/') {
    throw Error(ErrorKind::invalid,
                "the working directory '" + spec.working_dir + "' is invalid, it needs to be an absolute path");
  }
}

// What it would have joined and published is forgotten, but for the mode that it asked for.
void disable_network(model::ContainerSpec& spec) {
  spec.network_disabled = true;
  spec.network_mode = "none";
  spec.networks.clear();
  spec.ports.clear();
  spec.publish_all = false;
}

}  // namespace

std::optional<model::Healthcheck> read_healthcheck(const json& config) {
  const auto found = config.find("Healthcheck");
  if (found == config.end() || found->is_null()) return std::nullopt;
  model::Healthcheck check;
  check.test = member_of<std::vector<std::string>>(*found, "Test");
  if (!check.test.empty()) {
    const std::string& kind = check.test.front();
    if (kind != "NONE" && kind != "CMD" && kind != "CMD-SHELL")
      throw Error(ErrorKind::invalid, "Unknown healthcheck type: " + kind).remedy("write NONE, CMD or CMD-SHELL");
  }
  check.interval = duration_member(*found, "Interval");
  check.timeout = duration_member(*found, "Timeout");
  check.start_period = duration_member(*found, "StartPeriod");
  check.start_interval = duration_member(*found, "StartInterval");
  const int retries = member_of<int>(*found, "Retries");
  if (retries < 0) throw Error(ErrorKind::invalid, "Retries in Healthcheck cannot be negative");
  if (retries > 0) check.retries = retries;
  return check == model::Healthcheck{} ? std::nullopt : std::optional{std::move(check)};
}

void refuse_member(const json& object, const char* key, const char* where) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return;
  const bool nothing = found->is_boolean() ? !found->get<bool>()
                       : found->is_number()
                           ? found->get<double>() == 0
                           : found->empty() || (found->is_string() && found->get<std::string>().empty());
  if (nothing) return;
  throw Error(ErrorKind::unsupported, std::string{where} + "." + key + " is not supported by this engine")
      .remedy("leave it out");
}

namespace {

// In dockerd's words.
std::vector<std::string> warnings_of_change(const json& host) {
  if (!member_of<bool>(host, "OomKillDisable") || member_of<std::int64_t>(host, "Memory") != 0) return {};
  return {
      "OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out "
      "of "
      "resources."};
}

std::vector<std::string> warnings_of(const json& config, const json& host) {
  std::vector<std::string> warnings = warnings_of_change(host);
  if (member_of<std::int64_t>(host, "CpuPercent") > 0)
    warnings.emplace_back("linux does not support CPU percent. Percent discarded.");
  if (!member_of<std::string>(config, "MacAddress").empty()) {
    warnings.emplace_back(
        "The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.");
  }
  return warnings;
}

}  // namespace

ContainerCreation parse_container_creation(std::string_view text) {
  return reading("the container", [&] {
    if (text.size() > kMostBytes)
      throw Error(ErrorKind::invalid, "the container's settings are larger than 8 MiB")
          .remedy("put large values into files");
    if (text.empty()) throw Error(ErrorKind::invalid, "invalid JSON: got EOF while reading request body");
    const json config = object_of(text, "the container");
    if (config.empty()) throw Error(ErrorKind::invalid, "config cannot be empty in order to create a container");
    ContainerCreation creation;
    const json host = member_of<json>(config, "HostConfig", json::object());
    read_config(config, creation.spec);
    if (creation.spec.image.empty()) throw Error(ErrorKind::invalid, "no image given").remedy("set Image");
    check_image_name(creation.spec.image);
    read_host_config(host, creation.spec);
    read_mounts(config, host, creation);
    read_networks(config, host, creation.spec);
    if (member_of<bool>(config, "NetworkDisabled")) disable_network(creation.spec);
    check_creation(creation.spec);
    creation.warnings = warnings_of(config, host);
    return creation;
  });
}

ContainerChange parse_container_change(std::string_view text) {
  return reading("the update", [&] {
    const json value = object_of(text, "the update");
    ContainerChange change{.limits = read_resources(value, LimitsOf::update), .restart = {}};
    change.warnings = warnings_of_change(value);
    const auto policy = value.find("RestartPolicy");
    if (policy != value.end() && policy->is_object() && !member_of<std::string>(*policy, "Name").empty())
      change.restart = read_restart_policy(*policy);
    return change;
  });
}

std::string container_created_json(const ContainerCreated& created) {
  return text_of({{"Id", created.id}, {"Warnings", created.warnings}});
}

std::string container_changed_json(const std::vector<std::string>& warnings) {
  return text_of({{"Warnings", warnings}});
}

std::string container_end_json(const ContainerEnd& end) {
  json value{{"StatusCode", end.exit_code}};
  if (!end.error.empty()) value["Error"] = {{"Message", end.error}};
  return text_of(value);
}

std::optional<ContainerEnd> parse_container_end(std::string_view body) {
  const std::size_t begin = body.find('{'), end = body.rfind('}');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return std::nullopt;
  const json value = json::parse(body.substr(begin, end - begin + 1), nullptr, false);
  if (!value.is_object()) return std::nullopt;
  const json error = member_of<json>(value, "Error", json::object());
  return ContainerEnd{.exit_code = member_of<int>(value, "StatusCode"),
                      .error = member_of<std::string>(error, "Message")};
}

}  // namespace stack::api
