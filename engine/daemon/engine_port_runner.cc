#include "engine/daemon/engine_port_runner.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/base/thrown.h"
#include "engine/core/context.h"

namespace stack::daemon {

namespace asio = boost::asio;
using compose::DependencyCondition;
using compose::Outcome;
using model::Health;
using model::Status;

namespace {

enum class Fulfilment { yes, not_yet, never };

struct Verdict {
  Fulfilment fulfilment = Fulfilment::not_yet;
  std::string why;  // of never
};

std::string exit_text(const model::Container& container) {
  return "container " + container.spec.name + " exited (" + std::to_string(container.state.exit_code) + ")";
}

Verdict judge(const model::Container& container, DependencyCondition condition) {
  const model::ContainerState& state = container.state;
  const bool ended = state.status == Status::exited || state.status == Status::dead;
  switch (condition) {
    case DependencyCondition::started:
      if (state.status == Status::running) return {Fulfilment::yes, {}};
      // A job that has done its work is as good as one that runs.
      if (ended && state.exit_code == 0 && state.finished) return {Fulfilment::yes, {}};
      if (ended) return {Fulfilment::never, exit_text(container)};
      return {};
    case DependencyCondition::healthy:
      if (ended) return {Fulfilment::never, exit_text(container)};
      if (state.health == Health::healthy) return {Fulfilment::yes, {}};
      if (state.health == Health::unhealthy)
        return {Fulfilment::never, "container " + container.spec.name + " is unhealthy"};
      if (state.status == Status::running && state.health == Health::none) {
        return {Fulfilment::never, "container " + container.spec.name + " has no healthcheck configured"};
      }
      return {};
    case DependencyCondition::completed:
      if (!ended || !state.finished) return {};
      if (state.exit_code == 0) return {Fulfilment::yes, {}};
      return {Fulfilment::never, "service \"" + container.spec.service + "\" didn't complete successfully: exit " +
                                     std::to_string(state.exit_code)};
  }
  return {};
}

}  // namespace

EnginePort::EnginePort(core::Engine& engine)
    : engine_(engine),
      something_happened_(engine.context().loop),
      events_(engine.context().events.subscribe([this](const model::Event&) { something_happened_.open_all(); })) {}

void EnginePort::spawn(asio::awaitable<Outcome> work, compose::OnOutcome done) {
  asio::co_spawn(engine_.context().loop, std::move(work),
                 [done = std::move(done)](const std::exception_ptr& thrown, Outcome outcome) {
                   if (thrown) outcome.failure = error_of(thrown);
                   done(std::move(outcome));
                 });
}

void EnginePort::perform(const compose::Operation& operation, compose::OnOutcome done) {
  spawn(play(operation), std::move(done));
}

asio::awaitable<Outcome> EnginePort::play(compose::Operation operation) {
  core::Containers& containers = engine_.containers();
  if (const auto* new_network = std::get_if<compose::CreateNetwork>(&operation)) {
    engine_.networks().create(new_network->spec);
  } else if (const auto* old_network = std::get_if<compose::RemoveNetwork>(&operation)) {
    engine_.networks().remove(old_network->id);
  } else if (const auto* new_volume = std::get_if<compose::CreateVolume>(&operation)) {
    engine_.volumes().ensure(new_volume->spec);
  } else if (const auto* old_volume = std::get_if<compose::RemoveVolume>(&operation)) {
    co_await engine_.volumes().remove(old_volume->name);
  } else if (const auto* create = std::get_if<compose::CreateContainer>(&operation)) {
    const core::Containers::CreateOptions options{.replaces = create->replaces, .renew_volumes = create->renew_volumes};
    containers.create(create->spec, options);
  } else if (const auto* start = std::get_if<compose::StartContainer>(&operation)) {
    const auto container = containers.get(start->name);
    co_await container->start();
  } else if (const auto* stop = std::get_if<compose::StopContainer>(&operation)) {
    if (const auto container = containers.find(stop->id)) co_await container->stop(stop->grace);
  } else if (const auto* remove = std::get_if<compose::RemoveContainer>(&operation)) {
    core::Containers::RemoveOptions options{.force = true, .anonymous_volumes = remove->anonymous_volumes};
    if (const auto container = containers.find(remove->id)) co_await containers.remove(container->row().id, options);
  } else if (const auto* wait = std::get_if<compose::WaitFor>(&operation)) {
    co_return co_await wait_for(*wait);
  }
  co_return Outcome{};
}

asio::awaitable<Outcome> EnginePort::wait_for(compose::WaitFor wait) {
  for (;;) {
    Outcome outcome;
    if (cancelled_) {
      outcome.failure = Error(ErrorKind::unavailable, "waiting for " + wait.service + " was given up");
      co_return outcome;
    }
    bool all = true;
    for (const std::string& name : wait.names) {
      const auto container = engine_.containers().find(name);
      Verdict verdict{Fulfilment::never, "container " + name + " is gone"};
      if (container) verdict = judge(container->row(), wait.condition);
      if (verdict.fulfilment == Fulfilment::never) {
        outcome.failure = Error("dependency failed to start: " + verdict.why);
        if (wait.condition == DependencyCondition::completed) outcome.failure = Error(verdict.why);
        co_return outcome;
      }
      all = all && verdict.fulfilment == Fulfilment::yes;
    }
    if (all) co_return outcome;
    co_await something_happened_.wait();
  }
}

void EnginePort::cancel_waits() {
  cancelled_ = true;
  something_happened_.open_all();
}

void EnginePort::restore(const std::string& replaced_id, const std::string& name, bool restart,
                         compose::OnOutcome done) {
  spawn(
      [](core::Engine& engine, std::string id, std::string given_name, bool start) -> asio::awaitable<Outcome> {
        engine.containers().give_back(id, given_name);
        const auto container = engine.containers().get(id);
        if (start) co_await container->start();
        co_return Outcome{};
      }(engine_, replaced_id, name, restart),
      std::move(done));
}

}  // namespace stack::daemon
