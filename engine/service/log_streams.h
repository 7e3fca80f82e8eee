// Log streams: reads containers' logs on the pool, merges them by time, follows them by inotify, and tells starts and exits in
// their place.
//
// Loop thread only; each stream is a coroutine that ends when its client is gone or nothing is left to tell.
#pragma once

#include "engine/api/backend.h"
#include "engine/core/engine.h"

namespace stack::service {

class Logs final : public api::LogBackend {
 public:
  Logs(core::Engine& engine, const api::ProjectBackend& projects)
      : engine_(engine), projects_(projects), tasks_(engine.context().loop, "logs") {}
  void logs(api::LogRequest request, std::shared_ptr<api::ByteStream> out) override;
  // Ends all streams; resumes when none is left.
  boost::asio::awaitable<void> stop();

 private:
  core::Engine& engine_;
  const api::ProjectBackend& projects_;
  async::TaskGroup tasks_;
};

}  // namespace stack::service
