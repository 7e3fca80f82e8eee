#include "engine/service/engine_port.h"

#include <algorithm>

#include <boost/asio/use_awaitable.hpp>

#include "base/duration.h"
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
         (container.spec.init ? "" : "; \"init: true\" may help");
}

}  // namespace

EnginePort::EnginePort(core::Engine& engine, std::string holder, const compose::Project* project)
    : engine_(engine),
      holder_(std::move(holder)),
      project_(project),
      something_happened_(engine.context().loop),
      tasks_(engine.context().loop, "project"),
      events_(engine.context().events.subscribe([this](const model::Event&) { something_happened_.notify_all(); })) {}

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
  engine_.remove_network(remove.id, remove.name, holder_);
  co_return Outcome{};
}

asio::awaitable<Outcome> EnginePort::play(const compose::CreateVolume& create) {
  co_await engine_.volumes().create(create.spec);
  co_return Outcome{};
}

asio::awaitable<Outcome> EnginePort::play(const compose::RemoveVolume& remove) {
  co_await engine_.remove_volume(remove.name, holder_);
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
    throw placed(failure, container->row().spec.service);
  }
  co_return Outcome{};
}

asio::awaitable<Outcome> EnginePort::play(const compose::StopContainer& stop) {
  const auto container = engine_.containers().find(stop.id);
  if (!container) co_return Outcome{};  // what is gone has stopped
  co_await container->stop(hurry_ ? std::optional<Nanos>{0} : stop.grace);
  co_return Outcome{.failure = {}, .note = killed_text(container->row(), stop.name)};
}

asio::awaitable<Outcome> EnginePort::play(const compose::RemoveContainer& remove) {
  const auto container = engine_.containers().find(remove.id);
  if (!container) co_return Outcome{};
  core::Containers::RemoveOptions options{.force = true, .anonymous_volumes = remove.anonymous_volumes};
  co_await engine_.containers().remove(container->row().id, options);
  co_return Outcome{};
}

Error EnginePort::placed(const Error& failure, const std::string& service) const {
  if (project_ == nullptr) return failure;
  const auto found = project_->services.find(service);
  return found == project_->services.end() ? failure : with_place(failure, found->second);
}

asio::awaitable<Outcome> EnginePort::play(const compose::WaitFor& wait) {
  const auto row_of = [this](const std::string& name) -> const model::Container* {
    const auto container = engine_.containers().find(name);
    return container ? &container->row() : nullptr;
  };
  async::Timekeeper& time = engine_.context().time;
  for (;;) {
    Outcome outcome;
    if (cancelled_) {
      outcome.failure = Error(ErrorKind::unavailable, "waiting for " + wait.service + " was cancelled");
      co_return outcome;
    }
    compose::Judgement judgement = compose::judge(wait, row_of, engine_.context().time.wall());
    if (judgement.fulfilment == compose::Fulfilment::never) {
      outcome.failure = Error(std::move(judgement.why));
      co_return outcome;
    }
    if (judgement.fulfilment == compose::Fulfilment::yes) co_return outcome;
    if (judgement.again) {
      co_await something_happened_.wait_until(time, time.mono() + *judgement.again);
    } else {
      co_await something_happened_.wait();
    }
  }
}

void EnginePort::cancel_waits() {
  cancelled_ = true;
  something_happened_.notify_all();
}

void EnginePort::give_back(const std::string& id, const std::string& name, compose::OnOutcome done) {
  const auto work = [](core::Engine& engine, std::string aside, std::string given) -> asio::awaitable<Outcome> {
    engine.containers().give_back(aside, given);
    co_return Outcome{};
  };
  spawn(work(engine_, id, name), std::move(done));
}

}  // namespace stack::service
