// Mutual exclusion between coroutines of one loop, granted in the order in which it was asked for.
//
// Loop thread only. A Lock holds it while it lives and must not outlive the mutex. A waiter whose task is cancelled leaves the
// queue and throws, as with Event.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "base/async/event.h"

namespace stack::async {

class Mutex {
 public:
  class Lock {
   public:
    Lock() = default;
    explicit Lock(Mutex& mutex) : mutex_(&mutex) {}
    Lock(Lock&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
    Lock& operator=(Lock&& other) noexcept {
      std::swap(mutex_, other.mutex_);
      return *this;
    }
    ~Lock() {
      if (mutex_ != nullptr) mutex_->unlock();
    }

   private:
    Mutex* mutex_ = nullptr;
  };

  explicit Mutex(boost::asio::io_context& loop) : changed_(loop) {}
  [[nodiscard]] boost::asio::awaitable<Lock> lock();
  [[nodiscard]] bool is_locked() const { return locked_; }

 private:
  void unlock() {
    locked_ = false;
    changed_.notify_all();
  }

  Event changed_;
  std::deque<std::uint64_t> waiting_;
  std::uint64_t last_ticket_ = 0;
  bool locked_ = false;
};

}  // namespace stack::async
