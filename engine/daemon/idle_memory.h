// Gives memory back when nothing has happened for a moment. What bringing up a project or pulling an image takes, code pages included,
// is many times what the engine needs while containers just run.
//
// Loop thread.
#pragma once

#include <boost/asio/steady_timer.hpp>

#include "engine/core/context.h"
#include "engine/core/event_bus.h"

namespace stack::daemon {

class Rest {
 public:
  // From the start on, and after each event.
  explicit Rest(core::Context& context);

 private:
  void wait();

  boost::asio::steady_timer timer_;
  core::EventBus::Subscription events_;
};

}  // namespace stack::daemon
