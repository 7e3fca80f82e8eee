#include "engine/daemon/idle_memory.h"

#include "base/memory.h"

namespace stack::daemon {
namespace {

constexpr std::chrono::seconds kMoment{1};

}  // namespace

IdleMemory::IdleMemory(core::Context& context)
    : context_(context), events_(context.events.subscribe([this](const model::Event&) { wait(); })) {
  wait();
}

void IdleMemory::wait() { alarm_ = context_.time.after(kMoment, give_back_memory); }

}  // namespace stack::daemon
