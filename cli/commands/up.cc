#include "cli/commands/up.h"

#include <algorithm>
#include <array>
#include <iostream>
#include <optional>

#include "cli/commands/background_watch.h"
#include "cli/commands/exit_codes.h"
#include "cli/commands/follower.h"
#include "cli/commands/lint.h"
#include "cli/commands/providers.h"
#include "cli/commands/up_keys.h"
#include "cli/commands/up_request.h"
#include "cli/commands/up_screen.h"
#include "compose/load/discover.h"
#include "compose/model/no_such_service.h"

namespace stack::cli {
namespace {

void refuse_together(bool a, const char* first, bool b, const char* second) {
  if (a && b) throw Error(ErrorKind::invalid, std::string{first} + " and " + second + " are incompatible");
}

void check_flags(const UpFlags& f) {
  refuse_together(f.force_recreate, "--force-recreate", f.no_recreate, "--no-recreate");
  refuse_together(f.no_recreate, "--no-recreate", f.always_recreate_deps, "--always-recreate-deps");
  refuse_together(f.no_recreate, "--no-recreate", f.renew_anon_volumes, "--renew-anon-volumes");
  refuse_together(f.abort_on_container_exit, "--abort-on-container-exit", f.abort_on_container_failure,
                  "--abort-on-container-failure");
  const bool attached_flag = f.abort_on_container_exit || f.abort_on_container_failure || !f.exit_code_from.empty() ||
                             !f.attach.empty() || f.attach_dependencies;
  if ((f.detach || f.wait) && (attached_flag || f.watch)) {
    throw Error(ErrorKind::invalid,
                std::string{f.detach ? "--detach" : "--wait"} +
                    " cannot be combined with --abort-on-container-exit, --abort-on-container-failure, "
                    "--exit-code-from, --attach, --attach-dependencies or --watch");
  }
  refuse_together(f.no_build, "--no-build", f.watch, "--watch");
  refuse_together(f.no_start, "--no-start", f.watch, "--watch");
  refuse_together(!f.attach.empty(), "--attach", f.attach_dependencies, "--attach-dependencies");
  refuse_together(f.build, "--build", f.no_build, "--no-build");
  if (f.wait_timeout < 0) throw Error(ErrorKind::invalid, "--wait-timeout cannot be negative");
  if (!f.pull.empty() && f.pull != "always" && f.pull != "missing" && f.pull != "never" && f.pull != "if_not_present") {
    throw Error(ErrorKind::invalid, "invalid --pull value \"" + f.pull + "\"").remedy("use always, missing or never");
  }
}

// Settings of Docker Compose that ask for what is not there.
void warn_of_idle_settings(const Session& session) {
  struct Idle {
    const char* name;
    const char* why;
  };
  static constexpr std::array kIdle{Idle{"EXPERIMENTAL", "nothing here is experimental"},
                                    Idle{"CONVERT_WINDOWS_PATHS", "paths of Windows are not converted on Linux"}};
  for (const Idle& each : kIdle) {
    if (session.is_on(each.name)) session.warn(std::string{"COMPOSE_"} + each.name + " has no effect: " + each.why);
  }
}

// The services whose output attached `up` shows.
std::vector<std::string> attached_services(const compose::Project& project, const UpFlags& flags) {
  std::vector<std::string> names;
  for (const auto& [name, service] : project.services) {
    const auto listed = [&](const std::vector<std::string>& list) {
      return std::find(list.begin(), list.end(), name) != list.end();
    };
    bool shown = service.attach.value_or(true);
    if (!flags.services.empty() && !flags.attach_dependencies) shown = shown && listed(flags.services);
    if (!flags.attach.empty()) shown = listed(flags.attach);
    if (listed(flags.no_attach)) shown = false;
    if (shown) names.push_back(name);
  }
  return names;
}

// All of the project, sorted: what gives each its colour.
std::vector<std::string> names_of(const compose::Project& project) {
  std::vector<std::string> names;
  for (const auto& [name, service] : project.services) names.push_back(name);
  for (const auto& [name, service] : project.disabled) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

// Services whose ends matter: those shown, and those named, whose lines may be unwanted.
std::vector<std::string> followed_services(const compose::Project& project, const std::vector<std::string>& shown,
                                           const UpFlags& flags) {
  std::vector<std::string> names = shown;
  for (const std::string& name : flags.services) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  std::erase_if(names, [&](const std::string& name) { return !project.services.contains(name); });
  return names;
}

std::optional<Nanos> timeout_of(const UpFlags& flags) {
  return flags.timeout < 0 ? std::nullopt : std::optional<Nanos>{std::chrono::seconds{flags.timeout}};
}

// Those that it was asked for, or all of the file: orphans run on.
std::vector<std::string> services_of(const compose::Project& project, const UpFlags& flags) {
  if (!flags.services.empty()) return flags.services;
  std::vector<std::string> names;
  for (const auto& [name, service] : project.services) names.push_back(name);
  return names;
}

void stop_project(Session& session, const compose::Project& project, const UpFlags& flags,
                  std::optional<Nanos> timeout) {
  api::ProjectRequest request{
      .verb = api::Verb::stop, .project = project.name, .services = services_of(project, flags), .timeout = timeout};
  request.parallel = session.parallel();
  // The last words of the containers are shown meanwhile.
  const ProgressMode mode = session.progress_mode();
  ProgressView view{mode == ProgressMode::tty ? ProgressMode::plain : mode, session.easel()};
  session.engine().run(request, [&](const api::Report& report) { view.show(report); },
                       {.interrupted = &interrupted, .tick = [&] { view.tick(); }});
}

// First Ctrl-C: stop in order; a second one meanwhile: kill.
int stop_after_interrupt(Session& session, const compose::Project& project, const UpFlags& flags) {
  std::cerr << "\nGracefully stopping... (press Ctrl+C again to force)\n";
  interrupted.store(false);
  try {
    stop_project(session, project, flags, timeout_of(flags));
  } catch (const Error&) {
    if (!interrupted.exchange(false)) throw;
    std::cerr << "Killing...\n";
    const std::vector<std::string> services = services_of(project, flags);
    for (const model::Container& container : session.engine().containers(project.name, false)) {
      if (std::ranges::find(services, container.spec.service) != services.end())
        session.engine().kill(container.id, "SIGKILL");
    }
    stop_project(session, project, flags, Nanos{0});
  }
  return kInterruptedExit;
}

std::vector<std::string> labels_of(const compose::Project& project, const std::vector<std::string>& services,
                                   const std::map<std::string, int>& scale) {
  std::vector<std::string> names;
  for (const std::string& name : services) {
    const compose::Service& service = project.services.at(name);
    const auto wanted = scale.find(name);
    const int replicas = wanted != scale.end() ? wanted->second : static_cast<int>(service.replicas());
    for (int number = 1; number <= replicas; ++number) {
      const std::string label =
          service.container_name.empty() ? name + project.separator + std::to_string(number) : service.container_name;
      names.push_back(label);
    }
  }
  return names;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

bool starts_container(const api::Report& report) {
  const auto* event = std::get_if<model::ProgressEvent>(&report);
  const auto* started = event == nullptr ? nullptr : std::get_if<model::Started>(event);
  return started != nullptr && started->action == model::Action::start;
}

// As wide as the prefixes of the logs, so that the mark stands where their bars do.
std::string watch_prefix(const compose::Project& project, const std::vector<std::string>& services,
                         const api::ProjectRequest& request, const UpFlags& flags, bool colour) {
  if (flags.no_log_prefix) return {};
  std::size_t width = 0;
  for (const std::string& label : labels_of(project, services, request.scale)) width = std::max(width, label.size());
  const std::string mark = std::string(width + 2, ' ') + "\u29bf ";
  return colour ? "\x1b[92m" + mark + "\x1b[0m" : mark;
}

// The end of an attached `up` whose services are up.
int wait_for_end(Session& session, const compose::Project& project, const UpFlags& flags, Follower& follower,
                 UpKeys& keys, BackgroundWatch& watch) {
  const auto press = [&](char key) { return keys.press(key); };
  const Follower::End end = follower.wait_for_decision(keys.shown() ? std::function<bool(char)>{press} : nullptr,
                                                       [&] { return watch.running(); });
  keys.finish();
  watch.stop();
  if (end == Follower::End::left) return 0;
  if (end == Follower::End::interrupt) {
    const int code = stop_after_interrupt(session, project, flags);
    follower.finish();
    return code;
  }
  if (!follower.decided()) return follower.broken() ? 1 : 0;
  std::cerr << "Aborting on container exit...\n";
  stop_project(session, project, flags, timeout_of(flags));
  follower.finish();
  return follower.exit_code();
}

DecisiveExit decisive_exit(const UpFlags& flags) {
  return {
      .any_exit = flags.abort_on_container_exit || (!flags.exit_code_from.empty() && !flags.abort_on_container_failure),
      .any_failure = flags.abort_on_container_failure,
      .code_of = flags.exit_code_from};
}

// Attached: the logs are followed from the moment when the first container starts.
int up_attached(Session& session, const compose::LoadResult& loaded, const compose::LoadOptions& load,
                const UpFlags& flags, const api::ProjectRequest& request) {
  const compose::Project project = without_providers(*loaded.project);
  const std::vector<std::string> services = attached_services(project, flags);
  const std::vector<std::string> followed = followed_services(project, services, flags);
  session.engine();
  catch_interrupts();
  UpScreen screen{session.progress_mode(), session.easel(), project.name};
  BackgroundWatch watch{session,
                        screen,
                        loaded,
                        load,
                        {.services = flags.services, .quiet = flags.quiet},
                        watch_prefix(project, services, request, flags, !flags.no_color && session.out().colour)};
  if (flags.watch) watch.prepare();
  Follower follower{session.socket_path(),
                    // With services named, their end is the end, whatever else is shown.
                    {.project = project.name,
                     .services = followed,
                     .follow = true,
                     .lifecycle = true,
                     .decisive = flags.services,
                     .since = SystemClock{}.wall()},
                    {.prefix = !flags.no_log_prefix,
                     .colour = !flags.no_color && session.out().colour,
                     .timestamps = flags.timestamps,
                     .split_streams = true,
                     .lifecycle = true,
                     .services = names_of(project)},
                    decisive_exit(flags),
                    services,
                    [&screen](int fd, std::string_view text) { screen.write(fd, text); }};
  const auto follow = [&] {
    if (followed.empty() || follower.started()) return;
    const std::vector<std::string> labels = labels_of(project, services, request.scale);
    if (!labels.empty()) screen.write(1, "Attaching to " + joined(labels) + "\n");
    for (const std::string& label : labels) follower.expect(label);
    follower.start();
  };
  try {
    session.engine().run(request,
                         [&](const api::Report& report) {
                           session.note(request.project, report);
                           if (starts_container(report)) follow();
                           screen.show(report, follower.started());
                         },
                         {.interrupted = &interrupted, .tick = [&] { screen.tick(); }});
  } catch (const Error&) {
    if (!interrupted.load()) throw;
    screen.finish();  // what follows is written below the picture
    return stop_after_interrupt(session, project, flags);
  }
  screen.finish();
  follow();
  if (followed.empty() && !flags.watch) return 0;
  if (flags.watch) watch.start();
  UpKeys keys{session, screen, watch, flags.menu};
  return wait_for_end(session, project, flags, follower, keys, watch);
}

}  // namespace

int up(Session& session, const UpFlags& flags) {
  check_flags(flags);
  const std::map<std::string, int> scale = parse_scale(flags.scale);
  compose::LoadOptions wanted = session.load_options();
  wanted.effects = true;
  // Named services are enabled with all their profiles; what to start is the engine's to select.
  wanted.services = flags.services;
  wanted.with_dependencies = !flags.no_deps;
  const compose::LoadResult loaded = session.load(wanted);
  const compose::Project& project = *loaded.project;
  if (project.services.empty()) throw Error(ErrorKind::invalid, "no service selected");
  for (const auto* list : {&flags.attach, &flags.no_attach}) {
    for (const std::string& name : *list) {
      if (!project.services.contains(name)) throw compose::no_such_service(project, name);
    }
  }
  if (!flags.exit_code_from.empty() && !project.services.contains(flags.exit_code_from)) {
    throw compose::no_such_service(project, flags.exit_code_from);
  }
  const api::ProjectRequest request = up_request(session, loaded, flags);
  warn_of_idle_settings(session);
  for (const compose::Diagnostic& warning : missing_programs(session, loaded, flags.services, flags.no_deps))
    std::cerr << compose::render(warning);
  const bool attached = !flags.detach && !flags.wait && !flags.no_start && !session.options().dry_run;
  if (!attached) {
    const std::optional<Nanos> patience =
        flags.wait_timeout > 0 ? std::optional<Nanos>{std::chrono::seconds{flags.wait_timeout}} : std::nullopt;
    session.run(request, patience);
    return 0;
  }
  return up_attached(session, loaded, wanted, flags, request);
}

}  // namespace stack::cli
