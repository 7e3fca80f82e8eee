// What happened, told to whoever listens: one sequence per engine.
//
// Loop thread only. A listener is called in the turn of the event and must not block; it stops listening when the Subscription
// that it got dies. Listeners may subscribe and unsubscribe while they are being called.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>

#include "base/model/engine_event.h"

namespace stack::core {

class EventBus {
 public:
  using Listener = std::function<void(const model::Event&)>;

  class Subscription {
   public:
    Subscription() = default;
    explicit Subscription(std::shared_ptr<Listener> listener) : listener_(std::move(listener)) {}

   private:
    std::shared_ptr<Listener> listener_;  // the bus holds it weakly
  };

  explicit EventBus(std::uint64_t last_sequence) : last_(last_sequence) {}

  [[nodiscard]] Subscription subscribe(Listener listener);
  // Gives the event its sequence number and returns it as published.
  model::Event publish(model::Event event);

 private:
  std::uint64_t last_;
  std::list<std::weak_ptr<Listener>> listeners_;
};

}  // namespace stack::core
