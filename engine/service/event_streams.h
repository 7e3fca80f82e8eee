// Streams of events: history from the journal, read on the pool, and then what happens.
//
// Loop thread only; each stream is a coroutine that ends when its client is gone or its time has come. A client that does not read is
// left once kPendingMax events wait for it.
#pragma once

#include "base/async/task_group.h"
#include "engine/api/event_query.h"
#include "engine/core/engine.h"

namespace stack::service {

class EventStreams final : public api::EventBackend {
 public:
  static constexpr std::size_t kPendingMax = 10'000;
  using Line = std::function<std::string(const model::Event&)>;

  explicit EventStreams(core::Engine& engine);
  void events(api::EventRequest request, Line line, std::shared_ptr<api::ByteStream> out) override;
  // Ends all streams; resumes when none is left.
  boost::asio::awaitable<void> stop();

 private:
  core::Engine& engine_;
  async::TaskGroup tasks_;
};

}  // namespace stack::service
