#include "cli/commands/lifecycle.h"

#include <algorithm>
#include <iostream>

#include "compose/load/discover.h"
#include "compose/model/project_json.h"

namespace stack::cli {
namespace {

bool run(Session& session, api::Verb verb, const LifecycleFlags& flags, const Session::Target& target) {
  api::ProjectRequest request{.verb = verb, .project = target.name, .services = flags.services};
  if (target.project) request.resolved = compose::to_wire_json(*target.project);
  if (flags.timeout >= 0) request.timeout = std::chrono::seconds{flags.timeout};
  request.volumes = flags.volumes;
  request.remove_orphans = flags.remove_orphans || compose::is_on(target.variables, "REMOVE_ORPHANS");
  request.no_deps = flags.no_deps;
  request.wait = flags.wait;
  return session.run(request);
}

bool run(Session& session, api::Verb verb, const LifecycleFlags& flags) {
  return run(session, verb, flags, session.target({}));
}

// Of "local" those without a name of their own, which the project itself has built; of "all" every one.
std::vector<std::string> images_to_remove(Session& session, const LifecycleFlags& flags,
                                          const Session::Target& target) {
  std::vector<std::string> images;
  const auto add = [&](const std::string& service, const std::string& image) {
    const bool chosen = flags.services.empty() ||
                        std::find(flags.services.begin(), flags.services.end(), service) != flags.services.end();
    const std::string own = target.name + "-" + service;
    const bool local = image.empty() || image == own || image == own + ":latest";
    if (!chosen || (flags.rmi == "local" && !local)) return;
    images.push_back(image.empty() ? own : image);
  };
  if (target.project) {
    for (const auto& [name, service] : target.project->services) add(name, service.image);
  } else {
    for (const model::Container& c : session.engine().containers(target.name, true)) add(c.spec.service, c.spec.image);
  }
  std::sort(images.begin(), images.end());
  images.erase(std::unique(images.begin(), images.end()), images.end());
  return images;
}

void remove_images(Session& session, const std::vector<std::string>& images) {
  if (session.options().dry_run) {
    for (const std::string& image : images) std::cout << "remove the image " << image << "\n";
    return;
  }
  ProgressView view{session.progress_mode(), session.easel()};
  const auto tell = [&](const std::string& name, const char* text, const char* status) {
    view.show({.kind = api::Report::Kind::progress, .id = "Image " + name, .text = text, .status = status});
  };
  std::optional<Error> failure;
  for (const std::string& name : images) {
    const api::ImageRemoval removal = session.engine().remove_images({name}, false);
    const auto is = [&](ErrorKind kind) {
      return std::any_of(removal.errors.begin(), removal.errors.end(),
                         [&](const Error& e) { return e.kind() == kind; });
    };
    if (is(ErrorKind::not_found)) continue;
    tell(name, "Removing", "Working");
    if (removal.errors.empty()) {
      tell(name, "Removed", "Done");
    } else if (is(ErrorKind::conflict)) {
      tell(name, "Resource is still in use", "Warning");  // others use it: no reason to fail
    } else {
      failure = removal.errors.front();
    }
  }
  view.finish();
  if (failure) throw *failure;
}

}  // namespace

int down(Session& session, const LifecycleFlags& flags) {
  const Session::Target target = session.target({});
  const std::vector<std::string> images =
      flags.rmi.empty() ? std::vector<std::string>{} : images_to_remove(session, flags, target);
  const bool changed = run(session, api::Verb::down, flags, target);
  // With a file it is a wish that is fulfilled already; with nothing but a name it may be misspelt.
  if (!changed && !target.project)
    std::cerr << "warning: no resource found to remove for project \"" << target.name << "\"\n";
  if (!changed && target.project && !session.options().dry_run)
    session.hint("there is nothing to remove: the project has no containers or networks");
  if (!images.empty()) remove_images(session, images);
  return 0;
}

int stop(Session& session, const LifecycleFlags& flags) {
  const bool changed = run(session, api::Verb::stop, flags);
  if (!changed && !session.options().dry_run) session.hint("there is nothing to stop: no such container runs");
  return 0;
}

int start(Session& session, const LifecycleFlags& flags) {
  run(session, api::Verb::start, flags);
  return 0;
}

int restart(Session& session, const LifecycleFlags& flags) {
  const bool changed = run(session, api::Verb::restart, flags);
  if (!changed && !session.options().dry_run)
    session.hint("there is nothing to restart: the project has no containers; make them with: stack up -d");
  return 0;
}

}  // namespace stack::cli
