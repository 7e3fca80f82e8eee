// A clock that also wakes: every deadline, pause and retry of the engine goes through one of these, so that a test or a simulation
// can own time.
//
// An alarm fires once, on the loop's thread, never from inside at(). Destroying it before that cancels it for good: its function is
// not called any more, and is destroyed with it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "base/clock.h"

namespace boost::asio {
class io_context;
}

namespace stack::async {

class Alarm {
 public:
  virtual ~Alarm() = default;
};

class Timekeeper : public Clock {
 public:
  // The returned alarm must not outlive the keeper.
  [[nodiscard]] virtual std::unique_ptr<Alarm> at(Mono when, std::function<void()> fire) = 0;
  [[nodiscard]] std::unique_ptr<Alarm> after(Nanos pause, std::function<void()> fire) {
    return at(mono() + pause, std::move(fire));
  }
};

// The system's clock and the loop's timers.
class SystemTimekeeper final : public Timekeeper {
 public:
  explicit SystemTimekeeper(boost::asio::io_context& loop) : loop_(loop) {}
  [[nodiscard]] Mono mono() const override { return clock_.mono(); }
  [[nodiscard]] Wall wall() const override { return clock_.wall(); }
  [[nodiscard]] std::unique_ptr<Alarm> at(Mono when, std::function<void()> fire) override;

 private:
  boost::asio::io_context& loop_;
  SystemClock clock_;
};

// Time that stands still until it is moved. Alarms fire inside advance(), in the order of their times, of equal ones in the order in
// which they were set. For tests; everything on one thread.
class ManualTimekeeper final : public Timekeeper {
 public:
  [[nodiscard]] Mono mono() const override { return now_; }
  [[nodiscard]] Wall wall() const override { return Wall{now_.time_since_epoch() + kEpoch}; }
  [[nodiscard]] std::unique_ptr<Alarm> at(Mono when, std::function<void()> fire) override;
  void advance(Nanos by);
  // When the next alarm is due; nothing when none is set.
  [[nodiscard]] bool next(Mono& when) const;

 private:
  class Entry;
  static constexpr Nanos kEpoch = std::chrono::hours{24} * 365 * 50;
  Mono now_{std::chrono::hours{1}};
  std::multimap<Mono, Entry*> set_;
};

}  // namespace stack::async
