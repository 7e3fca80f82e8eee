#include "engine/service/projects.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <boost/asio/post.hpp>
#include <signal.h>

#include "base/file.h"
#include "base/model/restarts.h"
#include "base/model/unready_ports.h"
#include "base/thrown.h"
#include "compose/model/project_json.h"
#include "compose/plan/plan_json.h"
#include "compose/run/executor.h"
#include "engine/core/claims.h"
#include "engine/core/container_record.h"
#include "engine/core/engine_socket.h"
#include "engine/core/state_writer.h"
#include "engine/image/image_store.h"
#include "engine/service/engine_port.h"
#include "engine/service/image_check.h"

namespace stack::service {

using api::Report;
using api::Verb;

struct Projects::Job {
  api::ProjectRequest request;
  std::function<void(const Report&)> report;
  std::optional<compose::Project> project;
  std::unique_ptr<EnginePort> port;
  std::unique_ptr<compose::Executor> executor;
  bool pulled = false;   // what the plan pulls is here
  bool fetched = false;  // and something of it was new
  std::vector<api::RevisionStep> pull_steps;
  std::optional<RevisionLog::Entry> revision;
  bool cancelled = false;
  bool ended = false;
  bool waits = false;   // the client was told so
  std::string summary;  // what is told at the end of what succeeded
  Wall begun{};
  core::Claims::Claim claim;  // on what the project names, while it runs
};

namespace {

// Whether there is a file or folder. What cannot be looked at is for the start to complain about.
bool exists(const std::string& path) {
  std::error_code unknown;
  return std::filesystem::exists(path, unknown) || unknown;
}

// Asks which files its secrets and configs are.
void identify_files(compose::Project& project) {
  for (auto* objects : {&project.secrets, &project.configs}) {
    for (auto& [name, object] : *objects) {
      if (!object.file.empty()) object.identity = file_identity(object.file);
    }
  }
}

// Whether it asks for containers to end at once.
bool hurries(const api::ProjectRequest& request) {
  return request.timeout && request.timeout->count() == 0 && !request.dry_run;
}

// Whether it can be done while something else is under way: it takes nothing for granted, and leaves nothing half done.
bool goes_beside(const api::ProjectRequest& request) { return request.verb == Verb::kill; }

std::string holder_of(const api::ProjectRequest& request) {
  return std::string{to_word(request.verb)} + " of project " + request.project;
}

// What must not be removed while the project is brought up.
std::vector<core::Claims::Item> items_of(const compose::Project& project) {
  using Kind = core::Claims::Kind;
  std::vector<core::Claims::Item> items;
  for (const auto& [name, service] : project.services) {
    if (!service.image.empty()) items.push_back({Kind::image, service.image});
  }
  for (const auto& [key, network] : project.networks) items.push_back({Kind::network, network.name});
  for (const auto& [key, volume] : project.volumes) items.push_back({Kind::volume, volume.name});
  return items;
}

model::Subject subject_of(const api::ProjectRequest& request) { return {model::SubjectKind::project, request.project}; }

}  // namespace

Projects::Projects(core::Engine& engine, api::ImageBackend& images, api::BuildBackend* builder,
                   std::vector<state::ProjectRow> rows, std::map<std::string, std::int64_t> last_revisions)
    : engine_(engine), images_(images), builder_(builder), revisions_(engine, std::move(last_revisions)) {
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
  const std::string project = job->request.project;
  if (goes_beside(job->request)) {
    beside_.insert(job);
    boost::asio::post(engine_.context().loop, [this, job] { attempt(job, &Projects::begin); });
  } else {
    auto& queue = queues_[project];
    queue.push_back(job);
    if (queue.size() > kWaitingMax) {
      queue.pop_back();
      job->report(
          api::Failure{Error(ErrorKind::unavailable, "too many requests for project " + project + " are waiting")});
      return [] {};
    }
    if (queue.size() > 1) {
      tell_to_wait(*job, *queue.front());
      hurry_up(job->request, *queue.front());
    } else {
      boost::asio::post(engine_.context().loop, [this, project] { next(project); });
    }
  }
  return [this, weak = std::weak_ptr<Job>(job)] {
    if (const auto alive = weak.lock(); alive && !alive->ended) cancel(*alive);
  };
}

void Projects::cancel(Job& job) {
  if (std::exchange(job.cancelled, true)) return;
  if (job.port) job.port->cancel_work();
  if (job.executor) job.executor->cancel();
  const auto queue = queues_.find(job.request.project);
  if (queue == queues_.end() || queue->second.front().get() != &job) return;
  // What it has begun goes on, and those that wait for it wait for nobody any more.
  for (const auto& each : queue->second) {
    if (each.get() != &job && !each->cancelled) tell_to_wait(*each, job);
  }
}

bool Projects::busy(const std::string& project) const {
  return queues_.contains(project) ||
         std::any_of(beside_.begin(), beside_.end(), [&](const auto& job) { return job->request.project == project; });
}

boost::asio::awaitable<void> Projects::stop() {
  stopped_ = true;
  std::vector<std::shared_ptr<Job>> jobs;
  for (const auto& [project, queue] : queues_) jobs.insert(jobs.end(), queue.begin(), queue.end());
  jobs.insert(jobs.end(), beside_.begin(), beside_.end());
  for (const auto& job : jobs) {
    if (job->port) job->port->cancel_work();
    if (job->executor) job->executor->cancel();
    if (job->port) co_await job->port->stop();
  }
  co_await revisions_.stop();
}

void Projects::tell_to_wait(Job& job, const Job& first) const {
  const Nanos since = engine_.context().time.wall() - first.begun;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since).count();
  const std::int32_t client = first.request.client_pid;
  job.waits = true;
  std::string who = client > 0 ? "process ID " + std::to_string(client) + ", " : "";
  if (first.cancelled) who = "cancelled, ";  // its process is gone
  job.report(model::Started{.subject = subject_of(job.request),
                            .action = model::Action::queue,
                            .cause = {},
                            .details = "for \"" + std::string{to_word(first.request.verb)} + "\" of this project (" +
                                       who + "for " + std::to_string(std::max<std::int64_t>(seconds, 0)) + "s)"});
}

void Projects::hurry_up(const api::ProjectRequest& request, const Job& first) {
  if (!hurries(request)) return;
  if (first.port) first.port->hurry(request.services);
  end_stops(request);
}

// What is being stopped with patience ends now.
void Projects::end_stops(const api::ProjectRequest& request) {
  for (const auto& [id, container] : engine_.containers().by_id()) {
    const model::Container& row = container->row();
    const auto& named = request.services;
    const bool meant = row.spec.project == request.project &&
                       (named.empty() || std::find(named.begin(), named.end(), row.spec.service) != named.end());
    if (!meant || !row.state.stopped_by_user || row.state.status != model::Status::running) continue;
    // What fails says that it has just ended by itself, or makes the stop fail as well.
    engine_.context().tasks.start(container->kill(SIGKILL), [container](const std::exception_ptr&) {});
  }
}

void Projects::next(const std::string& project) {
  const auto found = queues_.find(project);
  if (found == queues_.end() || found->second.empty()) return;
  attempt(found->second.front(), &Projects::begin);
}

void Projects::attempt(const std::shared_ptr<Job>& job, void (Projects::*step)(const std::shared_ptr<Job>&)) {
  try {
    (this->*step)(job);
  } catch (const Error& error) {
    finish(job, error, false);
  } catch (const std::exception& error) {
    finish(job, error_of(error), false);
  }
}

void Projects::begin(const std::shared_ptr<Job>& job) {
  api::ProjectRequest& request = job->request;
  if (stopped_) throw Error(ErrorKind::unavailable, "the engine is shutting down");
  if (job->cancelled) throw Error(ErrorKind::unavailable, "the client left");
  job->begun = engine_.context().time.wall();
  if (job->waits) job->report(model::Finished{subject_of(request), model::Action::queue});
  if (!request.resolved.empty()) {
    job->project = compose::from_wire_json(request.resolved);
    if (job->project->name != request.project)
      throw Error(ErrorKind::invalid, "the project's name is not the one of the request");
  } else if (const auto row = rows_.find(request.project); row != rows_.end()) {
    job->project = compose::from_wire_json(row->second.resolved);
  }
  const bool compares = request.verb == Verb::up || request.verb == Verb::run;
  if (job->project && compares) identify_files(*job->project);
  const bool uses = request.verb == Verb::up || request.verb == Verb::run || request.verb == Verb::start ||
                    request.verb == Verb::restart;
  if (uses && !request.dry_run && job->project)
    job->claim = engine_.context().claims.hold(holder_of(request), items_of(*job->project));
  execute(job);
}

void Projects::execute(const std::shared_ptr<Job>& job) {
  const api::ProjectRequest& request = job->request;
  auto [plan, warnings, images] = decide(request, known(*job), observe(request.project), image_finder(job->pulled),
                                         machine_judge(), {.exists = exists, .answers = core::answers}, start_judge());
  if (plan.pulls > 0 && !request.dry_run) return play_pulls(job, std::move(plan));
  for (const std::string& warning : warnings) job->report(api::Notice{warning});
  if (request.dry_run) {
    const std::string sum = compose::summary(plan), json = compose::plan_json(compose::without_texts(plan));
    plan.warnings.clear();  // they have been told
    job->report(api::PlanReport{.text = compose::print(plan) + compose::legend(plan) + (sum.empty() ? "" : sum + "\n"),
                                .json = json});
    return finish(job, std::nullopt, !plan.empty());
  }
  play_rest(job, std::move(plan), images);
}

// What the pulls bring decides what else is to do.
void Projects::play_pulls(const std::shared_ptr<Job>& job, compose::Plan plan) {
  compose::Plan pulls;
  pulls.nodes.assign(plan.nodes.begin(), plan.nodes.begin() + static_cast<std::ptrdiff_t>(plan.pulls));
  pulls.pulls = plan.pulls;
  job->pull_steps = steps_of(pulls);
  play(job, std::move(pulls), [this, job](compose::RunResult result) {
    if (!result.failure && (result.cancelled || job->cancelled))
      result.failure = Error(ErrorKind::unavailable, "the client left");
    if (result.failure) return finish(job, std::move(result.failure), false);
    job->pulled = true;
    job->fetched = result.changes > 0;
    attempt(job, &Projects::execute);
  });
}

void Projects::play_rest(const std::shared_ptr<Job>& job, compose::Plan plan,
                         const std::map<std::string, model::Image>& images) {
  const api::ProjectRequest& request = job->request;
  if (request.verb == Verb::up) {
    for (const std::string& name : plan.kept) job->report(kept(name));
    job->summary = compose::summary(plan);
  }
  for (const model::ProgressEvent& event : compose::pending(plan)) job->report(event);
  const bool changes = !plan.empty();
  if (changes || job->fetched) {
    std::vector<api::RevisionStep> steps = std::exchange(job->pull_steps, {});
    for (api::RevisionStep& step : steps_of(plan)) steps.push_back(std::move(step));
    const auto row = rows_.find(request.project);
    std::string resolved = request.resolved;
    if (resolved.empty() && row != rows_.end()) resolved = row->second.resolved;
    job->revision = revisions_.begin({.request = request,
                                      .project = known(*job),
                                      .resolved = std::move(resolved),
                                      .images = images,
                                      .steps = std::move(steps),
                                      .begun = job->begun});
  }
  play(job, std::move(plan), [this, job, changes](const compose::RunResult& result) {
    std::optional<Error> failure = result.failure;
    if (!failure && result.cancelled) failure = Error(ErrorKind::unavailable, "the operation was cancelled");
    finish(job, std::move(failure), changes);
  });
}

void Projects::play(const std::shared_ptr<Job>& job, compose::Plan plan, std::function<void(compose::RunResult)> then) {
  const api::ProjectRequest& request = job->request;
  const bool quiet = request.quiet_pull && plan.pulls > 0;
  const auto progress = [report = job->report, quiet](const model::ProgressEvent& event) {
    if (!quiet || std::holds_alternative<model::Failed>(event)) report(event);
  };
  job->executor.reset();
  job->port = std::make_unique<EnginePort>(
      engine_, images_,
      EnginePort::Options{.holder = holder_of(request),
                          .project = known(*job),
                          .credentials = request.credentials,
                          .on_part = progress,
                          .on_warning = [report = job->report](const std::string& text) { report(api::Notice{text}); },
                          .builder = builder_,
                          .builds = &job->request.builds});
  // Also those that it is in the way of already.
  if (const auto queue = queues_.find(request.project); queue != queues_.end()) {
    for (const auto& each : queue->second) {
      if (each != job && hurries(each->request)) job->port->hurry(each->request.services);
    }
  }
  job->executor = std::make_unique<compose::Executor>(
      std::move(plan), *job->port,
      compose::Listener{.progress = progress,
                        .note = [report = job->report](const std::string& text) { report(api::Notice{text}); }},
      [this, then = std::move(then)](compose::RunResult result) {
        // Not from within the executor, which may be let go of.
        boost::asio::post(engine_.context().loop,
                          [then, result = std::move(result)]() mutable { then(std::move(result)); });
      },
      request.parallel > 0 ? static_cast<std::size_t>(request.parallel) : compose::Executor::kParallelMax);
  job->executor->start();
}

void Projects::finish(const std::shared_ptr<Job>& job, std::optional<Error> failure, bool changed) {
  job->ended = true;
  if (!failure && job->request.verb == Verb::up && !job->request.dry_run) {
    for (std::string& sentence : model::unready_ports(containers(job->request.project, false)))
      job->report(api::Notice{std::move(sentence)});
  }
  job->claim = {};
  if (job->revision) revisions_.end(*std::exchange(job->revision, {}), failure, job->cancelled, job->summary);
  if (!failure && !job->request.dry_run) remember(*job);
  // What is answered as done survives a kill of the engine, also what nothing after it has waited for.
  engine_.context().tasks.start(engine_.context().state.settle({}),
                                [this, job, failure = std::move(failure), changed](const std::exception_ptr&) {
                                  conclude(job, failure, changed);
                                });
}

void Projects::conclude(const std::shared_ptr<Job>& job, const std::optional<Error>& failure, bool changed) {
  if (failure) {
    job->report(api::Failure{*failure});
  } else {
    job->report(api::Done{.changed = changed, .summary = job->summary});
  }
  job->executor.reset();
  job->port.reset();
  const std::string project = job->request.project;
  if (beside_.erase(job) == 0) {
    auto& queue = queues_[project];
    queue.pop_front();
    if (!queue.empty()) return boost::asio::post(engine_.context().loop, [this, project] { next(project); });
    queues_.erase(project);
  }
  if (busy(project)) return;
  engine_.context().events.publish(
      {.time = engine_.context().time.wall(), .type = "project", .action = "idle", .id = project, .attributes = {}});
}

// One that is left as it is, with what is wrong with it.
model::ProgressEvent Projects::kept(const std::string& name) const {
  model::Subject subject{model::SubjectKind::container, name};
  const auto container = engine_.containers().find(name);
  if (!container || !model::keeps_ending(container->row().state, engine_.context().time.wall()))
    return model::Finished{std::move(subject), model::Action::run};
  const model::ContainerState& state = container->row().state;
  const bool runs = state.status != model::Status::restarting;
  return model::Warned{std::move(subject), runs ? model::Action::run : model::Action::restart,
                       model::Reservation::unwell, "(" + model::restarts_text(state) + ")"};
}

const compose::Project* Projects::known(const Job& job) { return job.project ? &*job.project : nullptr; }

ImageFinder Projects::image_finder(bool pulled) const {
  return {.find = [this](const std::string& reference) { return engine_.context().images.find(reference); },
          .now = engine_.context().time.wall(),
          .pulled = pulled};
}

MachineJudge Projects::machine_judge() const {
  return [this](const compose::Service& service) {
    const core::Context& context = engine_.context();
    std::vector<ServiceFault> faults = machine_faults(service, context.facts);
    for (ServiceFault& fault : device_faults(service, context.facts, engine_.devices(), context.options.root.string()))
      faults.push_back(std::move(fault));
    return faults;
  };
}

StartJudge Projects::start_judge() const {
  return [this](const compose::Service& service, const model::Image& image) {
    const core::Context& context = engine_.context();
    std::vector<ServiceFault> faults = start_faults(service, context.facts);
    for (ServiceFault& fault : image_faults(service, image, context.images.layer_folders(image)))
      faults.push_back(std::move(fault));
    return faults;
  };
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

void Projects::remember(const Job& job) {
  const api::ProjectRequest& request = job.request;
  if (request.verb == Verb::down && request.services.empty()) {
    if (rows_.erase(request.project) > 0) engine_.context().state.post({state::DeleteProject{request.project}});
    return;
  }
  if (request.verb != Verb::up || request.resolved.empty()) return;
  state::ProjectRow& row = rows_[request.project];
  if (row.resolved == request.resolved) return;
  const bool same = !row.resolved.empty() &&
                    compose::meaning_json(compose::from_wire_json(row.resolved)) == compose::meaning_json(*job.project);
  row = {request.project, row.generation + (same ? 0 : 1), request.resolved};
  engine_.context().state.post({state::PutProject{row}});
}

void Projects::revisions(std::string project, api::Answer<std::vector<api::Revision>> answer) {
  revisions_.list(std::move(project), std::move(answer));
}

void Projects::revision(std::string project, std::int64_t number, api::Answer<api::Revision> answer) {
  revisions_.find(std::move(project), number, std::move(answer));
}

std::vector<model::Container> Projects::containers(const std::string& project, bool all) {
  std::vector<model::Container> result;
  for (const auto& [id, container] : engine_.containers().by_id()) {
    const model::Container& row = container->row();
    if (row.spec.project == project && (all || model::is_alive(row.state))) result.push_back(row);
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

}  // namespace stack::service
