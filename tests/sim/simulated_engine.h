// An engine without processes. Containers, networks and volumes are values, time is a number that jumps from one event to the
// next, and what happens first is drawn from a seed. Health and restarts are decided by the room that the real engine uses.
//
// What only one container can have, a name, a port of the host, an address, has an owner, and whoever wants it as well is refused.
//
// It is what the executor asks for operations, and it writes down whatever must never be asked of an engine. One thread.
#pragma once

#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "compose/model/project.h"
#include "compose/plan/observed.h"
#include "compose/run/port.h"
#include "health/machine.h"
#include "health/restart.h"

namespace stack::sim {

class SimulatedEngine final : public compose::EnginePort {
 public:
  explicit SimulatedEngine(unsigned seed) : random_(seed) {}

  void perform(const compose::Operation& operation, compose::OnOutcome done) override;
  void cancel_waits() override;

  // Lets time pass until `enough` says so. False when a simulated day has passed, or nothing is left that could happen.
  bool run(const std::function<bool()>& enough);

  // A new request begins, of which nothing has been done yet. The operation of number `failing`, from 1, fails. With `gates`, a
  // container must not be started before what this project says that it depends on is as it shall be; it must outlive the request.
  void begin_request(std::size_t failing, const compose::Project* gates);
  // The engine's process ends in the middle of things: what it was doing is done or not, but nobody hears of it. Containers live
  // on, restarts and probes with them.
  void die();

  [[nodiscard]] const compose::Observed& observed() const { return observed_; }
  [[nodiscard]] const std::vector<std::string>& mistakes() const { return mistakes_; }
  [[nodiscard]] const std::string& failed() const { return failed_; }  // the operation of this request that did
  [[nodiscard]] std::size_t performed() const { return performed_; }   // operations of this request

 private:
  struct Life {  // of a container, while it runs
    int run = 0;
    Mono started{};
    health::State health;
    health::RestartState restarts;
  };
  struct Wait {
    compose::WaitFor what;
    compose::OnOutcome done;
  };
  using Effect = std::function<void()>;

  model::Container* find(const std::string& id_or_name);
  // Throws when there is none.
  model::Container& get(const std::string& id_or_name);
  void after(Nanos delay, Effect effect);
  Nanos some_time(Nanos longest);
  // What the engine does for a client: forgotten when the engine dies, and then perhaps done all the same.
  void work(compose::Operation operation, compose::OnOutcome done);
  void play(const compose::Operation& operation);
  void play_one(const compose::PullImage& operation);
  void play_one(const compose::BuildImage& operation);
  void play_one(const compose::RemoveImage& operation);
  void play_one(const compose::CreateNetwork& operation);
  void play_one(const compose::RemoveNetwork& operation);
  void play_one(const compose::CreateVolume& operation);
  void play_one(const compose::RemoveVolume& operation);
  void play_one(const compose::CreateContainer& operation);
  void play_one(const compose::UpdateContainer& operation);
  void play_one(const compose::PutAside& operation);
  void play_one(const compose::RenameContainer& operation);
  void play_one(const compose::StartContainer& operation);
  void play_one(const compose::StopContainer& operation);
  void play_one(const compose::KillContainer& operation);
  void play_one(const compose::PauseContainer& operation);
  void play_one(const compose::UnpauseContainer& operation);
  void play_one(const compose::RemoveContainer& operation);
  void play_one(const compose::RunHook& operation);
  void play_one(const compose::WaitFor& operation);
  void create(const compose::CreateContainer& create);
  void put_aside(model::Container& container);
  void launch(model::Container& container);
  // Throws conflict when another container has what this one wants; says what it gets.
  void reserve(model::Container& container);
  void end(const std::string& id, int code, bool by_user);
  void probe(const std::string& id, int run);
  void check_gates(const model::Container& container);
  void settle();
  void wrong(const std::string& what) { mistakes_.push_back(what); }

  std::mt19937 random_;
  Mono now_{};
  std::multimap<Mono, Effect> events_;
  compose::Observed observed_{.containers = {}, .networks = {}, .volumes = {}, .images = {}};
  std::map<std::string, Life> lives_;  // by container id
  std::vector<Wait> waits_;
  std::set<std::pair<std::string, compose::DependencyCondition>>
      fulfilled_;  // by service, in this request, since the last start that it asked for
  const compose::Project* gates_ = nullptr;
  std::size_t failing_ = 0;
  std::string failed_;
  std::set<std::string> stopped_;  // ids, in this request
  std::vector<std::string> mistakes_;
  std::size_t performed_ = 0;
  int incarnation_ = 0;  // of the engine's process
  int next_id_ = 0;
};

}  // namespace stack::sim
