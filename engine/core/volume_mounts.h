// Who uses the file systems that volumes mount, and the threads that mount and unmount them.
//
// A server that does not answer holds up what waits for its own volume and nothing else: the loop never waits, and these threads do
// no other work than that of volumes with driver options. Calls for one volume happen one after the other, in the order in which they
// were asked for. Loop thread only, leases included; the threads begin with the first call.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "base/async/event.h"
#include "base/async/thread_pool.h"
#include "base/model/volume_spec.h"

namespace stack::core {

class VolumeMounts {
  struct State;

 public:
  // As many servers may be silent before volumes of other servers wait as well.
  static constexpr std::size_t kThreads = 4;

  // One user's claim: while one lives, the volume is not unmounted. The end of the last one has it unmounted; nobody waits for
  // that.
  class Lease {
   public:
    Lease() = default;
    Lease(std::shared_ptr<State> state, model::Volume volume);
    Lease(Lease&& other) noexcept { swap(other); }
    Lease& operator=(Lease&& other) noexcept {
      Lease{std::move(other)}.swap(*this);
      return *this;
    }
    ~Lease();
    // The mount stays: the engine leaves, and the container runs on.
    void keep() noexcept { state_.reset(); }

   private:
    void swap(Lease& other) noexcept {
      state_.swap(other.state_);
      std::swap(volume_, other.volume_);
    }
    std::shared_ptr<State> state_;
    model::Volume volume_;
  };

  explicit VolumeMounts(boost::asio::io_context& loop);
  VolumeMounts(const VolumeMounts&) = delete;
  VolumeMounts& operator=(const VolumeMounts&) = delete;
  // Waits for what is under way, which may be for ever: see waits().
  ~VolumeMounts();

  // Mounts the volume unless it is mounted; a volume without such options gives a lease of nothing. Throws what volume::mount_volume
  // throws.
  boost::asio::awaitable<Lease> take(model::Volume volume);
  // The claim of a container that runs already, of a volume that the engine before this one has mounted. Does not wait.
  Lease adopt(model::Volume volume);
  [[nodiscard]] bool is_used(const std::string& name) const;
  // Unmounts the volume unless somebody uses it: what an engine that was killed has left. Does not wait.
  void sweep(model::Volume volume);
  // Does blocking work with the volume in its turn, on these threads.
  boost::asio::awaitable<void> run(std::string name, std::function<void()> work);
  // Resumes when no unmount is under way, which may be never: see waits().
  boost::asio::awaitable<void> stop();
  // Whether a call has not come back.
  [[nodiscard]] bool waits() const;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace stack::core
