#include "engine/core/event_bus.h"

#include <vector>

namespace stack::core {

EventBus::Subscription EventBus::subscribe(Listener listener) {
  auto shared = std::make_shared<Listener>(std::move(listener));
  listeners_.push_back(shared);
  return Subscription{std::move(shared)};
}

model::Event EventBus::publish(model::Event event) {
  event.sequence = ++last_;
  listeners_.remove_if([](const auto& weak) { return weak.expired(); });
  // A copy, because a listener may subscribe another or drop itself.
  const std::vector<std::weak_ptr<Listener>> now{listeners_.begin(), listeners_.end()};
  for (const auto& weak : now) {
    if (const auto listener = weak.lock()) (*listener)(event);
  }
  return event;
}

}  // namespace stack::core
