#include "tests/sim/simulated_engine.h"

#include <algorithm>

#include "compose/run/fulfilment.h"

namespace stack::sim {

using compose::DependencyCondition;
using compose::Outcome;
using model::Health;
using model::Status;
using std::chrono::milliseconds;

namespace {

constexpr Nanos kPatience = std::chrono::hours(24);
constexpr Nanos kWorkTimeMax = milliseconds(200);
constexpr Nanos kJobTime = std::chrono::seconds(1);
constexpr Nanos kCrashTime = milliseconds(300);

constexpr auto kConditions = {DependencyCondition::started, DependencyCondition::healthy,
                              DependencyCondition::completed};

std::string said(const model::ContainerSpec& spec, const std::string& name) {
  const auto found = spec.environment.find(name);
  return found == spec.environment.end() ? "" : found->second.value_or("");
}

bool everywhere(const std::string& host_ip) { return host_ip.empty() || host_ip == "0.0.0.0"; }

Outcome failure(std::string why) {
  Outcome outcome;
  outcome.failure = Error(std::move(why));
  return outcome;
}

}  // namespace

model::Container* SimulatedEngine::find(const std::string& id_or_name) {
  for (model::Container& container : observed_.containers) {
    if (container.id == id_or_name || container.spec.name == id_or_name) return &container;
  }
  return nullptr;
}

model::Container& SimulatedEngine::get(const std::string& id_or_name) {
  model::Container* container = find(id_or_name);
  if (container == nullptr) throw Error("there is no such container");
  return *container;
}

void SimulatedEngine::after(Nanos delay, Effect effect) { events_.emplace(now_ + delay, std::move(effect)); }

Nanos SimulatedEngine::some_time(Nanos longest) {
  return Nanos{static_cast<std::int64_t>(random_()) % longest.count() + 1};
}

bool SimulatedEngine::run(const std::function<bool()>& enough) {
  const Mono deadline = now_ + kPatience;
  while (!enough()) {
    if (events_.empty() || now_ > deadline) return false;
    const auto next = events_.begin();
    now_ = next->first;
    const Effect effect = std::move(next->second);
    events_.erase(next);
    effect();
    settle();
  }
  return true;
}

void SimulatedEngine::begin_request(std::size_t failing, const compose::Project* gates) {
  failing_ = failing;
  gates_ = gates;
  failed_.clear();
  stopped_.clear();
  fulfilled_.clear();
  performed_ = 0;
  settle();
}

void SimulatedEngine::die() {
  ++incarnation_;
  waits_.clear();
  const Mono over = now_ + kWorkTimeMax;
  after(kWorkTimeMax, [] {});
  run([&] { return now_ >= over; });
}

void SimulatedEngine::perform(const compose::Operation& operation, compose::OnOutcome done) {
  ++performed_;
  if (const auto* wait = std::get_if<compose::WaitFor>(&operation)) {
    waits_.push_back({*wait, std::move(done)});
    return after(Nanos{0}, [] {});  // looked at soon, though nothing else happens
  }
  if (const auto* stop = std::get_if<compose::StopContainer>(&operation)) {
    if (!stopped_.insert(stop->id).second) wrong("stopped twice: " + stop->name);
  }
  if (performed_ == failing_) {
    failed_ = describe(operation);
    return after(some_time(kWorkTimeMax), [this, done = std::move(done), mine = incarnation_] {
      if (mine == incarnation_) done(failure("the simulation wants it so"));
    });
  }
  work(operation, std::move(done));
}

void SimulatedEngine::work(compose::Operation operation, compose::OnOutcome done) {
  after(some_time(kWorkTimeMax), [this, operation = std::move(operation), done = std::move(done), mine = incarnation_] {
    const bool forgotten = mine != incarnation_;
    if (forgotten && random_() % 2 == 0) return;
    Outcome outcome;
    try {
      play(operation);
    } catch (const Error& error) {
      if (!forgotten && !compose::may_stay(operation)) wrong(describe(operation) + ": " + error.message());
      outcome.failure = error;
    }
    if (!forgotten) done(std::move(outcome));
  });
}

void SimulatedEngine::play(const compose::Operation& operation) {
  std::visit([this](const auto& one) { play_one(one); }, operation);
}

void SimulatedEngine::play_one(const compose::PullImage& pull) {
  observed_.images[pull.reference].id = "sha256:" + pull.reference;
}
void SimulatedEngine::play_one(const compose::RemoveImage& remove) { observed_.images.erase(remove.reference); }

void SimulatedEngine::play_one(const compose::CreateNetwork& create) {
  if (observed_.networks.contains(create.spec.name)) throw Error("there is one of this name");
  observed_.networks[create.spec.name] = {.id = "n" + std::to_string(++next_id_), .spec = create.spec};
}
void SimulatedEngine::play_one(const compose::RemoveNetwork& remove) {
  for (const model::Container& container : observed_.containers) {
    for (const model::Endpoint& endpoint : container.state.endpoints) {
      if (endpoint.network == remove.name) throw Error(ErrorKind::conflict, container.spec.name + " is on it");
    }
  }
  observed_.networks.erase(remove.name);
}
void SimulatedEngine::play_one(const compose::CreateVolume& create) {
  observed_.volumes[create.spec.name] = {.spec = create.spec};
}
void SimulatedEngine::play_one(const compose::RemoveVolume& remove) {
  for (const model::Container& container : observed_.containers) {
    for (const model::Mount& mount : container.spec.mounts) {
      if (mount.source == remove.name) throw Error(ErrorKind::conflict, container.spec.name + " uses it");
    }
  }
  observed_.volumes.erase(remove.name);
}
void SimulatedEngine::play_one(const compose::CreateContainer& made) { create(made); }

void SimulatedEngine::play_one(const compose::StartContainer& start) {
  model::Container& container = get(start.name);
  if (container.state.status == Status::running) return;
  // A roll-back starts what ran before, by its id, without waiting for anything.
  if (start.name == container.spec.name) check_gates(container);
  for (const auto condition : kConditions) fulfilled_.erase({container.spec.service, condition});
  launch(container);
}
void SimulatedEngine::play_one(const compose::PutAside& aside) { put_aside(get(aside.id)); }

void SimulatedEngine::play_one(const compose::RenameContainer& rename) {
  model::Container* container = find(rename.id);
  const model::Container* holder = find(rename.new_name);
  if (container == nullptr || (holder != nullptr && holder != container))
    return wrong(rename.new_name + " cannot be the name of " + rename.id);
  container->spec.name = rename.new_name;
}
void SimulatedEngine::play_one(const compose::StopContainer& stop) { end(stop.id, 137, true); }

void SimulatedEngine::play_one(const compose::RemoveContainer& remove) {
  model::Container* container = find(remove.id);
  if (container == nullptr) return;
  if (is_alive(container->state)) throw Error("it runs");
  lives_.erase(container->id);
  observed_.containers.erase(observed_.containers.begin() + (container - observed_.containers.data()));
}

// What nothing plans must not be asked for; waits are no work.
void SimulatedEngine::play_one(const compose::BuildImage&) { wrong("asked to build"); }
void SimulatedEngine::play_one(const compose::UpdateContainer&) { wrong("asked to update"); }
void SimulatedEngine::play_one(const compose::KillContainer&) { wrong("asked to kill"); }
void SimulatedEngine::play_one(const compose::PauseContainer&) { wrong("asked to pause"); }
void SimulatedEngine::play_one(const compose::UnpauseContainer&) { wrong("asked to unpause"); }
void SimulatedEngine::play_one(const compose::RunHook&) { wrong("asked to run a hook"); }
void SimulatedEngine::play_one(const compose::WaitFor&) { wrong("a wait is no work"); }

void SimulatedEngine::create(const compose::CreateContainer& create) {
  for (const model::Attachment& attachment : create.spec.networks) {
    if (!observed_.networks.contains(attachment.network)) throw Error("network " + attachment.network + " not found");
  }
  for (const model::Mount& mount : create.spec.mounts) {
    if (mount.kind == model::MountKind::volume && !mount.source.empty() && !observed_.volumes.contains(mount.source))
      throw Error("there is no volume " + mount.source);
  }
  if (model::Container* holder = find(create.spec.name)) {
    if (holder->id != create.replaces) throw Error("the name is taken by " + holder->id);
    put_aside(*holder);
  }
  model::Container container;
  container.id = "c" + std::to_string(++next_id_);
  container.spec = create.spec;
  container.created = Wall{now_.time_since_epoch()};
  observed_.containers.push_back(std::move(container));
}

void SimulatedEngine::put_aside(model::Container& container) {
  const std::string prefix = container.id + "_";
  if (!container.spec.name.starts_with(prefix)) container.spec.name = prefix + container.spec.name;
}

void SimulatedEngine::check_gates(const model::Container& container) {
  if (gates_ == nullptr) return;
  for (const auto& [name, edge] : gates_->services.at(container.spec.service).depends_on) {
    if (!edge.required || gates_->services.at(name).replicas() == 0) continue;
    if (!fulfilled_.contains({name, edge.condition}))
      wrong(container.spec.name + " starts before what it depends on, " + name + ", is ready");
  }
}

void SimulatedEngine::reserve(model::Container& container) {
  const auto others = [&](const auto& takes) {
    for (const model::Container& other : observed_.containers) {
      if (&other != &container && other.state.status == Status::running && takes(other)) return &other;
    }
    return static_cast<const model::Container*>(nullptr);
  };
  for (const model::Attachment& wanted : container.spec.networks) {
    const auto network = observed_.networks.find(wanted.network);
    if (network != observed_.networks.end() && !network->second.spec.pools.empty()) {
      const std::string& subnet = network->second.spec.pools.front().subnet;
      const bool within = wanted.ipv4_address.starts_with(subnet.substr(0, subnet.rfind('.') + 1));
      if (!wanted.ipv4_address.empty() && !within) throw Error(ErrorKind::invalid, "its address is of no subnet");
    }
    const auto* holder = others([&](const model::Container& other) {
      return std::any_of(other.spec.networks.begin(), other.spec.networks.end(), [&](const model::Attachment& theirs) {
        return theirs.network == wanted.network &&
               ((!wanted.ipv4_address.empty() && theirs.ipv4_address == wanted.ipv4_address) ||
                (!wanted.mac_address.empty() && theirs.mac_address == wanted.mac_address));
      });
    });
    if (holder != nullptr) throw Error(ErrorKind::conflict, "its address is in use by " + holder->spec.name);
  }
  std::vector<model::PortBinding> got;
  for (const model::PublishedPort& wanted : container.spec.ports) {
    const model::Container* holder = nullptr;
    bool found = false;
    for (unsigned port = wanted.host_first; port <= wanted.host_last && !found; ++port) {
      holder = others([&](const model::Container& other) {
        return std::any_of(other.state.ports.begin(), other.state.ports.end(), [&](const model::PortBinding& theirs) {
          const bool apart =
              !everywhere(wanted.host_ip) && !everywhere(theirs.host_ip) && wanted.host_ip != theirs.host_ip;
          if (theirs.host_port != port || theirs.protocol != wanted.protocol || apart) return false;
          // Replicas of a service share a fixed port that leads to the same port of theirs.
          const bool shared =
              other.spec.service == container.spec.service && wanted.host_first == wanted.host_last &&
              std::any_of(other.spec.ports.begin(), other.spec.ports.end(), [&](const model::PublishedPort& same) {
                return same.host_first == port && same.host_last == port &&
                       same.container_port == wanted.container_port && same.protocol == wanted.protocol &&
                       (same.host_ip == wanted.host_ip || (everywhere(same.host_ip) && everywhere(wanted.host_ip)));
              });
          return !shared;
        });
      });
      if (holder != nullptr) continue;
      got.push_back({wanted.host_ip, static_cast<std::uint16_t>(port), wanted.container_port, wanted.protocol});
      found = true;
    }
    if (!found) throw Error(ErrorKind::conflict, "its port is taken by " + holder->spec.name);
  }
  container.state.ports = std::move(got);
}

void SimulatedEngine::launch(model::Container& container) {
  for (const model::Container& other : observed_.containers) {
    const bool same = other.spec.service == container.spec.service && other.spec.replica == container.spec.replica;
    if (&other != &container && same && other.state.status == Status::running)
      wrong(container.spec.name + " starts beside " + other.spec.name + ", which has its addresses and ports");
  }
  reserve(container);
  container.state = {.status = Status::running,
                     .started = Wall{now_.time_since_epoch()},
                     .restart_count = container.state.restart_count,
                     .ports = std::move(container.state.ports)};
  for (const model::Attachment& attachment : container.spec.networks) {
    const auto network = observed_.networks.find(attachment.network);
    if (network == observed_.networks.end()) throw Error("its network is gone");
    container.state.endpoints.push_back({.network = attachment.network, .network_id = network->second.id});
  }
  Life& life = lives_[container.id];
  life.started = now_;
  const int run = ++life.run;
  const std::string id = container.id;
  const auto ends = [&](Nanos time, int code) {
    after(time, [this, id, run, code] {
      if (const auto alive = lives_.find(id); alive != lives_.end() && alive->second.run == run) end(id, code, false);
    });
  };
  const std::string program = said(container.spec, "PROGRAM");
  if (program == "job") ends(kJobTime, 0);
  if (program == "crash") ends(kCrashTime, 1);
  if (!container.spec.healthcheck) return;
  container.state.health = Health::starting;
  life.health = health::start(health::settings_of(*container.spec.healthcheck), now_);
  after(life.health.next_probe - now_, [this, id, run] { probe(id, run); });
}

void SimulatedEngine::probe(const std::string& id, int run) {
  const auto alive = lives_.find(id);
  model::Container* container = find(id);
  if (alive == lives_.end() || alive->second.run != run || container->state.status != Status::running) return;
  Life& life = alive->second;
  const std::string ready = said(container->spec, "READY");
  const bool passes = !ready.empty() && now_ - life.started >= milliseconds(std::stoi(ready));
  const auto result = passes ? health::Result::pass : health::Result::fail;
  life.health = health::advance(health::settings_of(*container->spec.healthcheck), life.health, result, now_).state;
  container->state.health = life.health.health;
  after(life.health.next_probe - now_, [this, id, run] { probe(id, run); });
}

void SimulatedEngine::end(const std::string& id, int code, bool by_user) {
  model::Container* container = find(id);
  if (container == nullptr || !is_alive(container->state)) return;
  Life& life = lives_[id];
  ++life.run;
  model::ContainerState& state = container->state;
  const bool ran = state.status == Status::running;
  state.status = Status::exited;
  state.endpoints.clear();
  state.ports.clear();
  state.stopped_by_user = by_user;
  if (ran) {
    state.exit_code = code;
    state.finished = Wall{now_.time_since_epoch()};
  }
  const auto decision = health::decide(container->spec.restart, life.restarts,
                                       {.code = code, .ran = now_ - life.started, .stopped_by_user = by_user});
  life.restarts = decision.state;
  if (!decision.restart) return;
  state.status = Status::restarting;
  after(decision.pause, [this, id, run = life.run] {
    const auto waiting = lives_.find(id);
    model::Container* again = find(id);
    if (waiting == lives_.end() || waiting->second.run != run || again->state.status != Status::restarting) return;
    ++again->state.restart_count;
    launch(*again);
  });
}

void SimulatedEngine::settle() {
  for (const model::Container& container : observed_.containers) {
    const model::ContainerState& state = container.state;
    if (state.status == Status::running) fulfilled_.insert({container.spec.service, DependencyCondition::started});
    if (state.health == Health::healthy) fulfilled_.insert({container.spec.service, DependencyCondition::healthy});
    if (state.status == Status::exited && state.finished && state.exit_code == 0)
      fulfilled_.insert({container.spec.service, DependencyCondition::completed});
  }
  const auto row_of = [this](const std::string& name) { return find(name); };
  for (std::size_t i = 0; i < waits_.size();) {
    const compose::Judgement judgement = compose::judge(waits_[i].what, row_of, Wall{now_.time_since_epoch()});
    if (judgement.fulfilment == compose::Fulfilment::not_yet) {
      if (judgement.again) after(*judgement.again, [] {});
      ++i;
      continue;
    }
    const compose::OnOutcome done = std::move(waits_[i].done);
    waits_.erase(waits_.begin() + static_cast<std::ptrdiff_t>(i));
    done(judgement.fulfilment == compose::Fulfilment::yes ? Outcome{} : failure(judgement.why));
    i = 0;  // the answer may have begun or ended other waits
  }
}

void SimulatedEngine::cancel_waits() {
  failing_ = 0;  // a roll-back follows: one misfortune is enough
  for (Wait& wait : std::exchange(waits_, {})) {
    after(Nanos{0}, [this, done = std::move(wait.done), mine = incarnation_] {
      if (mine == incarnation_) done(failure("given up"));
    });
  }
}

}  // namespace stack::sim
