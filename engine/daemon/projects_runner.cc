#include "engine/daemon/projects_runner.h"

#include <algorithm>
#include <set>

#include <boost/asio/post.hpp>
#include <malloc.h>

#include "compose/model/project_json.h"
#include "compose/plan/reconcile.h"
#include "compose/plan/support.h"
#include "compose/plan/takedown.h"
#include "compose/run/executor.h"
#include "engine/core/lifecycle.h"
#include "engine/core/state_runner.h"
#include "engine/daemon/engine_port_runner.h"
#include "engine/image/pull_policy.h"
#include "engine/image/store.h"

namespace stack::daemon {

using api::Report;
using api::Verb;

struct Projects::Job {
  api::ProjectRequest request;
  std::function<void(const Report&)> report;
  std::optional<compose::Project> project;
  std::unique_ptr<EnginePort> port;
  std::unique_ptr<compose::Executor> executor;
  std::function<void()> cancel_pull;
  bool cancelled = false;
  bool ended = false;
};

namespace {

std::string image_reference(const compose::Project& project, const compose::Service& service) {
  return service.image.empty() ? project.name + "-" + service.name : service.image;
}

std::string located(const compose::SourcePlace& place, const std::string& path, const std::string& message) {
  const std::string where = compose::to_text(place);
  return (where.empty() ? "" : where + ": ") + path + ": " + message;
}

// Everything at once, one line each.
void throw_all(ErrorKind kind, const std::vector<std::string>& lines, const char* remedy) {
  if (lines.empty()) return;
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  Error error{kind, text};
  if (*remedy != 0) error.remedy(remedy);
  throw error;
}

const char* status_word(compose::ProgressStatus status) {
  switch (status) {
    case compose::ProgressStatus::working:
      return "Working";
    case compose::ProgressStatus::done:
      return "Done";
    case compose::ProgressStatus::warning:
      return "Warning";
    case compose::ProgressStatus::error:
      return "Error";
  }
  return "Error";
}

// Only what is to run has to be supported.
compose::Project selected(const compose::Project& project, const std::vector<std::string>& services) {
  compose::Project part = project;
  std::erase_if(part.services, [&](const auto& item) {
    return std::find(services.begin(), services.end(), item.first) == services.end();
  });
  return part;
}

void check_support(const compose::Project& project, const std::vector<std::string>& services,
                   std::vector<std::string>& warnings) {
  std::vector<std::string> refused;
  for (const compose::Unsupported& item : compose::find_unsupported(selected(project, services))) {
    (item.fatal ? refused : warnings).push_back(located(item.place, item.path, item.message));
  }
  throw_all(ErrorKind::unsupported, refused, "");
}

void check_scale(const compose::Project& project, const api::ProjectRequest& request) {
  for (const auto& [name, count] : request.scale) {
    const auto found = project.services.find(name);
    if (found == project.services.end()) throw Error(ErrorKind::not_found, "--scale: no such service: " + name);
    if (count < 0) throw Error(ErrorKind::invalid, "--scale " + name + ": the number of replicas cannot be negative");
    if (count > 1 && !found->second.container_name.empty()) {
      throw Error(ErrorKind::invalid,
                  located(found->second.place_of("container_name"), "services." + name + ".container_name",
                          "the name " + found->second.container_name + " is for one container, but " +
                              std::to_string(count) + " replicas are wanted"))
          .remedy("remove container_name, or scale the service to 1");
    }
  }
}

void check_external(const compose::Project& project, const std::vector<std::string>& services,
                    const compose::Observed& observed) {
  std::vector<std::string> missing;
  for (const std::string& name : services) {
    const compose::Service& service = project.services.at(name);
    for (const auto& [key, settings] : service.networks) {
      const auto network = project.networks.find(key);
      if (network == project.networks.end() || !network->second.external ||
          observed.networks.contains(network->second.name))
        continue;
      missing.push_back(located(compose::find_place(project.places, "networks." + key), "networks." + key,
                                "network " + network->second.name + " declared as external, but could not be found"));
    }
    for (const compose::ServiceMount& mount : service.volumes) {
      const auto volume = mount.type == "volume" ? project.volumes.find(mount.source) : project.volumes.end();
      if (volume == project.volumes.end() || !volume->second.external || observed.volumes.contains(volume->second.name))
        continue;
      missing.push_back(located(compose::find_place(project.places, "volumes." + mount.source),
                                "volumes." + mount.source,
                                "external volume \"" + volume->second.name + "\" not found"));
    }
  }
  std::sort(missing.begin(), missing.end());
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  throw_all(ErrorKind::not_found, missing, "create it first, or remove external: true to let the project make it");
}

void check_targets(const compose::Project& project, const std::vector<std::string>& targets) {
  for (const std::string& name : targets) {
    if (!project.services.contains(name)) throw Error(ErrorKind::not_found, "no such service: " + name);
  }
}

}  // namespace

Projects::Projects(core::Engine& engine, api::ImageBackend& images, std::vector<state::ProjectRow> rows)
    : engine_(engine), images_(images) {
  for (state::ProjectRow& row : rows) {
    std::string name = row.name;
    rows_.emplace(std::move(name), std::move(row));
  }
}

Projects::~Projects() = default;

std::function<void()> Projects::run(api::ProjectRequest request, std::function<void(const Report&)> report) {
  const auto job = std::make_shared<Job>();
  job->request = std::move(request);
  job->report = std::move(report);
  auto& queue = queues_[job->request.project];
  queue.push_back(job);
  const std::string project = job->request.project;
  if (queue.size() > kWaitingMax) {
    queue.pop_back();
    job->report({.kind = Report::Kind::failure,
                 .error = Error(ErrorKind::unavailable, "too many requests for project " + project + " are waiting")});
    return [] {};
  }
  if (queue.size() == 1) boost::asio::post(engine_.context().loop, [this, project] { next(project); });
  return [weak = std::weak_ptr<Job>(job)] {
    const auto alive = weak.lock();
    if (!alive || alive->ended) return;
    alive->cancelled = true;
    if (alive->cancel_pull) alive->cancel_pull();
    if (alive->executor) alive->executor->cancel();
  };
}

void Projects::next(const std::string& project) {
  const auto found = queues_.find(project);
  if (found == queues_.end() || found->second.empty()) return;
  const std::shared_ptr<Job> job = found->second.front();
  try {
    begin(job);
  } catch (const Error& error) {
    finish(job, error, false);
  } catch (const std::exception& error) {
    finish(job, Error(error.what()), false);
  }
}

void Projects::begin(const std::shared_ptr<Job>& job) {
  api::ProjectRequest& request = job->request;
  if (job->cancelled) throw Error(ErrorKind::unavailable, "the client left");
  if (!request.resolved.empty()) {
    job->project = compose::from_wire_json(request.resolved);
    if (job->project->name != request.project)
      throw Error(ErrorKind::invalid, "the project's name is not the one of the request");
  } else if (const auto row = rows_.find(request.project); row != rows_.end()) {
    job->project = compose::from_wire_json(row->second.resolved);
  }
  if (request.verb == Verb::up && !request.dry_run && job->project) return pull(job, [this, job] { execute(job); });
  execute(job);
}

void Projects::execute(const std::shared_ptr<Job>& job) {
  const api::ProjectRequest& request = job->request;
  std::vector<std::string> warnings;
  compose::Plan plan = this->plan(*job, warnings);
  warnings.insert(warnings.end(), plan.warnings.begin(), plan.warnings.end());
  for (const std::string& warning : warnings) job->report({.kind = Report::Kind::warning, .text = warning});
  if (request.dry_run) {
    job->report({.kind = Report::Kind::plan, .text = compose::print(plan)});
    return finish(job, std::nullopt, !plan.empty());
  }
  if (request.verb == Verb::up) {
    for (const std::string& name : plan.kept)
      job->report({.kind = Report::Kind::progress, .id = "Container " + name, .text = "Running", .status = "Done"});
  }
  const bool changes = !plan.empty();
  job->port = std::make_unique<EnginePort>(engine_);
  job->executor = std::make_unique<compose::Executor>(
      std::move(plan), *job->port,
      [report = job->report](const compose::Progress& progress) {
        report({.kind = Report::Kind::progress,
                .id = progress.id,
                .text = progress.text,
                .status = status_word(progress.status),
                .details = progress.details});
      },
      [this, job, changes](compose::RunResult result) {
        // Not from within the executor, which finish() lets go of.
        boost::asio::post(engine_.context().loop, [this, job, changes, result = std::move(result)] {
          std::optional<Error> failure = result.failure;
          if (!failure && result.cancelled) failure = Error(ErrorKind::unavailable, "the operation was cancelled");
          finish(job, std::move(failure), changes);
        });
      },
      request.parallel > 0 ? static_cast<std::size_t>(request.parallel) : compose::Executor::kParallelMax);
  job->executor->start();
}

std::vector<api::ImagePull> Projects::wanted_pulls(const Job& job) const {
  const compose::Project& project = *job.project;
  const Wall now = engine_.context().clock.wall();
  std::vector<api::ImagePull> pulls;
  for (const std::string& name : compose::services_in_order(project, job.request.services, job.request.no_deps)) {
    const compose::Service& service = project.services.at(name);
    if (service.image.empty()) continue;
    api::ImagePull pull{.name = name, .reference = service.image};
    const std::string where = compose::to_text(service.place_of("image"));
    pull.place = (where.empty() ? "" : where + ": ") + "services." + name + ".image";
    pull.platform = service.platform.empty() ? job.request.platform : service.platform;
    pull.policy = job.request.pull.empty() ? service.pull_policy : job.request.pull;
    const bool known = std::any_of(pulls.begin(), pulls.end(), [&](const api::ImagePull& other) {
      return other.reference == pull.reference && other.platform == pull.platform;
    });
    if (known) continue;
    try {
      const auto here = engine_.context().images.find(service.image);
      if (image::wants_pull(image::parse_pull_policy(pull.policy), here, pull.platform, now))
        pulls.push_back(std::move(pull));
    } catch (Error& error) {
      throw error.context(pull.place);
    }
  }
  return pulls;
}

void Projects::pull(const std::shared_ptr<Job>& job, std::function<void()> then) {
  std::vector<std::string> ignored;
  check_targets(*job->project, job->request.services);
  // What cannot run is not worth a download.
  check_support(*job->project, compose::services_in_order(*job->project, job->request.services, job->request.no_deps),
                ignored);
  api::PullRequest request{.images = wanted_pulls(*job), .credentials = std::move(job->request.credentials)};
  if (request.images.empty()) return then();
  // The report may come before pull() returns.
  const auto over = std::make_shared<bool>(false);
  auto cancel = images_.pull(std::move(request), [this, job, then = std::move(then), over](const Report& report) {
    if (report.kind == Report::Kind::progress && job->request.quiet_pull && report.status != "Error") return;
    if (report.kind == Report::Kind::progress) return job->report(report);
    *over = true;
    job->cancel_pull = {};
    try {
      if (report.kind == Report::Kind::failure) throw report.error;
      if (job->cancelled) throw Error(ErrorKind::unavailable, "the client left");
      then();
    } catch (const Error& error) {
      finish(job, error, false);
    } catch (const std::exception& error) {
      finish(job, Error(error.what()), false);
    }
  });
  if (!*over) job->cancel_pull = std::move(cancel);
}

void Projects::finish(const std::shared_ptr<Job>& job, std::optional<Error> failure, bool changed) {
  job->ended = true;
  if (!failure && !job->request.dry_run) remember(*job);
  if (failure) {
    job->report({.kind = Report::Kind::failure, .error = *failure});
  } else {
    job->report({.kind = Report::Kind::done, .changed = changed});
  }
  job->executor.reset();
  job->port.reset();
  const std::string project = job->request.project;
  auto& queue = queues_[project];
  queue.pop_front();
  if (queue.empty()) {
    queues_.erase(project);
    engine_.context().events.publish(
        {.time = engine_.context().clock.wall(), .type = "project", .action = "idle", .id = project, .attributes = {}});
    // A project's text, its plan and its progress are many times what stays of them.
    boost::asio::post(engine_.context().loop, [] { ::malloc_trim(0); });
  } else {
    boost::asio::post(engine_.context().loop, [this, project] { next(project); });
  }
}

compose::Plan Projects::plan(const Job& job, std::vector<std::string>& warnings) {
  const api::ProjectRequest& request = job.request;
  compose::Observed observed = observe(request.project);
  if (request.verb != Verb::up) {
    const compose::Project* known = job.project ? &*job.project : nullptr;
    const compose::TakedownOptions options{.project = request.project,
                                           .services = request.services,
                                           .timeout = request.timeout,
                                           .remove_orphans = request.remove_orphans,
                                           .volumes = request.volumes,
                                           .no_deps = request.no_deps};
    if (known != nullptr) {
      for (const std::string& name : request.services) {
        if (!known->services.contains(name) && !known->disabled.contains(name)) {
          throw Error(ErrorKind::not_found, "no such service: " + name);
        }
      }
    }
    switch (request.verb) {
      case Verb::down:
        return compose::plan_down(known, observed, options);
      case Verb::stop:
        return compose::plan_stop(known, observed, options);
      case Verb::start:
        return compose::plan_start(known, observed, options);
      default:
        return compose::plan_restart(known, observed, options);
    }
  }
  if (!job.project)
    throw Error(ErrorKind::invalid, "project " + request.project + " is not known here: its definition is needed");
  const compose::Project& project = *job.project;
  check_targets(project, request.services);
  check_scale(project, request);
  const std::vector<std::string> services = compose::services_in_order(project, request.services, request.no_deps);
  check_support(project, services, warnings);
  check_external(project, services, observed);
  std::set<std::string> pulled;
  if (request.dry_run) {
    for (const api::ImagePull& pull : wanted_pulls(job)) {
      pulled.insert(pull.reference);
      job.report({.kind = Report::Kind::progress,
                  .id = pull.name,
                  .text = "would be pulled:",
                  .status = "Done",
                  .details = pull.reference});
    }
  }
  resolve_images(project, services, pulled, observed);
  const compose::UpOptions options{.services = request.services,
                                   .no_deps = request.no_deps,
                                   .force_recreate = request.force_recreate,
                                   .no_recreate = request.no_recreate,
                                   .always_recreate_deps = request.always_recreate_deps,
                                   .renew_volumes = request.renew_volumes,
                                   .remove_orphans = request.remove_orphans,
                                   .no_start = request.no_start,
                                   .wait = request.wait,
                                   .scale = request.scale,
                                   .timeout = request.timeout};
  return compose::reconcile(project, observed, options);
}

compose::Observed Projects::observe(const std::string& project) const {
  compose::Observed observed;
  for (const auto& [id, container] : engine_.containers().by_id()) {
    if (container->row().spec.project == project) observed.containers.push_back(container->row());
  }
  observed.networks = engine_.networks().by_name();
  observed.volumes = engine_.volumes().by_name();
  return observed;
}

void Projects::resolve_images(const compose::Project& project, const std::vector<std::string>& services,
                              const std::set<std::string>& pulled, compose::Observed& observed) const {
  std::vector<std::string> missing;
  for (const std::string& name : services) {
    const compose::Service& service = project.services.at(name);
    const std::string reference = image_reference(project, service);
    if (observed.images.contains(reference)) continue;
    std::optional<model::Image> image;
    std::string why = "no such image: " + reference;
    try {
      image = engine_.context().images.find(reference);
    } catch (const Error& error) {
      why = error.message();
    }
    if (image) {
      observed.images.emplace(reference, std::move(*image));
    } else if (pulled.contains(reference)) {
      observed.images.emplace(reference, model::Image{});  // a plan that is only shown: it would be pulled
    } else {
      missing.push_back(located(service.place_of("image"), "services." + name + ".image", why));
    }
  }
  throw_all(ErrorKind::not_found, missing,
            "pull it with: stack pull; or import one with: stack image import FILE.tar NAME");
}

void Projects::remember(const Job& job) {
  const api::ProjectRequest& request = job.request;
  if (request.verb == Verb::down && request.services.empty()) {
    if (rows_.erase(request.project) > 0) engine_.context().state.post({state::DeleteProject{request.project}});
    return;
  }
  if (request.verb != Verb::up || request.resolved.empty()) return;
  state::ProjectRow& row = rows_[request.project];
  if (row.resolved == request.resolved) return;
  row = {request.project, row.generation + 1, request.resolved};
  engine_.context().state.post({state::PutProject{row}});
}

std::vector<model::Container> Projects::containers(const std::string& project, bool all) {
  std::vector<model::Container> result;
  for (const auto& [id, container] : engine_.containers().by_id()) {
    const model::Container& row = container->row();
    if (row.spec.project == project && (all || core::is_alive(row.state))) result.push_back(row);
  }
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.spec.name < b.spec.name; });
  return result;
}

std::vector<std::string> Projects::projects() {
  std::vector<std::string> names;
  for (const auto& [name, row] : rows_) names.push_back(name);
  for (const auto& [id, container] : engine_.containers().by_id()) {
    if (!container->row().spec.project.empty()) names.push_back(container->row().spec.project);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace stack::daemon
