#include "engine/daemon/idle_memory.h"

#include "base/memory.h"

namespace stack::daemon {
namespace {

constexpr std::chrono::seconds kMoment{1};

}  // namespace

Rest::Rest(core::Context& context)
    : timer_(context.loop), events_(context.events.subscribe([this](const model::Event&) { wait(); })) {
  wait();
}

void Rest::wait() {
  timer_.expires_after(kMoment);
  timer_.async_wait([](const boost::system::error_code& cancelled) {
    if (!cancelled) give_back_memory();
  });
}

}  // namespace stack::daemon
