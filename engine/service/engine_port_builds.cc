// What a plan asks of the builder: its steps go on to the project's client as what the service's build is at.
#include <algorithm>

#include "base/async/event.h"
#include "base/scope_guard.h"
#include "engine/core/context.h"
#include "engine/image/image_store.h"
#include "engine/service/engine_port.h"
#include "engine/service/failure_place.h"

namespace stack::service {

namespace asio = boost::asio;
using compose::Outcome;

namespace {

// Shared: what is cancelled reports once more after its coroutine is gone.
struct WaitingBuild {
  explicit WaitingBuild(asio::io_context& loop) : over(loop) {}
  async::Event over;
  std::optional<Error> failure;
  bool ended = false, worked = false;  // worked: a step was not cached
};

// An id for each stage that is the reference of a build in front of it.
model::BuildSpec with_ids(model::BuildSpec spec, core::Engine& engine) {
  for (auto& [name, source] : spec.named_contexts) {
    auto* stage = std::get_if<model::BuildStage>(&source);
    if (stage == nullptr || stage->image_id.starts_with("sha256:")) continue;
    const auto image = engine.context().images.find(stage->image_id);
    if (!image)
      throw Error(ErrorKind::not_found, "the context " + name + ": no such image: " + stage->image_id)
          .remedy("build it with: stack build");
    stage->image_id = image->id;
  }
  return spec;
}

}  // namespace

asio::awaitable<Outcome> EnginePort::play(const compose::BuildImage& build) {
  const model::ProjectBuild* wanted = nullptr;
  if (options_.builds != nullptr) {
    const auto found = std::find_if(options_.builds->begin(), options_.builds->end(),
                                    [&](const auto& each) { return each.reference == build.reference; });
    if (found != options_.builds->end()) wanted = &*found;
  }
  if (options_.builder == nullptr || wanted == nullptr)
    throw Error(ErrorKind::unsupported, "service " + build.service + ": this engine cannot build " + build.reference)
        .remedy("import it with: stack image import FILE.tar " + build.reference);
  const auto waiting = std::make_shared<WaitingBuild>(engine_.context().loop);
  const model::Subject subject = compose::subject(build);
  const auto listen = [waiting, subject, on_part = options_.on_part,
                       on_warning = options_.on_warning](const api::BuildEvent& event) {
    if (waiting->ended) return;
    if (const auto* started = std::get_if<api::BuildStepStarted>(&event)) {
      if (on_part)
        on_part(model::Started{.subject = subject, .action = model::Action::build, .details = started->name});
    } else if (const auto* step = std::get_if<api::BuildStepEnded>(&event)) {
      waiting->worked = waiting->worked || (!step->cached && !step->name.starts_with("[internal]"));
    } else if (const auto* warning = std::get_if<api::BuildWarning>(&event)) {
      if (on_warning) on_warning(warning->text);
    } else if (const auto* failed = std::get_if<api::BuildFailed>(&event)) {
      waiting->failure = failed->error;
    }
    if (!std::holds_alternative<api::BuildFailed>(event) && !std::holds_alternative<api::BuildDone>(event)) return;
    waiting->ended = true;
    waiting->over.notify_all();
  };
  const std::uint64_t number = next_work_++;
  const auto cancel =
      options_.builder->build(with_ids(wanted->spec, engine_), UniqueFd{}, options_.credentials, listen);
  work_.emplace(number, cancel);
  const ScopeGuard leave{[this, number, waiting, cancel] {
    if (!waiting->ended) cancel();
    work_.erase(number);
  }};
  while (!waiting->ended) co_await waiting->over.wait();
  if (waiting->failure) throw placed(Error{*waiting->failure}.about("build"), build.service);
  co_return Outcome{.failure = {}, .unchanged = !waiting->worked};
}

}  // namespace stack::service
