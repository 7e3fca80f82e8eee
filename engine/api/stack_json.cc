#include "engine/api/stack_json.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/model/build_spec_json.h"
#include "base/model/model_json.h"
#include "engine/api/codec_json.h"
#include "engine/api/error_json.h"

namespace stack::api {
namespace {

using nlohmann::json;

json credentials_value(const model::CredentialsByRegistry& credentials) {
  json value = json::object();
  for (const auto& [registry, c] : credentials) {
    value[registry] = {{"user", c.user},
                       {"password", c.password},
                       {"identity_token", c.identity_token},
                       {"registry_token", c.registry_token}};
  }
  return value;
}

model::CredentialsByRegistry credentials_by_registry(const json& value) {
  model::CredentialsByRegistry credentials;
  for (const auto& [registry, c] : value.items()) {
    credentials[registry] = {.user = c.value("user", ""),
                             .password = c.value("password", ""),
                             .identity_token = c.value("identity_token", ""),
                             .registry_token = c.value("registry_token", "")};
  }
  return credentials;
}

}  // namespace

std::string error_json(const Error& error) { return text_of(error_value(error)) + "\n"; }

Error parse_error(int http_status, std::string_view body) {
  const json value = json::parse(body, nullptr, false);
  if (value.is_object() && value.contains("message")) return error_from_json(value);
  return Error("the engine answered with status " + std::to_string(http_status));
}

std::string pull_request_json(const PullRequest& r) {
  json images = json::array();
  for (const ImagePull& image : r.images) {
    images.push_back(
        {{"name", image.name}, {"reference", image.reference}, {"platform", image.platform}, {"policy", image.policy}});
  }
  return text_of(json{
      {"images", images}, {"credentials", credentials_value(r.credentials)}, {"ignore_failures", r.ignore_failures}});
}

PullRequest parse_pull_request(std::string_view body) {
  return reading("the pull request", [&] {
    const json value = json::parse(body);
    PullRequest r;
    for (const json& image : value.at("images")) {
      ImagePull& one = r.images.emplace_back();
      one.reference = image.at("reference").get<std::string>();
      one.name = image.value("name", one.reference);
      one.platform = image.value("platform", "");
      one.policy = image.value("policy", "");
    }
    if (value.contains("credentials")) r.credentials = credentials_by_registry(value["credentials"]);
    r.ignore_failures = value.value("ignore_failures", false);
    return r;
  });
}

std::string credentials_json(const model::CredentialsByRegistry& credentials) {
  return text_of(credentials_value(credentials));
}
model::CredentialsByRegistry parse_credentials(std::string_view text) {
  return reading("the credentials", [&] { return credentials_by_registry(json::parse(text)); });
}

namespace {

json one_off_value(const model::OneOff& one_off) {
  return {{"service", one_off.service},
          {"name", one_off.name},
          {"slug", one_off.slug},
          {"auto_remove", one_off.auto_remove},
          {"use_aliases", one_off.use_aliases},
          {"attach_stdin", one_off.attach_stdin},
          {"attach_output", one_off.attach_output},
          {"terminal_rows", one_off.terminal_rows},
          {"terminal_columns", one_off.terminal_columns}};
}

model::OneOff one_off_of(const json& value) {
  return {.service = value.at("service"),
          .name = value.at("name"),
          .slug = value.at("slug"),
          .auto_remove = value.value("auto_remove", false),
          .use_aliases = value.value("use_aliases", false),
          .attach_stdin = value.value("attach_stdin", false),
          .attach_output = value.value("attach_output", false),
          .terminal_rows = value.value("terminal_rows", std::uint16_t{0}),
          .terminal_columns = value.value("terminal_columns", std::uint16_t{0})};
}

}  // namespace

std::string project_request_json(const ProjectRequest& r) {
  json body{{"services", r.services},
            {"scale", r.scale},
            {"no_deps", r.no_deps},
            {"force_recreate", r.force_recreate},
            {"no_recreate", r.no_recreate},
            {"always_recreate_deps", r.always_recreate_deps},
            {"renew_volumes", r.renew_volumes},
            {"remove_orphans", r.remove_orphans},
            {"ignore_orphans", r.ignore_orphans},
            {"no_start", r.no_start},
            {"wait", r.wait},
            {"volumes", r.volumes},
            {"rmi", std::string{to_word(r.rmi)}},
            {"stop_first", r.stop_first},
            {"dry_run", r.dry_run},
            {"parallel", r.parallel},
            {"quiet_pull", r.quiet_pull},
            {"build", r.build},
            {"no_build", r.no_build}};
  if (!r.builds.empty()) body["builds"] = r.builds;
  if (r.one_off) body["one_off"] = one_off_value(*r.one_off);
  if (!r.signal.empty()) body["signal"] = r.signal;
  if (!r.pull.empty()) body["pull"] = r.pull;
  if (!r.platform.empty()) body["platform"] = r.platform;
  if (!r.credentials.empty()) body["credentials"] = credentials_value(r.credentials);
  if (r.timeout) body["timeout_ns"] = r.timeout->count();
  // The resolved project is JSON already.
  return text_of(body) + "\n" + (r.resolved.empty() ? "null" : r.resolved) + "\n";
}

ProjectRequest parse_project_request(Verb verb, std::string project, std::string_view body) {
  return reading("the project request", [&] {
    const std::string_view head = body.substr(0, body.find('\n'));
    const json value = head.empty() ? json::object() : json::parse(head);
    ProjectRequest r{.verb = verb, .project = std::move(project)};
    std::string_view resolved = body.substr(std::min(head.size() + 1, body.size()));
    while (resolved.ends_with('\n')) resolved.remove_suffix(1);
    if (resolved != "null") r.resolved = resolved;
    r.services = value.value("services", r.services);
    r.scale = value.value("scale", r.scale);
    if (value.contains("timeout_ns")) r.timeout = Nanos{value["timeout_ns"].get<std::int64_t>()};
    const auto flag = [&](const char* name, bool& to) { to = value.value(name, false); };
    flag("no_deps", r.no_deps);
    flag("force_recreate", r.force_recreate);
    flag("no_recreate", r.no_recreate);
    flag("always_recreate_deps", r.always_recreate_deps);
    flag("renew_volumes", r.renew_volumes);
    flag("remove_orphans", r.remove_orphans);
    flag("ignore_orphans", r.ignore_orphans);
    flag("no_start", r.no_start);
    flag("wait", r.wait);
    flag("build", r.build);
    flag("no_build", r.no_build);
    r.builds = value.value("builds", r.builds);
    if (value.contains("one_off")) r.one_off = one_off_of(value["one_off"]);
    flag("volumes", r.volumes);
    flag("stop_first", r.stop_first);
    r.signal = value.value("signal", "");
    flag("dry_run", r.dry_run);
    if (const std::string rmi = value.value("rmi", ""); !rmi.empty()) {
      const auto scope = parse_word<ImageScope>(rmi);
      if (!scope) throw Error(ErrorKind::invalid, "rmi: unknown word \"" + rmi + "\"; use none, local or all");
      r.rmi = *scope;
    }
    r.parallel = value.value("parallel", 0);
    flag("quiet_pull", r.quiet_pull);
    r.pull = value.value("pull", "");
    r.platform = value.value("platform", "");
    if (value.contains("credentials")) r.credentials = credentials_by_registry(value["credentials"]);
    return r;
  });
}

std::string containers_json(const std::vector<model::Container>& containers) { return text_of(json(containers)); }
std::vector<model::Container> parse_containers(std::string_view text) {
  return reading("the list of containers", [&] { return json::parse(text).get<std::vector<model::Container>>(); });
}
std::string images_json(const std::vector<model::Image>& images) { return text_of(json(images)); }
std::vector<model::Image> parse_images(std::string_view text) {
  return reading("the list of images", [&] { return json::parse(text).get<std::vector<model::Image>>(); });
}
std::string image_json(const model::Image& image) { return text_of(json(image)); }
std::string names_json(const std::vector<std::string>& names) { return text_of(json(names)); }

std::vector<std::string> parse_names(std::string_view text) {
  return reading("the list of names", [&] { return json::parse(text).get<std::vector<std::string>>(); });
}

std::string info_json(const SystemInfo& i) {
  return text_of(json{{"version", i.version},
                      {"root", i.root},
                      {"run", i.run},
                      {"tag", i.tag},
                      {"kernel", i.kernel},
                      {"cgroup_version", i.cgroup_version},
                      {"operating_system", i.operating_system},
                      {"architecture", i.architecture},
                      {"pid", i.pid},
                      {"processors", i.processors},
                      {"memory_bytes", i.memory_bytes},
                      {"containers", i.containers},
                      {"running", i.running},
                      {"images", i.images},
                      {"networks", i.networks},
                      {"volumes", i.volumes},
                      {"started_ns", i.started.time_since_epoch().count()}});
}

std::string shutdown_json(const std::vector<std::string>& remains) { return text_of(json{{"Remains", remains}}); }

std::vector<std::string> parse_shutdown(std::string_view text) {
  return reading("the engine's farewell", [&] {
    const json v = json::parse(text);
    return v.value("Remains", std::vector<std::string>{});
  });
}

SystemInfo parse_info(std::string_view text) {
  return reading("the engine's description", [&] {
    const json v = json::parse(text);
    SystemInfo i;
    i.version = v.value("version", "");
    i.root = v.value("root", "");
    i.run = v.value("run", "");
    i.tag = v.value("tag", "");
    i.kernel = v.value("kernel", "");
    i.cgroup_version = v.value("cgroup_version", "");
    i.operating_system = v.value("operating_system", "");
    i.architecture = v.value("architecture", "");
    i.pid = v.value("pid", std::int64_t{0});
    i.processors = v.value("processors", std::int64_t{0});
    i.memory_bytes = v.value("memory_bytes", std::int64_t{0});
    i.containers = v.value("containers", std::int64_t{0});
    i.running = v.value("running", std::int64_t{0});
    i.images = v.value("images", std::int64_t{0});
    i.networks = v.value("networks", std::int64_t{0});
    i.volumes = v.value("volumes", std::int64_t{0});
    i.started = Wall{Nanos{v.value("started_ns", std::int64_t{0})}};
    return i;
  });
}

std::string exec_request_json(const ExecRequest& r) {
  return text_of(json{{"argv", r.argv},
                      {"env", r.env},
                      {"user", r.user},
                      {"working_dir", r.working_dir},
                      {"tty", r.tty},
                      {"privileged", r.privileged},
                      {"detach", r.detach},
                      {"stdin_open", r.stdin_open},
                      {"rows", r.rows},
                      {"columns", r.columns}});
}

ExecRequest parse_exec_request(std::string_view text) {
  return reading("the exec request", [&] {
    const json v = json::parse(text);
    ExecRequest r;
    r.argv = v.value("argv", r.argv);
    r.env = v.value("env", r.env);
    r.user = v.value("user", "");
    r.working_dir = v.value("working_dir", "");
    r.tty = v.value("tty", false);
    r.privileged = v.value("privileged", false);
    r.detach = v.value("detach", false);
    r.stdin_open = v.value("stdin_open", true);
    r.rows = v.value("rows", r.rows);
    r.columns = v.value("columns", r.columns);
    if (r.argv.empty()) throw Error(ErrorKind::invalid, "exec needs a command");
    return r;
  });
}

}  // namespace stack::api
