#include "engine/service/stats_streams.h"

#include "base/async/event.h"
#include "base/async/thread_pool.h"
#include "base/log.h"
#include "base/thrown.h"
#include "engine/core/container_machine.h"
#include "engine/core/context.h"
#include "engine/sandbox/host_facts.h"
#include "engine/service/container_sample.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {

class StatsStream {
 public:
  StatsStream(core::Engine& engine, api::StatsRequest request, api::StatsBackend::Line line,
              std::shared_ptr<api::ByteStream> out)
      : engine_(engine),
        request_(std::move(request)),
        line_(std::move(line)),
        out_(std::move(out)),
        wake_(engine.context().loop) {}

  void wake() { wake_.notify_all(); }

  asio::awaitable<void> run() {
    std::optional<api::ContainerSample> before;
    for (Mono due = time().mono(); !out_->gone(); co_await rest_until(due)) {
      due += StatsStreams::kEvery;
      const auto source = look_up();
      if (!source) break;  // it has been removed
      auto read = [source = *source, &layout = engine_.context().facts.cgroups, now = time().wall()] {
        return take_sample(layout, source, now);
      };
      api::ContainerSample sample = co_await engine_.context().workers.run(std::move(read));
      // A single answer is about the second before it, unless there was nothing in it.
      const bool is_first_of_two = !request_.stream && !request_.one_shot && !before && sample.read;
      if (!is_first_of_two) out_->write(line_(sample, before && before->read ? &*before : nullptr));
      if (!request_.stream && !is_first_of_two) break;
      before = std::move(sample);
    }
    out_->finish();
  }

 private:
  async::Timekeeper& time() { return engine_.context().time; }

  [[nodiscard]] std::optional<SampleSource> look_up() const {
    const auto& all = engine_.containers().by_id();
    const auto found = all.find(request_.container);
    if (found == all.end()) return std::nullopt;
    const model::Container& row = found->second->row();
    return SampleSource{.id = row.id,
                        .name = row.spec.name,
                        .group = core::KernelGroups{engine_.context()}.path(row),
                        .pid = row.state.pid,
                        .has_network = row.spec.network_mode != "host"};
  }

  asio::awaitable<void> rest_until(Mono due) {
    while (!out_->gone() && (time().mono() < due || out_->queued() >= api::ByteStream::kQueuedMax)) {
      if (time().mono() < due) {
        co_await wake_.wait_until(time(), due);
      } else {
        co_await wake_.wait();
      }
    }
  }

  core::Engine& engine_;
  const api::StatsRequest request_;
  const api::StatsBackend::Line line_;
  const std::shared_ptr<api::ByteStream> out_;
  async::Event wake_;
};

}  // namespace

StatsStreams::StatsStreams(core::Engine& engine, api::ContainerQuery& containers)
    : engine_(engine), containers_(containers), tasks_(engine.context().loop, "stats") {}

void StatsStreams::stats(const api::StatsRequest& request, Line line,
                         const std::function<std::shared_ptr<api::ByteStream>()>& open) {
  api::StatsRequest resolved = request;
  resolved.container = containers_.get(request.container)->id;
  const std::shared_ptr<api::ByteStream> out = open();
  const auto stream = std::make_shared<StatsStream>(engine_, std::move(resolved), std::move(line), out);
  const auto wake = [weak = std::weak_ptr<StatsStream>(stream)] {
    if (const auto alive = weak.lock()) alive->wake();
  };
  out->on_gone(wake);
  out->on_drained(wake);
  tasks_.start(stream->run(), [stream, out](const std::exception_ptr& thrown) {
    if (!thrown || async::is_cancellation(thrown)) return;
    log_error("stats: " + error_of(thrown).message());
    out->finish();
  });
}

asio::awaitable<void> StatsStreams::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace stack::service
