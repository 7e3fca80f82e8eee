#include "engine/build/build_run.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/dockerfile/build_checks.h"
#include "base/log.h"
#include "base/scope_guard.h"
#include "base/thrown.h"
#include "engine/build/image_document.h"
#include "engine/build/step_play.h"
#include "engine/image/digest.h"
#include "engine/image/manifest_json.h"
#include "engine/image/portable.h"

namespace stack::build {

namespace asio = boost::asio;

BuildRun::BuildRun(Builder& builder, BuildRequest request)
    : builder_(builder),
      ports_(builder.ports_),
      request_(std::move(request)),
      used_(ports_.cache, ports_.images),
      changed_(ports_.loop) {}

const NodeState* BuildRun::state_of(NodeId id) const {
  const auto found = states_.find(id);
  return found == states_.end() ? nullptr : &found->second;
}

void BuildRun::throw_if_stopped() const {
  if (*stopped_) throw Error(ErrorKind::unavailable, "the build was cancelled");
}

asio::awaitable<Built> BuildRun::run() {
  // Threads of the pool look at it; the rest ends by the cancellation of its task.
  const ScopeGuard stop{[stopped = stopped_] { *stopped = true; }};
  co_await open();
  co_await plan();
  co_await use_caches();
  co_await play_all();
  Built built = co_await commit();
  co_await export_caches();
  co_return built;
}

asio::awaitable<std::string> BuildRun::check() {
  co_await open();
  const auto parsed = dockerfile::parse_dockerfile(contexts_->dockerfile());
  dockerfile::Problems problems = checked(parsed.dockerfile, parsed.problems, true);
  const std::string violations = dockerfile::violation_text(problems);
  std::ranges::copy_if(parsed.problems, std::back_inserter(problems),
                       [](const dockerfile::Problem& it) { return dockerfile::find_check_rule(it.code) == nullptr; });
  if (!dockerfile::has_errors(problems)) {
    // As far as it can be known without any image.
    const Planned planned = plan_build(parsed.dockerfile, request_.spec, images_, machine_);
    problems.insert(problems.end(), planned.problems.begin(), planned.problems.end());
  }
  if (!violations.empty() && !dockerfile::has_errors(problems) && check_directive(parsed.dockerfile).error)
    problems.push_back({dockerfile::Severity::error, "lint", violations, "", {}});
  co_return dockerfile::render(problems, contexts_->dockerfile_name());
}

asio::awaitable<void> BuildRun::open() {
  folder_ = std::make_shared<WorkFolder>(ports_.images, ports_.workers);
  auto work = [this] {
    auto contexts = std::make_unique<Contexts>(request_.spec, request_.archive, folder_->path());
    for (const auto& [name, context] : contexts->all()) {
      if (!context->memo_key.empty()) context->memo.load(ports_.cache.context_file(context->memo_key));
    }
    machine_ = run_platforms();
    return contexts;
  };
  contexts_ = co_await ports_.workers.run(std::move(work));
}

void BuildRun::report_problems(const dockerfile::Problems& problems) {
  dockerfile::Problems errors;
  for (const auto& problem : problems) {
    if (problem.severity == dockerfile::Severity::error) {
      errors.push_back(problem);
      continue;
    }
    std::string text = dockerfile::render(problem, contexts_->dockerfile_name());
    while (text.ends_with('\n')) text.pop_back();
    request_.progress->warning(text);
  }
  if (errors.empty()) return;
  std::string text = dockerfile::render(errors, contexts_->dockerfile_name());
  while (text.ends_with('\n')) text.pop_back();
  throw Error(ErrorKind::invalid, text);
}

asio::awaitable<void> BuildRun::resolve(WantedImage wanted) {
  BaseImage base;
  base.image = co_await request_.resolve(wanted);
  used_.take({}, base.image.layers);
  if (const auto config = ports_.images.read_blob(base.image.id, std::size_t{8} << 20))
    base.history = image::read_history(*config);
  images_[wanted.key()] = std::move(base);
}

asio::awaitable<void> BuildRun::plan() {
  auto parsed = dockerfile::parse_dockerfile(contexts_->dockerfile());
  file_ = std::move(parsed.dockerfile);
  const dockerfile::Problems reading = std::exchange(parsed.problems, {});
  std::ranges::copy_if(reading, std::back_inserter(parsed.problems),
                       [](const dockerfile::Problem& it) { return dockerfile::find_check_rule(it.code) == nullptr; });
  if (dockerfile::has_errors(reading)) {
    report_problems(checked(file_, reading, false));
    report_problems(parsed.problems);
  }
  for (;;) {
    Planned planned = plan_build(file_, request_.spec, images_, machine_);
    if (dockerfile::has_errors(planned.problems) || planned.plan) {
      const dockerfile::Problems findings = checked(file_, reading, false);
      report_problems(findings);
      parsed.problems.insert(parsed.problems.end(), planned.problems.begin(), planned.problems.end());
      report_problems(parsed.problems);
      if (!findings.empty() && check_directive(file_).error)
        throw Error(ErrorKind::invalid, dockerfile::violation_text(findings));
    }
    if (planned.plan) {
      plan_ = std::move(*planned.plan);
      co_return;
    }
    if (planned.missing.empty()) throw Error("the Dockerfile could not be planned");
    for (WantedImage& wanted : planned.missing) co_await resolve(std::move(wanted));
  }
}

Error BuildRun::placed(const Error& error, const Node& node) const {
  Error result = error;
  const auto& at = node.range.begin;
  std::string place = contexts_->dockerfile_name();
  if (at.line > 0) place += ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
  return result.context(place + ": " + node.instruction);
}

asio::awaitable<void> BuildRun::play(NodeId id) {
  const Node& node = plan_.nodes[id];
  NodeState state;
  if (const auto served = served_.find(id); served != served_.end()) {
    state = served->second;
    request_.progress->ended(step_of(id), node.name, true, Nanos{0}, {});
  } else if (!node.parent) {
    co_await define(id);
    state = {.state = definitions_.at(id), .layers = {}};
    if (const auto* from = std::get_if<FromImage>(&node.what)) {
      state.layers = from->layers;
      request_.progress->ended(step_of(id), node.name, true, Nanos{0}, {});
    }
  } else {
    for (const NodeId input : inputs_of(node)) {
      while (!states_.contains(input)) co_await changed_.wait();
    }
    StepPlay step{*this, id};
    state = co_await step.play();
  }
  states_[id] = std::move(state);
  changed_.notify_all();
}

asio::awaitable<void> BuildRun::play_all() {
  const auto body = [this](async::TaskGroup& group) -> asio::awaitable<void> {
    for (const NodeId id : wanted_) {
      group.start(play(id), [this, &group](const std::exception_ptr& thrown) {
        if (!thrown || async::is_cancellation(thrown)) return;
        // What fails after the first failure fails because of it.
        if (!failure_) failure_ = error_of(thrown);
        *stopped_ = true;
        group.cancel();
      });
    }
    co_await group.join();
  };
  // What was complete stays, also when the task is cancelled and waits for nothing more.
  ScopeGuard settle{[&cache = ports_.cache, &workers = ports_.workers] {
    workers.post([&cache] {
      try {
        cache.settle();
      } catch (const std::exception& error) {
        log_error(std::string{"build cache: "} + error.what());
      }
    });
  }};
  co_await async::with_tasks(ports_.loop, "build", body);
  settle.dismiss();
  auto save = [this] {
    for (const auto& [name, context] : contexts_->all()) {
      if (!context->memo_key.empty()) context->memo.save(ports_.cache.context_file(context->memo_key));
    }
    ports_.cache.settle();
  };
  co_await ports_.workers.run(std::move(save));
  if (failure_) throw Error(*failure_);
}

asio::awaitable<Built> BuildRun::commit() {
  model::Image image = plan_.image;
  image.layers = states_.at(plan_.result).layers;
  image.comment.clear();  // which was the base's
  std::vector<Wall> made;
  for (const HistoryEntry& entry : plan_.history) {
    if (entry.node) made.push_back(states_.at(*entry.node).created);
  }
  const auto history = complete_history(plan_, made, ports_.clock.wall());
  image.created = history.empty() ? ports_.clock.wall() : history.back().created;
  if (request_.spec.source_date_epoch) image.created = Wall{std::chrono::seconds{*request_.spec.source_date_epoch}};
  if (request_.spec.output == model::BuildOutput::nothing) co_return Built{std::move(image), false};
  image::Store::NewImage result;
  for (const std::string& tag : request_.spec.tags) result.names.push_back(model::parse_reference(tag));
  result.config = write_image_document(image, history);
  if (std::ranges::any_of(request_.spec.cache_to, &model::CacheExport::in_image))
    result.config = add_inline_cache(result.config, steps_of_image(exported(false), image.layers));
  auto work = [this, &result, &image] {
    result.manifest = image::write_manifest(image::make_manifest(ports_.images, result.config, image.layers));
    const bool is_new = !ports_.images.find(image::sha256_digest(result.config));
    return Built{ports_.images.commit(result), is_new};
  };
  co_return co_await ports_.workers.run(std::move(work));
}

}  // namespace stack::build
