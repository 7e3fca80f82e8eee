#include "health/monitor.h"

#include <deque>
#include <unordered_map>
#include <utility>

namespace stack::health {

struct Monitor::Impl : std::enable_shared_from_this<Impl> {
  struct Watched {
    explicit Watched(std::string container) : id(std::move(container)) {}
    std::string id;
    std::vector<std::string> argv;
    Settings settings;
    State state;
    std::unique_ptr<async::Alarm> alarm;
    std::uint64_t probe = 0;  // the one that runs, 0: none
    bool waits = false;       // for a place among the starting ones
    bool starting = false;    // has such a place
    bool paused = false;
    bool probed = false;
    Wall probe_started{};
  };

  Impl(async::Timekeeper& keeper, ProbePort& probes, OnReport report)
      : time(keeper), port(probes), on_report(std::move(report)) {}

  void arm(const std::shared_ptr<Watched>& watched) {
    const auto pause = std::max(watched->state.next_probe - time.mono(), watched->probed ? kPauseMin : Nanos{0});
    // The alarm is the container's own, and goes with it.
    watched->alarm = time.after(pause, [this, watched = watched.get()] {
      const auto it = all.find(watched->id);
      if (it != all.end() && it->second.get() == watched) due(it->second);
    });
  }

  bool is_current(const std::shared_ptr<Watched>& watched) const {
    const auto it = all.find(watched->id);
    return it != all.end() && it->second == watched;
  }

  void due(const std::shared_ptr<Watched>& watched) {
    if (watched->paused || watched->probe != 0 || watched->waits) return;
    if (starting >= kStartingMax) {
      watched->waits = true;
      queue.push_back(watched);
      return;
    }
    ++starting;
    watched->starting = watched->probed = true;
    const std::uint64_t id = ++last_probe;
    watched->probe = id;
    watched->probe_started = time.wall();
    port.start_probe(
        id, watched->id, watched->argv, watched->settings.timeout,
        [weak = weak_from_this(), watched, id] {
          const auto self = weak.lock();
          if (self && watched->probe == id) self->give_place(watched);
        },
        [weak = weak_from_this(), watched, id](ProbeOutcome outcome) {
          if (const auto self = weak.lock()) self->done(watched, id, std::move(outcome));
        });
  }

  void done(const std::shared_ptr<Watched>& watched, std::uint64_t id, ProbeOutcome outcome) {
    if (watched->probe != id) return;  // said twice
    give_place(watched);
    watched->probe = 0;
    if (!is_current(watched)) return;
    if (watched->paused) return;  // what a frozen container did not answer says nothing
    outcome.output = bounded_output(outcome.output);
    const Step step = advance(watched->settings, watched->state, result_of(outcome), time.mono());
    watched->state = step.state;
    arm(watched);
    on_report({watched->id, step.state, step.verdict, std::move(outcome), watched->probe_started, time.wall()});
  }

  void give_place(const std::shared_ptr<Watched>& watched) {
    if (!std::exchange(watched->starting, false)) return;
    --starting;
    while (!queue.empty() && starting < kStartingMax) {
      const auto next = queue.front();
      queue.pop_front();
      next->waits = false;
      if (is_current(next)) due(next);
    }
  }

  void forget(const std::shared_ptr<Watched>& watched) {
    watched->alarm.reset();
    if (watched->probe != 0) port.cancel_probe(watched->probe);
  }

  async::Timekeeper& time;
  ProbePort& port;
  OnReport on_report;
  std::unordered_map<std::string, std::shared_ptr<Watched>> all;
  std::deque<std::shared_ptr<Watched>> queue;
  std::size_t starting = 0;
  std::uint64_t last_probe = 0;
};

Monitor::Monitor(async::Timekeeper& time, ProbePort& port, OnReport on_report)
    : impl_(std::make_shared<Impl>(time, port, std::move(on_report))) {}

Monitor::~Monitor() {
  for (const auto& [id, watched] : impl_->all) impl_->forget(watched);
  impl_->all.clear();
}

void Monitor::watch(const std::string& container_id, std::vector<std::string> argv, const Settings& settings,
                    const State* resume) {
  stop(container_id);
  auto watched = std::make_shared<Impl::Watched>(container_id);
  watched->argv = std::move(argv);
  watched->settings = settings;
  watched->state = start(settings, impl_->time.mono());
  if (resume != nullptr) {
    const Mono soon = watched->state.next_probe;
    watched->state = *resume;
    watched->state.next_probe = soon;
  }
  impl_->all.emplace(container_id, watched);
  impl_->arm(watched);
}

void Monitor::stop(const std::string& container_id) {
  const auto it = impl_->all.find(container_id);
  if (it == impl_->all.end()) return;
  const auto watched = it->second;
  impl_->all.erase(it);
  impl_->forget(watched);
}

void Monitor::pause(const std::string& container_id) {
  const auto it = impl_->all.find(container_id);
  if (it == impl_->all.end()) return;
  it->second->paused = true;
  impl_->forget(it->second);
}

void Monitor::unpause(const std::string& container_id) {
  const auto it = impl_->all.find(container_id);
  if (it == impl_->all.end() || !it->second->paused) return;
  it->second->paused = false;
  it->second->state.next_probe = impl_->time.mono();
  impl_->arm(it->second);
}

}  // namespace stack::health
