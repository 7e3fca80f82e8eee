#include "engine/service/event_streams.h"

#include <algorithm>
#include <deque>

#include "base/async/event.h"
#include "base/async/thread_pool.h"
#include "base/log.h"
#include "base/thrown.h"
#include "engine/core/context.h"
#include "engine/core/event_bus.h"
#include "engine/core/state_writer.h"
#include "engine/state/event_reader.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {

class EventStream : public std::enable_shared_from_this<EventStream> {
 public:
  EventStream(core::Engine& engine, api::EventRequest request, EventStreams::Line line,
              std::shared_ptr<api::ByteStream> out)
      : engine_(engine), request_(std::move(request)), line_(std::move(line)), out_(std::move(out)), wake_(loop()) {}

  void wake() { wake_.notify_all(); }

  asio::awaitable<void> run() {
    // What happens while history is read comes behind it.
    events_ = engine_.context().events.subscribe([this](const model::Event& event) { take(event); });
    const std::uint64_t last = request_.since ? co_await tell_history() : 0;
    while (!pending_.empty() && pending_.front().sequence <= last) pending_.pop_front();
    while (!out_->gone() && !overrun_) {
      while (!pending_.empty() && out_->queued() < api::ByteStream::kQueuedMax) {
        out_->write(line_(pending_.front()));
        pending_.pop_front();
      }
      if (is_over()) break;
      co_await rest();
    }
    if (overrun_) log_warning("a client of events does not read them: leaving it");
    out_->finish();
  }

 private:
  asio::io_context& loop() { return engine_.context().loop; }
  async::Timekeeper& time() { return engine_.context().time; }
  [[nodiscard]] bool is_over() { return request_.until && time().wall() >= *request_.until; }

  // Projects have no events among Docker's.
  [[nodiscard]] bool is_wanted(const model::Event& event) const {
    return event.type != "project" && (!request_.until || event.time <= *request_.until) &&
           api::fits(request_.filter, event);
  }

  void take(const model::Event& event) {
    if (overrun_ || !is_wanted(event)) return;
    overrun_ = pending_.size() >= EventStreams::kPendingMax;
    if (!overrun_) pending_.push_back(event);
    wake();
  }

  // Gives the number of the last event that the journal has.
  asio::awaitable<std::uint64_t> tell_history() {
    core::Context& context = engine_.context();
    co_await context.state.settle({});
    auto read = [file = context.options.root / "state.db", since = *request_.since] {
      return state::read_events(file, since);
    };
    std::uint64_t last = 0;
    for (const model::Event& event : co_await context.workers.run(std::move(read))) {
      last = event.sequence;
      while (!out_->gone() && out_->queued() >= api::ByteStream::kQueuedMax) co_await wake_.wait();
      if (is_wanted(event)) out_->write(line_(event));
    }
    co_return last;
  }

  asio::awaitable<void> rest() {
    if (request_.until) {
      co_await wake_.wait_until(time(), time().mono() + (*request_.until - time().wall()));
    } else {
      co_await wake_.wait();
    }
  }

  core::Engine& engine_;
  const api::EventRequest request_;
  const EventStreams::Line line_;
  const std::shared_ptr<api::ByteStream> out_;
  async::Event wake_;
  core::EventBus::Subscription events_;
  std::deque<model::Event> pending_;
  bool overrun_ = false;
};

}  // namespace

EventStreams::EventStreams(core::Engine& engine) : engine_(engine), tasks_(engine.context().loop, "events") {}

void EventStreams::events(api::EventRequest request, Line line, std::shared_ptr<api::ByteStream> out) {
  const auto stream = std::make_shared<EventStream>(engine_, std::move(request), std::move(line), out);
  const auto wake = [weak = std::weak_ptr<EventStream>(stream)] {
    if (const auto alive = weak.lock()) alive->wake();
  };
  out->on_gone(wake);
  out->on_drained(wake);
  tasks_.start(stream->run(), [stream, out](const std::exception_ptr& thrown) {
    if (!thrown || async::is_cancellation(thrown)) return;
    log_error("events: " + error_of(thrown).message());
    out->finish();
  });
}

asio::awaitable<void> EventStreams::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace stack::service
