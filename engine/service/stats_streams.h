// Streams of what containers use: a sample a second, read on the pool, for as long as a client listens.
//
// Loop thread only; each stream is a coroutine that ends when its client or its container is gone. A client that does not read gets the
// next sample when it has taken the last ones.
#pragma once

#include "base/async/task_group.h"
#include "engine/api/container_query.h"
#include "engine/api/stats_backend.h"
#include "engine/core/engine.h"

namespace stack::service {

class StatsStreams final : public api::StatsBackend {
 public:
  static constexpr Nanos kEvery = std::chrono::seconds{1};

  StatsStreams(core::Engine& engine, api::ContainerQuery& containers);
  void stats(const api::StatsRequest& request, Line line,
             const std::function<std::shared_ptr<api::ByteStream>()>& open) override;
  // Ends all streams; resumes when none is left.
  boost::asio::awaitable<void> stop();

 private:
  core::Engine& engine_;
  api::ContainerQuery& containers_;
  async::TaskGroup tasks_;
};

}  // namespace stack::service
