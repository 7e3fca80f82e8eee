#include "tests/sim/simulated_machine.h"

#include <algorithm>

#include "base/async/event.h"
#include "tests/sim/simulated_shims.h"

namespace stack::sim {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

class CountedAlarm final : public async::Alarm {
 public:
  CountedAlarm(std::unique_ptr<async::Alarm> alarm, std::shared_ptr<int> count)
      : alarm_(std::move(alarm)), count_(std::move(count)) {
    ++*count_;
  }
  CountedAlarm(const CountedAlarm&) = delete;
  CountedAlarm& operator=(const CountedAlarm&) = delete;
  ~CountedAlarm() override { --*count_; }

 private:
  std::unique_ptr<async::Alarm> alarm_;
  std::shared_ptr<int> count_;
};

class Groups final : public core::ControlGroups {
 public:
  Groups(SimulatedMachine& machine, SimulatedShims& shims) : machine_(machine), shims_(shims) {}
  void kill_all(const model::Container& container) noexcept override {
    if (machine_.engine_lives) shims_.kill_programs_of(container.id);
  }
  void freeze(const model::Container& container, bool frozen) override {
    if (!machine_.engine_lives) return;
    if (machine_.strikes(50)) {
      machine_.stuck_freezers.insert(container.id);
      throw Error("pausing: input/output error");
    }
    machine_.stuck_freezers.erase(container.id);
    shims_.freeze(container.id, frozen);
  }
  void limit(const model::Container&, const model::Resources&) override {
    if (machine_.strikes(100)) throw Error(ErrorKind::invalid, "the least memory limit is 6MB");
  }

 private:
  SimulatedMachine& machine_;
  SimulatedShims& shims_;
};

class Files final : public core::ContainerFiles {
 public:
  Files(SimulatedMachine& machine, SimulatedShims& shims) : machine_(machine), shims_(shims) {}
  void make_folder(const std::string& id) override {
    if (machine_.strikes(20)) throw Error("creating a folder: no space left on device");
    machine_.folders.insert(id);
  }
  boost::asio::awaitable<void> check_log_files(const model::Container&) override { co_return; }
  std::filesystem::path socket(const std::string& id) const override { return "/run/" + id; }
  std::optional<shim::ExitRecord> exit_record(const std::string& id) const override { return shims_.record(id); }
  void update_hosts(const model::Container&, const std::vector<model::Endpoint>&) noexcept override {}
  void discard(const model::Container& container) override {
    if (!machine_.engine_lives) return;
    machine_.folders.erase(container.id);
    shims_.forget_records(container.id);
  }

 private:
  SimulatedMachine& machine_;
  SimulatedShims& shims_;
};

class Planner final : public core::LaunchPlanner {
 public:
  Planner(SimulatedMachine& machine, SimulatedShims& shims) : machine_(machine), shims_(shims) {}
  std::optional<model::Image> find_image(const std::string&) const override {
    model::Image image;
    image.id = "sha256:1";
    image.config.command = {"program"};
    return image;
  }
  void check(const model::ContainerSpec&, const model::Image&) const override {}
  Planned plan_launch(const model::Container& container, const model::Image&, model::LaunchNetwork,
                      const Partners&) const override {
    if (machine_.strikes(20)) throw Error(ErrorKind::invalid, "the device /dev/fuse does not exist");
    return {.sealed = shims_.plan(container.id), .command = {"program"}};
  }
  sandbox::LaunchInput exec_base(const model::Container&, const model::Container*) const override { return {}; }
  UniqueFd plan_exec(const sandbox::LaunchInput&, const sandbox::ExecInput& input, std::int32_t) const override {
    if (input.argv.empty()) machine_.wrong("an exec of nothing");
    if (machine_.strikes(20)) throw Error(ErrorKind::invalid, "no command specified");
    return {};
  }

 private:
  SimulatedMachine& machine_;
  SimulatedShims& shims_;
};

class Volumes final : public core::ContainerVolumes {
 public:
  explicit Volumes(SimulatedMachine& machine) : machine_(machine) {}
  const model::Volume* find(const std::string&) const override { return nullptr; }
  void ensure(model::VolumeSpec) override {}
  asio::awaitable<void> remove(std::string) override { co_return; }
  asio::awaitable<std::vector<core::VolumeMounts::Lease>> mount(const model::Container&) override {
    if (machine_.strikes(300)) co_await machine_.pass(200ms);
    if (machine_.strikes(20)) throw Error("mounting a volume: connection refused");
    co_return std::vector<core::VolumeMounts::Lease>{};
  }
  std::vector<core::VolumeMounts::Lease> adopt(const model::Container&) override { return {}; }
  asio::awaitable<void> populate(const model::Container&, const model::Image&) override {
    if (machine_.strikes(200)) co_await machine_.pass(20ms);
  }

 private:
  SimulatedMachine& machine_;
};

class Store final : public core::StateSink {
 public:
  explicit Store(SimulatedMachine& machine) : machine_(machine) {}
  asio::awaitable<void> write(const std::vector<state::Change>& changes) override {
    co_await machine_.pass(1ms);
    if (!machine_.engine_lives) throw Error(ErrorKind::unavailable, "the engine is gone");
    if (machine_.store_is_full && machine_.trouble) {
      machine_.refused_something = true;
      throw Error(ErrorKind::unavailable, "state store: no space left on device");
    }
    for (const state::Change& change : changes) {
      if (const auto* put = std::get_if<state::PutContainer>(&change)) machine_.rows[put->value.id] = put->value;
      if (const auto* gone = std::get_if<state::DeleteContainer>(&change)) machine_.rows.erase(gone->id);
    }
  }

 private:
  SimulatedMachine& machine_;
};

class Network final : public netns::NetworkStack {
 public:
  explicit Network(SimulatedMachine& machine) : machine_(machine) {}
  model::Network plan_network(std::string, const model::NetworkSpec&) override { return {}; }
  std::optional<model::AdoptedBridge> ensure_network(const model::Network&) override { return std::nullopt; }
  void note_network(const model::Network&) override {}
  void remove_network(const std::string&) override {}
  void discard_network(const std::string&) noexcept override {}
  std::vector<model::Endpoint> reserve(const netns::EndpointRequest& request) override {
    if (machine_.strikes(20)) throw Error(ErrorKind::conflict, "no address is free");
    if (!machine_.reserved.insert(request.container_id).second)
      machine_.wrong("addresses of " + request.container_id + " are reserved twice");
    return {{.network = "net", .ipv4 = "10.0.0.2"}};
  }
  void expect(const netns::EndpointRequest&) override {}
  void adopt(const netns::EndpointRequest& request, const std::vector<model::Endpoint>& endpoints) override {
    if (endpoints.empty()) return;
    if (!machine_.reserved.insert(request.container_id).second)
      machine_.wrong("addresses of " + request.container_id + " are adopted twice");
  }
  void release(const std::string& id) override { machine_.reserved.erase(id); }
  void disconnect(const std::string&) override {}
  std::vector<model::Endpoint> attach(const netns::EndpointRequest& request, const model::Attachment& attachment,
                                      std::int32_t) override {
    if (machine_.strikes(20)) throw Error(ErrorKind::conflict, "no address is free");
    machine_.reserved.insert(request.container_id);  // one that started without networks has none yet
    return {{.network = "net", .ipv4 = "10.0.0.2"}, {.network = attachment.network, .ipv4 = "10.1.0.2"}};
  }
  std::vector<model::Endpoint> detach(const std::string& id, const std::string&, std::int32_t) override {
    if (!machine_.reserved.contains(id)) machine_.wrong("a network of " + id + ", which has no address, goes");
    return {{.network = "net", .ipv4 = "10.0.0.2"}};
  }
  model::LaunchNetwork launch_network(const std::string&) override { return {}; }
  std::vector<model::Endpoint> endpoints(const std::string&) const override {
    return {{.network = "net", .ipv4 = "10.0.0.2"}};
  }
  void serve_dns(const std::string&, UniqueFd, UniqueFd) override {}
  std::vector<model::PortBinding> reserve_ports(const netns::PublishRequest&) override { return {}; }
  void set_readiness(const std::string& id, netns::Readiness readiness) override {
    if (readiness != netns::Readiness::none && !machine_.reserved.contains(id))
      machine_.wrong("traffic for " + id + ", which has no address");
  }
  void flush() override {}
  netns::SweepReport sweep() override { return {}; }
  std::string remains() override { return {}; }
  netns::SweepReport remove_all() override { return {}; }

 private:
  SimulatedMachine& machine_;
};

}  // namespace

struct SimulatedMachine::Body {
  explicit Body(SimulatedMachine& machine)
      : shims(machine),
        groups(machine, shims),
        files(machine, shims),
        planner(machine, shims),
        volumes(machine),
        store(machine),
        network(machine) {}
  SimulatedShims shims;
  Groups groups;
  Files files;
  Planner planner;
  Volumes volumes;
  Store store;
  Network network;
};

std::unique_ptr<async::Alarm> CountingTimekeeper::at(Mono when, std::function<void()> fire) {
  return std::make_unique<CountedAlarm>(time_.at(when, std::move(fire)), alarms_);
}

SimulatedMachine::SimulatedMachine(unsigned seed) : random(seed), body_(std::make_unique<Body>(*this)) {}
SimulatedMachine::~SimulatedMachine() = default;

core::Shims& SimulatedMachine::shims() { return body_->shims; }
core::ControlGroups& SimulatedMachine::groups() { return body_->groups; }
core::ContainerFiles& SimulatedMachine::files() { return body_->files; }
core::LaunchPlanner& SimulatedMachine::planner() { return body_->planner; }
core::ContainerVolumes& SimulatedMachine::volumes() { return body_->volumes; }
core::StateSink& SimulatedMachine::store() { return body_->store; }
netns::NetworkStack& SimulatedMachine::network() { return body_->network; }

void SimulatedMachine::settle() {
  loop.restart();
  while (loop.poll() > 0) loop.restart();
}

void SimulatedMachine::later(Nanos delay, std::function<void()> what) {
  events_.emplace(time.mono() + delay, std::move(what));
}

Nanos SimulatedMachine::some_time(Nanos longest) {
  return Nanos{static_cast<std::int64_t>(random() % 1000) * longest.count() / 1000};
}

bool SimulatedMachine::strikes(int per_mille) { return static_cast<int>(random() % 1000) < per_mille && trouble; }

asio::awaitable<void> SimulatedMachine::pass(Nanos longest) {
  const Mono when = time.mono() + some_time(longest);
  async::Event due{loop};
  for (bool early = true; early;) early = co_await due.wait_until(time, when);
}

bool SimulatedMachine::run_until(const std::function<bool()>& enough, Nanos patience) {
  const Mono deadline = time.mono() + patience;
  settle();
  while (!enough()) {
    Mono next = deadline;
    Mono alarm;
    if (time.manual().next(alarm)) next = std::min(next, alarm);
    if (!events_.empty()) next = std::min(next, events_.begin()->first);
    if (next >= deadline) {
      time.manual().advance(std::max(deadline - time.mono(), Nanos{0}));
      settle();
      return enough();
    }
    if (!events_.empty() && events_.begin()->first <= next) {
      time.manual().advance(std::max(next - time.mono(), Nanos{0}));
      const auto what = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      what();
    } else {
      time.manual().advance(std::max(next - time.mono(), Nanos{0}));
    }
    settle();
  }
  return true;
}

void SimulatedMachine::forget_engine() {
  reserved.clear();
  refused_something = false;
}

void SimulatedMachine::reboot() { body_->shims.reboot(); }
void SimulatedMachine::kill_some_shim() { body_->shims.kill_some(); }
void SimulatedMachine::hang_some_shim() { body_->shims.hang_some(); }

}  // namespace stack::sim
