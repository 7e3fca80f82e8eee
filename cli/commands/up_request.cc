#include "cli/commands/up_request.h"

#include <algorithm>
#include <charconv>

#include "base/path_text.h"
#include "cli/commands/api_socket.h"
#include "cli/commands/docker_config.h"
#include "cli/commands/given_files.h"
#include "cli/commands/providers.h"
#include "cli/commands/pull.h"
#include "cli/commands/service_builds.h"
#include "compose/load/env_files.h"
#include "compose/model/project_json.h"
#include "compose/model/project_names.h"

namespace stack::cli {
namespace {

// The engine gets the text of a profile, as from Docker's clients. Its path begins at the project's folder.
void read_seccomp_profiles(Session& session, compose::Project& project) {
  for (auto& [name, service] : project.services) {
    for (std::size_t i = 0; i < service.security_opt.size(); ++i) {
      std::string& option = service.security_opt[i];
      const std::size_t at = option.find_first_of("=:");
      if (at == std::string::npos || option.substr(0, at) != "seccomp") continue;
      const std::string path = option.substr(at + 1);
      if (path.empty() || path == "unconfined" || path == "builtin" || path.starts_with('{')) continue;
      const compose::FileText file = session.files().read(absolute_path(project.working_dir, path));
      if (file.status != compose::FileStatus::ok) {
        const std::string attribute = "security_opt[" + std::to_string(i) + "]";
        const std::string where = compose::to_text(service.place_of(attribute));
        throw Error(ErrorKind::not_found, "cannot read the seccomp profile " + path + ": " + compose::why_unread(file))
            .context((where.empty() ? "" : where + ": ") + "services." + name + "." + attribute);
      }
      option = "seccomp=" + file.text;
    }
  }
}

api::ProjectRequest request_of(const compose::Project& project, const compose::Variables& variables,
                               const UpFlags& flags) {
  api::ProjectRequest request{.verb = api::Verb::up,
                              .project = project.name,
                              .resolved = compose::to_wire_json(project),
                              .services = flags.services,
                              .scale = parse_scale(flags.scale)};
  if (flags.timeout >= 0) request.timeout = std::chrono::seconds{flags.timeout};
  request.no_deps = flags.no_deps;
  request.force_recreate = flags.force_recreate;
  request.no_recreate = flags.no_recreate;
  request.always_recreate_deps = flags.always_recreate_deps;
  request.renew_volumes = flags.renew_anon_volumes;
  request.ignore_orphans = compose::is_on(variables, "IGNORE_ORPHANS");
  request.remove_orphans = flags.remove_orphans || compose::is_on(variables, "REMOVE_ORPHANS");
  if (request.ignore_orphans && (flags.remove_orphans || compose::is_on(variables, "REMOVE_ORPHANS"))) {
    throw Error(ErrorKind::invalid,
                "COMPOSE_IGNORE_ORPHANS cannot be combined with --remove-orphans or COMPOSE_REMOVE_ORPHANS")
        .remedy("unset COMPOSE_IGNORE_ORPHANS, or do not ask for the removal of orphans");
  }
  request.no_start = flags.no_start;
  request.wait = flags.wait;
  request.pull = flags.pull;
  request.quiet_pull = flags.quiet;
  request.platform = default_platform();
  request.credentials = credentials_for(project);
  return request;
}

// The services whose images may have to be built: with --build or by their policy, or because there is none.
std::set<std::string> services_to_build(Session& session, const compose::Project& project, const UpFlags& flags) {
  std::set<std::string> names;
  if (flags.no_build) return names;
  for (const auto& [name, service] : project.services) {
    if (!service.build) continue;
    const std::string reference = compose::image_reference(project, service);
    bool due = flags.build || service.pull_policy == "build";
    try {
      if (!due) session.engine().inspect_image(reference);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;
      due = true;
    }
    if (due) names.insert(name);
  }
  return names;
}

void add_builds(Session& session, const compose::Project& project, const UpFlags& flags, api::ProjectRequest& request) {
  request.build = flags.build;
  request.no_build = flags.no_build;
  request.builds =
      service_builds(project, services_to_build(session, project, flags), {.local_only = true}, build_surroundings());
  if (request.builds.empty()) return;
  const DockerConfig config;
  request.credentials.merge(config.credentials(config.registries()));
  for (model::ProjectBuild& build : request.builds) build.spec.proxies = config.proxies();
}

}  // namespace

api::ProjectRequest up_request(Session& session, const compose::LoadResult& loaded, const UpFlags& flags) {
  compose::Project project = with_copied_files(*loaded.project, session.files());
  if (std::ranges::any_of(project.services, [](const auto& it) { return it.second.use_api_socket; }))
    project = with_api_sockets(std::move(project), DockerConfig{}.portable());
  UpFlags meant = flags;
  bring_up_providers(session, project, loaded.variables, meant.services, flags.no_deps);
  read_seccomp_profiles(session, project);
  api::ProjectRequest request = request_of(project, loaded.variables, meant);
  add_builds(session, project, meant, request);
  request.parallel = session.parallel();
  return request;
}

std::map<std::string, int> parse_scale(const std::vector<std::string>& words, const char* what) {
  std::map<std::string, int> scale;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    int count = -1;
    const char* end = word.data() + word.size();
    const auto [stop, error] = equals == std::string::npos ? std::from_chars_result{end, std::errc::invalid_argument}
                                                           : std::from_chars(word.data() + equals + 1, end, count);
    if (equals == 0 || error != std::errc{} || stop != end || count < 0) {
      throw Error(ErrorKind::invalid, "invalid " + std::string{what} + " \"" + word + "\"")
          .remedy("it should be SERVICE=NUM, as in web=3");
    }
    scale[word.substr(0, equals)] = count;
  }
  return scale;
}

}  // namespace stack::cli
