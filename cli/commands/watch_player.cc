#include "cli/commands/watch_player.h"

#include <iostream>

#include "cli/commands/providers.h"
#include "cli/commands/up_request.h"
#include "cli/commands/watched_sync.h"
#include "compose/model/project_json.h"
#include "engine/client/engine_error.h"
#include "engine/client/exec_client.h"

namespace stack::cli {
namespace {

// As Go prints a list of words: ["api" "web"].
std::string list_text(const std::set<std::string>& names) {
  std::string text = "[";
  for (const std::string& name : names) text += (text.size() > 1 ? " \"" : "\"") + name + "\"";
  return text + "]";
}

std::vector<std::string> words_of(const compose::Environment& environment) {
  std::vector<std::string> words;
  for (const auto& [name, value] : environment) words.push_back(value ? name + "=" + *value : name);
  return words;
}

// The others are there and not meant.
compose::LoadResult only_these(const compose::LoadResult& loaded, const std::set<std::string>& services) {
  compose::LoadResult only{.project = loaded.project, .variables = loaded.variables};
  std::erase_if(only.project->services, [&](auto& entry) {
    if (services.contains(entry.first) || entry.second.provider) return false;
    only.project->disabled.insert(std::move(entry));
    return true;
  });
  return only;
}

}  // namespace

void WatchPlayer::warn(const std::string& text) const {
  output_.alone([&] { std::cerr << "warning: " << text << "\n"; });
}

bool WatchPlayer::attempt(const std::string& what, const std::function<void()>& step) {
  try {
    step();
    return true;
  } catch (const Error& error) {
    if (stopped_.load()) return false;
    warn(what + ": " + error.render());
    engine_went_ = engine_went_ || client::engine_is_gone(error);
    return false;
  }
}

bool WatchPlayer::engine_stayed() const {
  if (engine_went_) warn("the engine went away: the changes are played again once one answers");
  return !engine_went_;
}

bool WatchPlayer::play(const compose::LoadResult& loaded, const compose::WatchWork& work) {
  const compose::Project& project = *loaded.project;
  engine_went_ = false;
  if (!work.rebuild.empty()) rebuild(loaded, work.rebuild);
  for (const auto& [service, paths] : work.sync) {
    if (engine_went_) break;
    say("Syncing service \"" + service + "\" after " + std::to_string(paths.size()) + " changes were detected");
    attempt("handling changed files", [&] { sync_files(session_.engine(), project.name, service, paths); });
  }
  if (!engine_went_ && !work.restart.empty()) restart(project, work.restart);
  for (const auto& [service, hooks] : work.exec) {
    for (const compose::Hook* hook : hooks) {
      if (!engine_went_) execute(project, service, *hook);
    }
  }
  return engine_stayed();
}

void WatchPlayer::rebuild(const compose::LoadResult& loaded, const std::set<std::string>& services) {
  const std::string list = list_text(services);
  say("Rebuilding service(s) " + list + " after changes were detected...");
  const bool done = attempt("rebuilding service(s) " + list, [&] {
    UpFlags flags{.services = {services.begin(), services.end()}};
    flags.build = flags.force_recreate = flags.no_deps = true;
    run(up_request(session_, only_these(loaded, services), flags), options_.quiet);
  });
  if (!done) return;
  say("service(s) " + list + " successfully built");
  if (!options_.prune) return;
  attempt("removing images without a name",
          [&] { session_.engine().prune_images({.labels = {"com.docker.compose.project=" + loaded.project->name}}); });
}

void WatchPlayer::restart(const compose::Project& project, const std::set<std::string>& services) {
  const std::string list = list_text(services);
  const bool done = attempt("restarting service(s) " + list, [&] {
    run({.verb = api::Verb::restart,
         .project = project.name,
         .resolved = compose::to_wire_json(without_providers(project)),
         .services = {services.begin(), services.end()}},
        true);
  });
  if (done) say("service(s) " + list + " restarted");
}

void WatchPlayer::execute(const compose::Project& project, const std::string& service, const compose::Hook& hook) {
  attempt("running the command of service \"" + service + "\"", [&] {
    for (const model::Container& container : session_.engine().containers(project.name, false)) {
      if (container.spec.service != service || container.spec.one_off) continue;
      const auto code = client::run_exec(session_.socket_path(),
                                         {.container = container.id,
                                          .argv = hook.command.value_or(compose::Strings{}),
                                          .env = words_of(hook.environment),
                                          .user = hook.user,
                                          .working_dir = hook.working_dir,
                                          .privileged = hook.privileged,
                                          .stdin_open = false},
                                         {}, &stopped_);
      if (code.value_or(0) != 0)
        warn("the command in " + container.spec.name + " ended with code " + std::to_string(*code));
    }
  });
}

bool WatchPlayer::apply(const compose::LoadResult& loaded) {
  engine_went_ = false;
  attempt("applying the changed Compose file",
          [&] { run(up_request(session_, loaded, UpFlags{.services = options_.services}), options_.quiet); });
  return engine_stayed();
}

void WatchPlayer::run(const api::ProjectRequest& request, bool quiet) {
  ProgressView view{quiet ? ProgressMode::quiet : ProgressMode::plain, session_.easel()};
  session_.engine().run(request, [&](const api::Report& report) { output_.alone([&] { view.show(report); }); },
                        {.interrupted = &stopped_, .tick = [] {}});
}

}  // namespace stack::cli
