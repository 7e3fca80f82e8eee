#include "health/monitor.h"

#include <deque>
#include <unordered_map>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace stack::health {

namespace asio = boost::asio;

struct Monitor::Impl : std::enable_shared_from_this<Impl> {
  struct Watched {
    Watched(asio::io_context& loop, std::string container) : id(std::move(container)), timer(loop) {}
    std::string id;
    std::vector<std::string> argv;
    Settings settings;
    State state;
    asio::steady_timer timer;
    std::uint64_t probe = 0;  // the one that runs, 0: none
    bool waits = false;       // for a place among the starting ones
    bool starting = false;    // has such a place
    bool paused = false;
    bool probed = false;
    Wall probe_started{};
  };

  Impl(asio::io_context& io, const Clock& time, ProbePort& probes, OnReport report)
      : loop(io), clock(time), port(probes), on_report(std::move(report)) {}

  void arm(const std::shared_ptr<Watched>& watched) {
    const auto wait = std::max(watched->state.next_probe - clock.mono(), watched->probed ? kPauseMin : Nanos{0});
    watched->timer.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(wait));
    watched->timer.async_wait([weak = weak_from_this(), watched](const boost::system::error_code& failure) {
      const auto self = weak.lock();
      if (!failure && self && self->is_current(watched)) self->due(watched);
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
    watched->probe_started = clock.wall();
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
    const Step step = advance(watched->settings, watched->state, result_of(outcome), clock.mono());
    watched->state = step.state;
    arm(watched);
    on_report({watched->id, step.state, step.verdict, std::move(outcome), watched->probe_started, clock.wall()});
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
    watched->timer.cancel();
    if (watched->probe != 0) port.cancel_probe(watched->probe);
  }

  asio::io_context& loop;
  const Clock& clock;
  ProbePort& port;
  OnReport on_report;
  std::unordered_map<std::string, std::shared_ptr<Watched>> all;
  std::deque<std::shared_ptr<Watched>> queue;
  std::size_t starting = 0;
  std::uint64_t last_probe = 0;
};

Monitor::Monitor(asio::io_context& loop, const Clock& clock, ProbePort& port, OnReport on_report)
    : impl_(std::make_shared<Impl>(loop, clock, port, std::move(on_report))) {}

Monitor::~Monitor() {
  for (const auto& [id, watched] : impl_->all) impl_->forget(watched);
  impl_->all.clear();
}

void Monitor::watch(const std::string& container_id, std::vector<std::string> argv, const Settings& settings,
                    const State* resume) {
  stop(container_id);
  auto watched = std::make_shared<Impl::Watched>(impl_->loop, container_id);
  watched->argv = std::move(argv);
  watched->settings = settings;
  watched->state = start(settings, impl_->clock.mono());
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
  it->second->state.next_probe = impl_->clock.mono();
  impl_->arm(it->second);
}

}  // namespace stack::health
