// How a plan waits for containers: each wait looks again when something happens to one of its own.
#include "base/scope_guard.h"
#include "compose/run/fulfilment.h"
#include "engine/core/context.h"
#include "engine/service/engine_port.h"

namespace stack::service {

namespace asio = boost::asio;
using compose::Outcome;

void EnginePort::on_event(const model::Event& event) {
  if (event.type != "container" || waiting_.empty()) return;
  const auto name = event.attributes.find("name");
  if (name == event.attributes.end()) return;
  const auto [first, last] = waiting_.equal_range(name->second);
  for (auto it = first; it != last; ++it) it->second->notify_all();
}

asio::awaitable<Outcome> EnginePort::play(const compose::WaitFor& wait) {
  const auto row_of = [this](const std::string& name) -> const model::Container* {
    const auto container = engine_.containers().find(name);
    return container ? &container->row() : nullptr;
  };
  async::Timekeeper& time = engine_.context().time;
  async::Event wake{engine_.context().loop};
  for (const std::string& name : wait.names) waiting_.emplace(name, &wake);
  const ScopeGuard leave{
      [this, &wake] { std::erase_if(waiting_, [&](const auto& each) { return each.second == &wake; }); }};
  for (;;) {
    Outcome outcome;
    if (cancelled_) {
      outcome.failure = Error(ErrorKind::unavailable, "waiting for " + wait.service + " was cancelled");
      co_return outcome;
    }
    compose::Judgement judgement = compose::judge(wait, row_of, time.wall());
    if (judgement.fulfilment == compose::Fulfilment::never) {
      outcome.failure = Error(std::move(judgement.why));
      co_return outcome;
    }
    if (judgement.fulfilment == compose::Fulfilment::yes) co_return outcome;
    if (judgement.again) {
      co_await wake.wait_until(time, time.mono() + *judgement.again);
    } else {
      co_await wake.wait();
    }
  }
}

void EnginePort::cancel_waits() {
  cancelled_ = true;
  for (const auto& [name, wake] : waiting_) wake->notify_all();
}

}  // namespace stack::service
