#include "base/async/timekeeper.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace stack::async {

namespace {

// The function lives as long as the alarm: the timer's handler only borrows it.
class LoopAlarm final : public Alarm {
 public:
  LoopAlarm(boost::asio::io_context& loop, Mono when, std::function<void()> fire)
      : timer_(loop), fire_(std::make_shared<std::function<void()>>(std::move(fire))) {
    timer_.expires_at(std::chrono::time_point_cast<std::chrono::steady_clock::duration>(when));
    timer_.async_wait([weak = std::weak_ptr(fire_)](const boost::system::error_code& cancelled) {
      const auto alive = weak.lock();
      if (!cancelled && alive) (*alive)();
    });
  }

 private:
  boost::asio::steady_timer timer_;
  std::shared_ptr<std::function<void()>> fire_;
};

}  // namespace

std::unique_ptr<Alarm> SystemTimekeeper::at(Mono when, std::function<void()> fire) {
  return std::make_unique<LoopAlarm>(loop_, when, std::move(fire));
}

class ManualTimekeeper::Entry final : public Alarm {
 public:
  Entry(ManualTimekeeper& keeper, Mono when, std::function<void()> fire) : keeper_(keeper), fire_(std::move(fire)) {
    place_ = keeper_.set_.emplace(when, this);
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  ~Entry() override {
    if (waits_) keeper_.set_.erase(place_);
  }
  // May destroy this.
  void ring() {
    keeper_.set_.erase(place_);
    waits_ = false;
    const auto fire = fire_;
    fire();
  }

 private:
  ManualTimekeeper& keeper_;
  std::function<void()> fire_;
  std::multimap<Mono, Entry*>::iterator place_;
  bool waits_ = true;
};

std::unique_ptr<Alarm> ManualTimekeeper::at(Mono when, std::function<void()> fire) {
  return std::make_unique<Entry>(*this, when, std::move(fire));
}

void ManualTimekeeper::advance(Nanos by) {
  const Mono until = now_ + by;
  while (!set_.empty() && set_.begin()->first <= until) {
    now_ = std::max(now_, set_.begin()->first);
    set_.begin()->second->ring();
  }
  now_ = until;
}

bool ManualTimekeeper::next(Mono& when) const {
  if (set_.empty()) return false;
  when = set_.begin()->first;
  return true;
}

}  // namespace stack::async
