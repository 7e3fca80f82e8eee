// The engine as the plan executor sees it: each operation becomes a coroutine of the core's.
//
// Loop thread only; one per project request. Must live until the executor has called back.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "compose/model/project.h"
#include "compose/run/port.h"
#include "engine/api/backend.h"
#include "engine/api/build_backend.h"
#include "engine/core/claims.h"
#include "engine/core/engine.h"
#include "engine/core/event_bus.h"

namespace stack::service {

class EnginePort final : public compose::EnginePort {
 public:
  struct Options {
    std::string holder;                          // whose operations these are, as core::Claims knows it
    const compose::Project* project = nullptr;   // what failures have their places from; may be null, outlives this
    model::CredentialsByRegistry credentials{};  // for pulls
    std::function<void(const model::ProgressEvent&)>
        on_part{};                                         // of pulls: what their layers report; of builds: their steps
    std::function<void(const std::string&)> on_warning{};  // of builds
    api::BuildBackend* builder = nullptr;                  // null: nothing is built here
    const std::vector<model::ProjectBuild>* builds = nullptr;  // what can be built; outlives this
  };
  // `images` pulls and removes images.
  EnginePort(core::Engine& engine, api::ImageBackend& images, Options options);

  void perform(const compose::Operation& operation, compose::OnOutcome done) override;
  void cancel_waits() override;
  // Pulls, builds and hooks that are under way fail.
  void cancel_work();
  // What of these services is stopped from now on is killed; of none: whatever is stopped.
  void hurry(const std::vector<std::string>& services);
  // What runs is broken off, and nothing begins any more: the next engine finds what is there. Resumes when nothing runs.
  boost::asio::awaitable<void> stop();

 private:
  static boost::asio::awaitable<compose::Outcome> refuse();
  boost::asio::awaitable<compose::Outcome> play(compose::Operation operation);
  boost::asio::awaitable<compose::Outcome> play(const compose::PullImage& pull);
  boost::asio::awaitable<compose::Outcome> play(const compose::BuildImage& build);
  boost::asio::awaitable<compose::Outcome> play(const compose::RemoveImage& remove);
  boost::asio::awaitable<compose::Outcome> play(const compose::CreateNetwork& create);
  boost::asio::awaitable<compose::Outcome> play(const compose::RemoveNetwork& remove);
  boost::asio::awaitable<compose::Outcome> play(const compose::CreateVolume& create);
  boost::asio::awaitable<compose::Outcome> play(const compose::RemoveVolume& remove);
  boost::asio::awaitable<compose::Outcome> play(const compose::CreateContainer& create);
  boost::asio::awaitable<compose::Outcome> play(const compose::UpdateContainer& update);
  boost::asio::awaitable<compose::Outcome> play(const compose::PutAside& aside);
  boost::asio::awaitable<compose::Outcome> play(const compose::RenameContainer& rename);
  boost::asio::awaitable<compose::Outcome> play(const compose::StartContainer& start);
  boost::asio::awaitable<compose::Outcome> play(const compose::StopContainer& stop);
  boost::asio::awaitable<compose::Outcome> play(const compose::KillContainer& kill);
  boost::asio::awaitable<compose::Outcome> play(const compose::PauseContainer& pause);
  boost::asio::awaitable<compose::Outcome> play(const compose::UnpauseContainer& unpause);
  boost::asio::awaitable<compose::Outcome> play(const compose::RemoveContainer& remove);
  boost::asio::awaitable<compose::Outcome> play(const compose::RunHook& hook);
  boost::asio::awaitable<compose::Outcome> play(const compose::WaitFor& wait);
  boost::asio::awaitable<compose::Outcome> run_beside(const compose::RunHook& hook);
  // A program that does not run is what a key of the service names, or its image.
  [[nodiscard]] Error about_program(Error failure, const model::Container& container) const;
  [[nodiscard]] Error placed(const Error& failure, const std::string& service) const;
  void spawn(boost::asio::awaitable<compose::Outcome> work, compose::OnOutcome done);

  void on_event(const model::Event& event);

  core::Engine& engine_;
  api::ImageBackend& images_;
  const Options options_;
  std::multimap<std::string, async::Event*> waiting_;    // waits, by the names of their containers
  std::map<std::uint64_t, std::function<void()>> work_;  // how those under way are cancelled
  std::uint64_t next_work_ = 0;
  async::TaskGroup tasks_;
  core::EventBus::Subscription events_;
  bool cancelled_ = false;
  bool hurry_ = false;             // whatever is stopped
  std::set<std::string> hurried_;  // services
};

}  // namespace stack::service
