// The engine as the plan executor sees it: each operation becomes a coroutine of the core's.
//
// Loop thread only; one per project request. Must live until the executor has called back.
#pragma once

#include <memory>

#include "compose/model/project.h"
#include "compose/run/port.h"
#include "engine/core/claims.h"
#include "engine/core/engine.h"
#include "engine/core/event_bus.h"

namespace stack::service {

class EnginePort final : public compose::EnginePort {
 public:
  // `holder` is whose operations these are, as core::Claims knows it; `project` is what failures have their places from, may be null
  // and outlives this.
  EnginePort(core::Engine& engine, std::string holder, const compose::Project* project);

  void perform(const compose::Operation& operation, compose::OnOutcome done) override;
  void cancel_waits() override;
  // What is stopped from now on is killed.
  void hurry() { hurry_ = true; }
  // What runs is broken off, and nothing begins any more: the next engine finds what is there. Resumes when nothing runs.
  boost::asio::awaitable<void> stop();
  void give_back(const std::string& id, const std::string& name, compose::OnOutcome done) override;

 private:
  static boost::asio::awaitable<compose::Outcome> refuse();
  boost::asio::awaitable<compose::Outcome> play(compose::Operation operation);
  boost::asio::awaitable<compose::Outcome> play(const compose::CreateNetwork& create);
  boost::asio::awaitable<compose::Outcome> play(const compose::RemoveNetwork& remove);
  boost::asio::awaitable<compose::Outcome> play(const compose::CreateVolume& create);
  boost::asio::awaitable<compose::Outcome> play(const compose::RemoveVolume& remove);
  boost::asio::awaitable<compose::Outcome> play(const compose::CreateContainer& create);
  boost::asio::awaitable<compose::Outcome> play(const compose::PutAside& aside);
  boost::asio::awaitable<compose::Outcome> play(const compose::StartContainer& start);
  boost::asio::awaitable<compose::Outcome> play(const compose::StopContainer& stop);
  boost::asio::awaitable<compose::Outcome> play(const compose::RemoveContainer& remove);
  boost::asio::awaitable<compose::Outcome> play(const compose::WaitFor& wait);
  [[nodiscard]] Error placed(const Error& failure, const std::string& service) const;
  void spawn(boost::asio::awaitable<compose::Outcome> work, compose::OnOutcome done);

  core::Engine& engine_;
  const std::string holder_;
  const compose::Project* const project_;
  async::Event something_happened_;
  async::TaskGroup tasks_;
  core::EventBus::Subscription events_;
  bool cancelled_ = false;
  bool hurry_ = false;
};

}  // namespace stack::service
