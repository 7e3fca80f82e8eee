// The right to change a container, held by one coroutine at a time: start, stop and restarts wait for each other here.
//
// Loop thread only. Held while the object lives; it must not outlive the container.
#pragma once

#include <memory>

#include "engine/core/managed_container.h"

namespace stack::core {

class ManagedContainer::Turn {
 public:
  static boost::asio::awaitable<std::unique_ptr<Turn>> take(ManagedContainer& container) {
    while (container.busy_) co_await container.changed_.wait();
    co_return std::make_unique<Turn>(container);
  }
  explicit Turn(ManagedContainer& container) : container_(container) { container_.busy_ = true; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    container_.busy_ = false;
    container_.changed_.open_all();
  }

 private:
  ManagedContainer& container_;
};

}  // namespace stack::core
