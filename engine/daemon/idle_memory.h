// Gives memory back when nothing has happened for a moment. What bringing up a project or pulling an image takes, code pages included,
// is many times what the engine needs while containers just run.
//
// Loop thread.
#pragma once

#include <memory>

#include "engine/core/context.h"
#include "engine/core/event_bus.h"

namespace stack::daemon {

class IdleMemory {
 public:
  // From the start on, and after each event.
  explicit IdleMemory(core::Context& context);

 private:
  void wait();

  core::Context& context_;
  std::unique_ptr<async::Alarm> alarm_;
  core::EventBus::Subscription events_;
};

}  // namespace stack::daemon
