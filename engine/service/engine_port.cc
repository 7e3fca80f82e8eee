#include "engine/service/engine_port.h"

#include <algorithm>

#include <boost/asio/use_awaitable.hpp>

#include "base/duration.h"
#include "base/model/signals.h"
#include "base/thrown.h"
#include "compose/run/fulfilment.h"
#include "engine/core/context.h"
#include "engine/service/failure_place.h"

namespace stack::service {

namespace asio = boost::asio;
using compose::Outcome;

namespace {

Error shutting_down() { return {ErrorKind::unavailable, "the engine is shutting down"}; }

std::string killed_text(const model::Container& container, const std::string& name) {
  const auto grace = container.state.killed_after;
  if (!grace) return {};
  const std::string signal = container.spec.stop_signal.empty() ? "" : " of " + container.spec.stop_signal;
  return name + " did not stop within " + format_duration(*grace) + signal + " and was killed" +
         (container.spec.init.value_or(false) ? "" : "; \"init: true\" may help");
}

}  // namespace

EnginePort::EnginePort(core::Engine& engine, api::ImageBackend& images, Options options)
    : engine_(engine),
      images_(images),
      options_(std::move(options)),
      tasks_(engine.context().loop, "project"),
      events_(engine.context().events.subscribe([this](const model::Event& event) { on_event(event); })) {}

void EnginePort::spawn(asio::awaitable<Outcome> work, compose::OnOutcome done) {
  // An engine that leaves begins nothing more, not even what undoes something.
  auto task = tasks_.cancelled() ? refuse() : std::move(work);
  tasks_.start(std::move(task), [done = std::move(done)](const std::exception_ptr& thrown, Outcome outcome) {
    if (thrown) outcome.failure = async::is_cancellation(thrown) ? shutting_down() : error_of(thrown);
    done(std::move(outcome));
  });
}

asio::awaitable<Outcome> EnginePort::refuse() {
  throw shutting_down();
  co_return Outcome{};
}

asio::awaitable<void> EnginePort::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

void EnginePort::perform(const compose::Operation& operation, compose::OnOutcome done) {
  spawn(play(operation), std::move(done));
}

// A kind of operation without a function here does not compile.
asio::awaitable<Outcome> EnginePort::play(compose::Operation operation) {
  const auto play_one = [this](const auto& one) { return play(one); };
  co_return co_await std::visit(play_one, operation);
}

asio::awaitable<Outcome> EnginePort::play(const compose::CreateNetwork& create) {
  engine_.networks().create(create.spec);
  co_return Outcome{};
}

asio::awaitable<Outcome> EnginePort::play(const compose::RemoveNetwork& remove) {
  engine_.remove_network(remove.id, remove.name, options_.holder);
  co_return Outcome{};
}

asio::awaitable<Outcome> EnginePort::play(const compose::CreateVolume& create) {
  co_await engine_.volumes().create(create.spec);
  co_return Outcome{};
}

asio::awaitable<Outcome> EnginePort::play(const compose::RemoveVolume& remove) {
  co_await engine_.remove_volume(remove.name, options_.holder);
  co_return Outcome{};
}

asio::awaitable<Outcome> EnginePort::play(const compose::CreateContainer& create) {
  engine_.ensure_network_of(create.spec);
  try {
    engine_.containers().create(create.spec, {.replaces = create.replaces, .renew_volumes = create.renew_volumes});
  } catch (const Error& failure) {
    throw placed(failure, create.spec.service);
  }
  co_return Outcome{};
}

asio::awaitable<Outcome> EnginePort::play(const compose::PutAside& aside) {
  engine_.containers().put_aside(aside.id);
  co_return Outcome{};
}

asio::awaitable<Outcome> EnginePort::play(const compose::StartContainer& start) {
  const auto container = engine_.containers().get(start.name);
  try {
    co_await container->start();
  } catch (const Error& failure) {
    throw placed(about_program(failure, container->row()), container->row().spec.service);
  }
  using compose::PartOf;
  if (start.part_of == PartOf::restart || start.part_of == PartOf::whole_restart) container->announce("restart");
  co_return Outcome{};
}

void EnginePort::hurry(const std::vector<std::string>& services) {
  hurry_ = hurry_ || services.empty();
  hurried_.insert(services.begin(), services.end());
}

asio::awaitable<Outcome> EnginePort::play(const compose::StopContainer& stop) {
  const auto container = engine_.containers().find(stop.id);
  if (!container) co_return Outcome{};  // what is gone has stopped
  const bool at_once = hurry_ || hurried_.contains(container->row().spec.service);
  co_await container->stop(at_once ? std::optional<Nanos>{0} : stop.grace);
  co_return Outcome{.failure = {}, .note = killed_text(container->row(), stop.name)};
}

asio::awaitable<Outcome> EnginePort::play(const compose::RemoveContainer& remove) {
  const auto container = engine_.containers().find(remove.id);
  if (!container) co_return Outcome{};
  core::Containers::RemoveOptions options{.force = true, .anonymous_volumes = remove.anonymous_volumes};
  co_await engine_.containers().remove(container->row().id, options);
  co_return Outcome{};
}

Error EnginePort::about_program(Error failure, const model::Container& container) const {
  const bool program = failure.kind() == ErrorKind::no_such_command || failure.kind() == ErrorKind::not_executable;
  if (!program || !failure.attribute().empty() || options_.project == nullptr) return failure;
  const auto service = options_.project->services.find(container.spec.service);
  if (service == options_.project->services.end()) return failure;
  const auto image = engine_.context().images.find_used(container.spec.image_id);
  return failure.about(program_key(service->second, image && !image->config.entrypoint.empty()));
}

Error EnginePort::placed(const Error& failure, const std::string& service) const {
  if (options_.project == nullptr) return failure;
  const auto found = options_.project->services.find(service);
  return found == options_.project->services.end() ? failure : with_place(failure, found->second);
}

asio::awaitable<Outcome> EnginePort::play(const compose::RenameContainer& rename) {
  engine_.containers().give_back(rename.id, rename.new_name);
  if (engine_.containers().get(rename.id)->row().spec.name != rename.new_name)
    throw Error(ErrorKind::conflict, "the container name " + rename.new_name + " is taken");
  co_return Outcome{};
}

asio::awaitable<Outcome> EnginePort::play(const compose::KillContainer& kill) {
  const std::optional<int> signal = model::parse_signal(kill.signal);
  if (!signal) throw Error(ErrorKind::invalid, "unknown signal \"" + kill.signal + "\"");
  const auto container = engine_.containers().find(kill.id);
  if (!container) co_return Outcome{};
  try {
    co_await container->kill(*signal);
  } catch (const Error&) {
    // What goes on beside it may have ended the container before the signal came.
    if (model::is_alive(container->row().state)) throw;
  }
  co_return Outcome{};
}

asio::awaitable<Outcome> EnginePort::play(const compose::PauseContainer& pause) {
  co_await engine_.containers().get(pause.id)->pause();
  co_return Outcome{};
}

asio::awaitable<Outcome> EnginePort::play(const compose::UnpauseContainer& unpause) {
  co_await engine_.containers().get(unpause.id)->unpause();
  co_return Outcome{};
}

asio::awaitable<Outcome> EnginePort::play(const compose::UpdateContainer& update) {
  co_await engine_.containers().get(update.id)->update({.resources = update.resources, .restart = update.restart});
  co_return Outcome{};
}

}  // namespace stack::service
