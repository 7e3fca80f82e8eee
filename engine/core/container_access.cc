// How others than its processes come to a container's files: while nothing starts or ends, and, to change something, while nothing will.
#include "engine/core/managed_container.h"

namespace stack::core {

namespace asio = boost::asio;

namespace {

bool is_passing(Phase phase) {
  return phase == Phase::recovering || phase == Phase::starting || phase == Phase::stopping;
}

}  // namespace

asio::awaitable<ManagedContainer::Access> ManagedContainer::access(bool change) {
  const auto self = shared_from_this();
  while (is_passing(phase_) && !left_) co_await changed_.wait();
  if (left_) throw Error(ErrorKind::unavailable, "the engine is shutting down");
  if (phase_ == Phase::removing || phase_ == Phase::removed)
    throw Error(ErrorKind::conflict, "the container " + record_.spec.name + " is being removed");
  Access access;
  access.images = image_claim_;
  const bool runs = phase_ == Phase::running || phase_ == Phase::paused;
  if (change || !runs) {
    ++holds_;
    access.hold = std::shared_ptr<void>(nullptr, [self](void*) {
      --self->holds_;
      self->changed_.notify_all();
    });
  }
  if (runs) {
    access.pid = record_.state.pid;
    co_return access;
  }
  access.mounts = co_await context_.volumes.mount(record_);
  // As its first start would find them: what is written into an empty volume would keep it from being filled.
  if (change && !record_.state.started) co_await context_.volumes.populate(record_, image());
  // Who only reads does not hold up a start: what was found before it is what is read.
  if (!change) access.hold.reset();
  co_return access;
}

asio::awaitable<void> ManagedContainer::wait_for_files(std::uint32_t launch) {
  while (holds_ > 0) {
    co_await changed_.wait();
    check_wanted(launch);
  }
}

}  // namespace stack::core
