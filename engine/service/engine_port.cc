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

std::string killed_text(const model::Container& container, const std::string& name) {
  const auto grace = container.state.killed_after;
  if (!grace) return {};
  const std::string signal = container.spec.stop_signal.empty() ? "its stop signal" : container.spec.stop_signal;
  return name + " did not end on " + signal + " and was killed after " + format_duration(*grace) +
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
  if (tasks_.cancelled()) work = refuse();
  tasks_.start(std::move(work), [done = std::move(done)](const std::exception_ptr& thrown, Outcome outcome) {
    if (thrown) outcome.failure = error_of(thrown);
    done(std::move(outcome));
  });
}

asio::awaitable<Outcome> EnginePort::refuse() {
  throw Error(ErrorKind::unavailable, "the engine is shutting down");
  co_return Outcome{};
}

asio::awaitable<void> EnginePort::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

void EnginePort::perform(const compose::Operation& operation, compose::OnOutcome done) {
  spawn(play(operation), std::move(done));
}

asio::awaitable<Outcome> EnginePort::play(compose::Operation operation) {
  core::Containers& containers = engine_.containers();
  if (const auto* new_network = std::get_if<compose::CreateNetwork>(&operation)) {
    engine_.networks().create(new_network->spec);
  } else if (const auto* old_network = std::get_if<compose::RemoveNetwork>(&operation)) {
    refuse_claimed(core::Claims::Kind::network, old_network->name);
    engine_.networks().remove(old_network->id);
  } else if (const auto* new_volume = std::get_if<compose::CreateVolume>(&operation)) {
    co_await engine_.volumes().create(new_volume->spec);
  } else if (const auto* old_volume = std::get_if<compose::RemoveVolume>(&operation)) {
    if (const auto users = containers.users_of(old_volume->name); !users.empty()) {
      throw Error(ErrorKind::conflict, "the volume " + old_volume->name + " is in use by " + users.front()->spec.name);
    }
    refuse_claimed(core::Claims::Kind::volume, old_volume->name);
    co_await engine_.volumes().remove(old_volume->name);
  } else if (const auto* create = std::get_if<compose::CreateContainer>(&operation)) {
    const core::Containers::CreateOptions options{.replaces = create->replaces, .renew_volumes = create->renew_volumes};
    // The one network that is there without anybody having made it.
    for (const model::Attachment& attachment : create->spec.networks) {
      if (attachment.network == "bridge" && engine_.networks().find("bridge") == nullptr)
        engine_.networks().create({.name = "bridge", .driver = "bridge"});
    }
    try {
      containers.create(create->spec, options);
    } catch (const Error& failure) {
      throw placed(failure, create->spec.service);
    }
  } else if (const auto* aside = std::get_if<compose::PutAside>(&operation)) {
    containers.put_aside(aside->id);
  } else if (const auto* start = std::get_if<compose::StartContainer>(&operation)) {
    const auto container = containers.get(start->name);
    try {
      co_await container->start();
    } catch (const Error& failure) {
      throw placed(failure, container->row().spec.service);
    }
  } else if (const auto* stop = std::get_if<compose::StopContainer>(&operation)) {
    if (const auto container = containers.find(stop->id)) {
      co_await container->stop(hurry_ ? std::optional<Nanos>{0} : stop->grace);
      co_return Outcome{.failure = {}, .note = killed_text(container->row(), stop->name)};
    }
  } else if (const auto* remove = std::get_if<compose::RemoveContainer>(&operation)) {
    core::Containers::RemoveOptions options{.force = true, .anonymous_volumes = remove->anonymous_volumes};
    if (const auto container = containers.find(remove->id)) co_await containers.remove(container->row().id, options);
  } else if (const auto* wait = std::get_if<compose::WaitFor>(&operation)) {
    co_return co_await wait_for(*wait);
  }
  co_return Outcome{};
}

Error EnginePort::placed(const Error& failure, const std::string& service) const {
  if (project_ == nullptr) return failure;
  const auto found = project_->services.find(service);
  return found == project_->services.end() ? failure : with_place(failure, found->second);
}

// What another operation that runs now is about to use.
void EnginePort::refuse_claimed(core::Claims::Kind kind, const std::string& name) const {
  const auto holder = engine_.context().claims.holder_of(kind, name, holder_);
  if (!holder) return;
  throw Error(ErrorKind::conflict, (kind == core::Claims::Kind::network ? "the network " : "the volume ") + name +
                                       " is in use by " + *holder);
}

asio::awaitable<Outcome> EnginePort::wait_for(compose::WaitFor wait) {
  const auto row_of = [this](const std::string& name) -> const model::Container* {
    const auto container = engine_.containers().find(name);
    return container ? &container->row() : nullptr;
  };
  async::Timekeeper& time = engine_.context().time;
  for (;;) {
    Outcome outcome;
    if (cancelled_) {
      outcome.failure = Error(ErrorKind::unavailable, "waiting for " + wait.service + " was given up");
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
