#include "cli/commands/run.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include <unistd.h>

#include "base/ids.h"
#include "cli/commands/up_request.h"
#include "cli/view/terminal.h"
#include "compose/interp/dotenv.h"
#include "compose/load/env_files.h"
#include "compose/load/short_forms.h"
#include "compose/model/no_such_service.h"
#include "compose/model/project_json.h"
#include "compose/model/project_names.h"
#include "engine/client/attach_client.h"

namespace stack::cli {
namespace {

constexpr std::size_t kSlugDigits = 12;  // of the name; the label has them all

void check_flags(const RunFlags& flags) {
  if (flags.service_ports && !flags.publish.empty())
    throw Error(ErrorKind::invalid, "--service-ports and --publish are incompatible");
  if (!flags.workdir.empty() && flags.workdir.front() != '/')
    throw Error(ErrorKind::invalid, "the working directory " + flags.workdir + " is not an absolute path");
}

template <class T>
T value_of(compose::Parsed<T> parsed, const char* flag, const std::string& text) {
  if (parsed.value) return std::move(*parsed.value);
  throw Error(ErrorKind::invalid, std::string{flag} + " \"" + text + "\": " + parsed.problem).remedy(parsed.remedy);
}

// NAME alone takes the value that the project's variables have, `.env` included; without one it takes the variable away.
void add_variable(compose::Service& service, const std::string& word, const compose::Variables& project) {
  const std::size_t equals = word.find('=');
  if (equals == 0 || word.empty()) throw Error(ErrorKind::invalid, "invalid environment variable \"" + word + "\"");
  std::optional<std::string> value;
  if (equals != std::string::npos) {
    value = word.substr(equals + 1);
  } else if (const auto here = project.find(word); here != project.end()) {
    value = here->second;
  }
  service.environment[word.substr(0, equals)] = std::move(value);
}

void add_ports(const RunFlags& flags, compose::Service& service) {
  if (!flags.service_ports) service.ports.clear();
  for (const std::string& text : flags.publish) {
    for (compose::ShortPort& port : value_of(compose::parse_ports(text), "--publish", text)) {
      service.ports.push_back({.mode = "ingress",
                               .host_ip = std::move(port.host_ip),
                               .target = port.target,
                               .published = std::move(port.published),
                               .protocol = port.protocol.empty() ? "tcp" : std::move(port.protocol)});
    }
  }
}

std::string absolute(const compose::Project& project, const std::string& path) {
  if (path.starts_with('~')) {
    const char* home = std::getenv("HOME");
    return (home == nullptr ? "/root" : home) + path.substr(1);
  }
  return path.front() == '/' ? path : (std::filesystem::path{project.working_dir} / path).lexically_normal().string();
}

// Gives the names of volumes that the file does not know: they are nobody's, made by their own name before the run, and stay.
std::vector<std::string> add_volumes(const RunFlags& flags, bool dry_run, compose::Project& project,
                                     compose::Service& service) {
  std::vector<std::string> own;
  for (const std::string& text : flags.volumes) {
    compose::ShortVolume volume = value_of(compose::parse_volume(text), "--volume", text);
    if (!volume.unknown.empty())
      throw Error(ErrorKind::invalid, "--volume \"" + text + "\": unknown option \"" + volume.unknown.front() + "\"");
    compose::ServiceMount mount{.type = volume.bind ? "bind" : "volume",
                                .source = volume.source,
                                .target = volume.target,
                                .read_only = volume.read_only};
    if (volume.bind) {
      mount.source = absolute(project, volume.source);
      mount.bind = compose::BindOptions{.propagation = volume.propagation, .create_host_path = true};
    } else if (!volume.source.empty() && !project.volumes.contains(volume.source)) {
      own.push_back(volume.source);
      project.volumes[volume.source].name = volume.source;
      project.volumes[volume.source].external = !dry_run;
    }
    std::erase_if(service.volumes, [&](const auto& each) { return each.target == mount.target; });
    service.volumes.push_back(std::move(mount));
  }
  return own;
}

// Variables of the files are those of -e, as with Docker Compose: not the project's.
void add_environment(Session& session, const RunFlags& flags, const compose::Variables& project,
                     compose::Service& service) {
  compose::Service given;
  for (const std::string& word : flags.env) add_variable(given, word, project);
  const compose::Lookup of_flags = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = given.environment.find(std::string{name});
    return found == given.environment.end() ? std::nullopt : found->second;
  };
  for (const std::string& path : flags.env_files) {
    const compose::FileText file = session.files().read(path);
    if (file.status != compose::FileStatus::ok)
      throw Error(ErrorKind::not_found, "--env-from-file: cannot read " + path + ": " + compose::why_unread(file));
    compose::Dotenv parsed = compose::parse_dotenv(file.text, path, of_flags);
    for (const compose::Diagnostic& said : parsed.diagnostics) {
      if (said.severity == compose::Severity::error) throw Error(ErrorKind::invalid, compose::render(said));
      std::cerr << compose::render(said) << "\n";
    }
    for (auto& [name, value] : parsed.values) service.environment[name] = std::move(value);
  }
  for (const std::string& word : flags.env) add_variable(service, word, project);
}

// The service as the flags change it. Gives the volumes that the run needs besides the project's (add_volumes).
std::vector<std::string> change(Session& session, const RunFlags& flags, compose::LoadResult& loaded) {
  compose::Project& project = *loaded.project;
  compose::Service& service = project.services.at(flags.service);
  if (!flags.command.empty()) service.command = flags.command;
  if (flags.entrypoint) {
    service.entrypoint = value_of(compose::split_command(*flags.entrypoint), "--entrypoint", *flags.entrypoint);
    if (flags.command.empty()) service.command.reset();
  }
  if (!flags.user.empty()) service.user = flags.user;
  if (!flags.workdir.empty()) service.working_dir = flags.workdir;
  service.cap_add.insert(service.cap_add.end(), flags.cap_add.begin(), flags.cap_add.end());
  service.cap_drop.insert(service.cap_drop.end(), flags.cap_drop.begin(), flags.cap_drop.end());
  for (const std::string& label : flags.labels) {
    const std::size_t equals = label.find('=');
    if (equals == std::string::npos)
      throw Error(ErrorKind::invalid, "--label \"" + label + "\" has no value").remedy("write --label NAME=VALUE");
    service.labels[label.substr(0, equals)] = label.substr(equals + 1);
  }
  service.tty = !flags.no_tty && !flags.detach ? ::isatty(0) == 1 && ::isatty(1) == 1 : flags.detach && service.tty;
  service.stdin_open = flags.interactive;
  service.container_name.clear();
  service.scale = 1;
  add_environment(session, flags, loaded.variables, service);
  add_ports(flags, service);
  return add_volumes(flags, session.options().dry_run, project, service);
}

UpFlags up_flags_of(const RunFlags& flags) {
  UpFlags up;
  up.services = {flags.service};
  up.no_deps = flags.no_deps;
  up.remove_orphans = flags.remove_orphans;
  up.build = flags.build;
  up.quiet = flags.quiet || flags.quiet_pull;
  up.pull = flags.pull;
  return up;
}

model::OneOff one_off_of(const compose::Project& project, const RunFlags& flags) {
  const TerminalSize terminal = flags.detach ? TerminalSize{} : terminal_size(STDOUT_FILENO);
  model::OneOff one_off{.service = flags.service,
                        .name = flags.name,
                        .slug = new_id(system_random()),
                        .auto_remove = flags.remove,
                        .use_aliases = flags.use_aliases,
                        .attach_stdin = flags.interactive && !flags.detach,
                        .attach_output = !flags.detach,
                        .terminal_rows = terminal.rows,
                        .terminal_columns = terminal.columns};
  if (one_off.name.empty())
    one_off.name = compose::one_off_name(project, flags.service, one_off.slug.substr(0, kSlugDigits));
  return one_off;
}

model::Container one_off_container(Session& session, const api::ProjectRequest& request) {
  for (model::Container& each : session.engine().containers(request.project, true)) {
    if (each.spec.name == request.one_off->name) return std::move(each);
  }
  throw Error(ErrorKind::not_found, "the container " + request.one_off->name + " was removed before it was started");
}

// Its own container is what the command is, and no news.
bool is_shown(const RunFlags& flags, const std::string& own, const api::Report& report) {
  const auto* event = std::get_if<model::ProgressEvent>(&report);
  if (event == nullptr || std::holds_alternative<model::Failed>(*event)) return true;
  const auto is_own = [&](const auto& each) {
    return each.subject.kind == model::SubjectKind::container && each.subject.name == own;
  };
  if (flags.quiet || std::visit(is_own, *event)) return false;
  const auto builds = [](const auto& each) {
    if constexpr (requires { each.action; }) return each.action == model::Action::build;
    return false;
  };
  return !flags.quiet_build || !std::visit(builds, *event);
}

int attach(Session& session, const RunFlags& flags, const model::Container& container) {
  const client::AttachOptions options{.container = container.id,
                                      .tty = container.spec.tty,
                                      .input = flags.interactive,
                                      .start = true,
                                      .removes_itself = flags.remove};
  const auto code = client::run_attached(session.socket_path(), session.engine(), options);
  if (!code) std::cerr << "read escape sequence\n";
  return code.value_or(0);
}

}  // namespace

int run(Session& session, const RunFlags& flags) {
  check_flags(flags);
  compose::LoadOptions wanted = session.load_options();
  wanted.services = {flags.service};
  wanted.with_dependencies = !flags.no_deps;
  compose::LoadResult loaded = session.load(std::move(wanted));
  if (!loaded.project->services.contains(flags.service)) throw compose::no_such_service(*loaded.project, flags.service);
  if (loaded.project->services.at(flags.service).provider)
    throw Error(ErrorKind::invalid,
                "service \"" + flags.service + "\" is what a provider makes; it has no container to run");
  const std::vector<std::string> own_volumes = change(session, flags, loaded);
  api::ProjectRequest request = up_request(session, loaded, up_flags_of(flags));
  request.verb = api::Verb::run;
  request.one_off = one_off_of(*loaded.project, flags);
  if (!session.options().dry_run) {
    for (const std::string& name : own_volumes) session.engine().create_volume({.name = name, .driver = "local"});
  }
  session.run(request, {}, [&](const api::Report& report) { return is_shown(flags, request.one_off->name, report); });
  if (session.options().dry_run) return 0;
  const model::Container container = one_off_container(session, request);
  if (!flags.detach) return attach(session, flags, container);
  session.engine().start_container(container.id);
  std::cout << container.id << "\n";
  return 0;
}

}  // namespace stack::cli
