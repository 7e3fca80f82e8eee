#include "engine/core/volume_mounts.h"

#include <deque>
#include <optional>

#include "base/async/task_group.h"
#include "base/log.h"
#include "base/thrown.h"
#include "engine/volume/mounts.h"

namespace stack::core {

namespace asio = boost::asio;

struct VolumeMounts::State {
  struct Volume {
    int users = 0;
    std::deque<const void*> turns;  // the first one is served
  };
  explicit State(asio::io_context& loop) : changed(loop), tasks(loop, "volumes") {}

  void forget_idle(const std::string& name) {
    const auto found = volumes.find(name);
    if (found != volumes.end() && found->second.users == 0 && found->second.turns.empty()) volumes.erase(found);
  }

  async::Event changed;
  std::map<std::string, Volume> volumes;  // those that somebody uses or works with
  std::optional<async::ThreadPool> threads;
  int under_way = 0;
  async::TaskGroup tasks;  // unmounts that nobody waits for
};

namespace {

// A place in the volume's queue, taken at once; wait() resumes when it is the first.
template <class State>
class Turn {
 public:
  Turn(std::shared_ptr<State> state, std::string name) : state_(std::move(state)), name_(std::move(name)) {
    state_->volumes[name_].turns.push_back(this);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    std::erase(state_->volumes[name_].turns, this);
    state_->forget_idle(name_);
    state_->changed.notify_all();
  }
  asio::awaitable<void> wait() {
    while (state_->volumes[name_].turns.front() != this) co_await state_->changed.wait();
  }

 private:
  std::shared_ptr<State> state_;
  std::string name_;
};

template <class State>
asio::awaitable<void> work_in_turn(std::shared_ptr<State> state, std::shared_ptr<Turn<State>> turn,
                                   std::function<void()> work) {
  co_await turn->wait();
  if (!state->threads) state->threads.emplace(VolumeMounts::kThreads);
  struct Count {
    int& count;
    explicit Count(int& counted) : count(counted) { ++count; }
    ~Count() { --count; }
  } count{state->under_way};
  co_await state->threads->run(std::move(work));
}

template <class State>
asio::awaitable<void> unmount_unused(std::shared_ptr<State> state, std::shared_ptr<Turn<State>> turn,
                                     model::Volume volume) {
  co_await turn->wait();
  if (state->volumes[volume.spec.name].users > 0) co_return;
  std::function<void()> work = [path = volume.mountpoint] { volume::unmount(path); };
  co_await work_in_turn(state, turn, std::move(work));
}

template <class State>
void spawn_unmount(const std::shared_ptr<State>& state, model::Volume volume) {
  auto turn = std::make_shared<Turn<State>>(state, volume.spec.name);
  const std::string name = volume.spec.name;
  state->tasks.start(unmount_unused(state, std::move(turn), std::move(volume)),
                     [name, state](const std::exception_ptr& thrown) {
                       if (thrown) log_warning("volume " + name + ": " + error_of(thrown).message());
                     });
}

}  // namespace

VolumeMounts::Lease::Lease(std::shared_ptr<State> state, model::Volume volume)
    : state_(std::move(state)), volume_(std::move(volume)) {
  ++state_->volumes[volume_.spec.name].users;
}

VolumeMounts::Lease::~Lease() {
  if (!state_) return;
  if (--state_->volumes[volume_.spec.name].users == 0) spawn_unmount(state_, std::move(volume_));
}

VolumeMounts::VolumeMounts(asio::io_context& loop) : state_(std::make_shared<State>(loop)) {}
VolumeMounts::~VolumeMounts() { state_->threads.reset(); }

asio::awaitable<VolumeMounts::Lease> VolumeMounts::take(model::Volume volume) {
  if (!volume::is_mountable(volume)) co_return Lease{};
  Lease lease{state_, volume};
  auto turn = std::make_shared<Turn<State>>(state_, volume.spec.name);
  std::function<void()> work = [volume = std::move(volume)] { volume::mount_volume(volume); };
  co_await work_in_turn(state_, std::move(turn), std::move(work));
  co_return lease;
}

VolumeMounts::Lease VolumeMounts::adopt(model::Volume volume) {
  if (!volume::is_mountable(volume)) return {};
  return Lease{state_, std::move(volume)};
}

bool VolumeMounts::is_used(const std::string& name) const {
  const auto found = state_->volumes.find(name);
  return found != state_->volumes.end() && found->second.users > 0;
}

void VolumeMounts::sweep(model::Volume volume) {
  if (volume::is_mountable(volume) && !is_used(volume.spec.name)) spawn_unmount(state_, std::move(volume));
}

asio::awaitable<void> VolumeMounts::run(std::string name, std::function<void()> work) {
  auto turn = std::make_shared<Turn<State>>(state_, std::move(name));
  co_await work_in_turn(state_, std::move(turn), std::move(work));
}

asio::awaitable<void> VolumeMounts::stop() { co_await state_->tasks.join(); }

bool VolumeMounts::waits() const { return state_->under_way > 0; }

}  // namespace stack::core
