#include "cli/commands/build_services.h"

#include <algorithm>
#include <iostream>
#include <map>

#include <unistd.h>

#include "cli/commands/run_build.h"
#include "cli/commands/service_builds.h"
#include "compose/model/project_names.h"

namespace stack::cli {
namespace {

void check_flags(const Session& session, const BuildFlags& f) {
  refuse_attestation("--provenance", f.provenance);
  refuse_attestation("--sbom", f.sbom);
  if (!f.memory.empty())
    throw Error(ErrorKind::unsupported, "--memory: build steps run without limits of their own").remedy("leave it out");
  if (!f.builder.empty()) session.warn("--builder " + f.builder + " has no effect: the engine's own builder builds");
}

std::set<std::string> chosen(const compose::Project& project, const BuildFlags& flags) {
  std::set<std::string> names;
  for (const auto& [name, service] : project.services) {
    const bool named = flags.services.empty() || flags.with_dependencies ||
                       std::find(flags.services.begin(), flags.services.end(), name) != flags.services.end();
    if (named && service.build) names.insert(name);
  }
  return names;
}

// "[build 2/5] RUN make" of web is "[web build 2/5] RUN make".
std::string with_service(const std::string& service, const std::string& name) {
  return name.starts_with('[') ? "[" + service + " " + name.substr(1) : "[" + service + "] " + name;
}

// The images that were built, by their references: what later builds begin with.
using Built = std::map<std::string, std::string>;

model::BuildSpec resolved(const model::BuildSpec& spec, const Built& built) {
  model::BuildSpec copy = spec;
  for (auto& [name, source] : copy.named_contexts) {
    auto* stage = std::get_if<model::BuildStage>(&source);
    if (stage == nullptr) continue;
    if (const auto found = built.find(stage->image_id); found != built.end()) stage->image_id = found->second;
  }
  return copy;
}

// Lines are output, which may be kept; a picture is drawn where progress is.
Easel easel_for(const Session& session, BuildMode mode) {
  const bool lines = mode == BuildMode::plain || mode == BuildMode::rawjson;
  return lines ? easel_on(STDOUT_FILENO, session.status()) : session.easel();
}

// One view for all of them: the steps of each have numbers of their own, and their service in front.
class Builds {
 public:
  // `several`: their steps are told apart by their services.
  Builds(Session& session, BuildMode mode, bool several)
      : session_(session), view_(mode, easel_for(session, mode)), several_(several) {}

  void run(const model::ProjectBuild& build, bool check_only) {
    api::BuildRequest request{.spec = resolved(build.spec, built_), .credentials = {}};
    add_user_settings(request);
    if (check_only) {
      failed_ = run_check(session_, request, {}) != 0 || failed_;
      return;
    }
    const int base = last_;
    const auto show = [&](api::BuildEvent event) {
      std::visit([&](auto& e) { relabel(e, base, build.services.front()); }, event);
      if (!api::is_last(event)) view_.show(event);
    };
    try {
      const api::BuildDone done = session_.engine().build(request, {}, BorrowedFd{-1}, show,
                                                          {.interrupted = &interrupted, .tick = [&] { view_.tick(); }});
      for (const std::string& tag : build.spec.tags) built_[tag] = done.image_id;
    } catch (Error& error) {
      throw error.context("service " + build.services.front());
    }
  }
  void finish() { view_.finish(); }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  template <class Event>
  void relabel(Event& event, int base, const std::string& service) {
    if constexpr (requires { event.step; }) {
      event.step += base;
      last_ = std::max(last_, event.step);
    }
    if constexpr (requires { event.name; }) {
      if (several_) event.name = with_service(service, event.name);
    }
  }

  Session& session_;
  BuildView view_;
  const bool several_;
  Built built_;
  int last_ = 0;  // the highest number of a step so far
  bool failed_ = false;
};

// What is only another's context goes by its own name.
std::string image_of(const compose::Project& project, const std::string& name) {
  const auto found = project.services.find(name);
  if (found != project.services.end()) return compose::image_reference(project, found->second);
  compose::Service context;
  context.name = name;
  return compose::image_reference(project, context);
}

// One line an image, also below a picture.
ProgressMode sum_mode(BuildMode mode) {
  if (mode == BuildMode::quiet) return ProgressMode::quiet;
  return mode == BuildMode::rawjson ? ProgressMode::json : ProgressMode::plain;
}

void push_images(Session& session, const compose::Project& project, const std::vector<model::ProjectBuild>& builds,
                 bool quiet) {
  std::vector<std::string> names;
  for (const model::ProjectBuild& build : builds) {
    for (const std::string& service : build.services) {
      const auto found = project.services.find(service);  // not one that is only another's context
      if (found != project.services.end() && !found->second.image.empty()) names.push_back(found->second.image);
    }
  }
  if (!names.empty()) push_names(session, names, quiet);
}

}  // namespace

int build(Session& session, const BuildFlags& flags) {
  check_flags(session, flags);
  compose::LoadOptions wanted = session.load_options();
  wanted.services = flags.services;
  wanted.with_dependencies = true;  // a context may name a service that is not asked for
  const compose::LoadResult loaded = session.load(std::move(wanted));
  const compose::Project& project = *loaded.project;
  const std::vector<model::ProjectBuild> builds =
      service_builds(project, chosen(project, flags),
                     {.args = flags.build_args, .ssh = flags.ssh, .no_cache = flags.no_cache, .pull = flags.pull},
                     build_surroundings());
  if (flags.print) {
    std::cout << bake_json(builds);
    return 0;
  }
  if (builds.empty()) {
    session.warn("no service to build");
    return 0;
  }
  if (session.options().dry_run) {
    for (const model::ProjectBuild& each : builds)
      std::cout << "build image " << each.reference << " of " << each.services.front() << "\n";
    return 0;
  }
  const BuildMode mode = build_mode(session, flags.progress, flags.quiet);
  session.engine();
  catch_interrupts();
  const CancelNote note{session};
  Builds run{session, mode, builds.size() > 1};
  for (const model::ProjectBuild& each : builds) run.run(each, flags.check);
  run.finish();
  if (flags.check) return run.failed() ? 1 : 0;
  ProgressView sum{sum_mode(mode), session.easel()};
  for (const model::ProjectBuild& each : builds) {
    for (const std::string& service : each.services)
      sum.show(model::Finished{{model::SubjectKind::service, image_of(project, service)}, model::Action::build});
  }
  if (flags.push) push_images(session, project, builds, flags.quiet);
  return 0;
}

}  // namespace stack::cli
