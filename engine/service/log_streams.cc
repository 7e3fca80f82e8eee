#include "engine/service/log_streams.h"

#include <algorithm>
#include <deque>
#include <filesystem>

#include "base/async/thread_pool.h"
#include "base/log.h"
#include "base/model/log_attributes.h"
#include "base/thrown.h"
#include "engine/api/log_frame.h"
#include "engine/core/container_record.h"
#include "engine/core/event_bus.h"
#include "engine/image/image_store.h"
#include "engine/logs/reader.h"
#include "engine/sandbox/launch_plan.h"

namespace stack::service {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using api::LogKind;

namespace {

constexpr std::size_t kChunkBytes = 512 << 10;
constexpr std::size_t kFlushBytes = 128 << 10;

// What a source has to tell beside its lines, once all lines before it are sent.
struct Note {
  LogKind kind = LogKind::exited;
  std::uint8_t flags = 0;
  std::string payload;
  Wall time{};
};

struct Source {
  std::uint16_t number = 0;
  std::string id, name, service;
  std::optional<model::Container> row;  // when the request wants its attributes
  int replica = 0;
  fs::path folder;
  std::unique_ptr<logs::Reader> reader;
  logs::Cursor cursor;
  bool placed = false;  // the cursor is where the request wants to begin
  bool announced = false;
  bool dirty = true;  // there may be more to read
  bool alive = false;
  bool removed = false;
  core::LogWatches::Watch watch;
  std::deque<logs::Entry> entries;
  std::deque<Note> notes;
};

class LogStream : public std::enable_shared_from_this<LogStream> {
 public:
  LogStream(core::Engine& engine, const api::ProjectBackend& projects, api::LogRequest request,
            std::shared_ptr<api::ByteStream> out)
      : engine_(engine),
        projects_(projects),
        request_(std::move(request)),
        out_(std::move(out)),
        wake_(engine.context().loop) {}
  LogStream(const LogStream&) = delete;
  LogStream& operator=(const LogStream&) = delete;
  ~LogStream() = default;

  asio::awaitable<void> run() {
    if (request_.follow) listen();
    for (const auto& [id, container] : engine_.containers().by_id()) consider(container->row());
    for (;;) {
      if (failed_) throw Error(*failed_);
      for (std::size_t i = 0; i < sources_.size(); ++i) co_await fill(*sources_[i]);
      co_await emit();
      if (out_->gone()) break;
      const bool more = std::any_of(sources_.begin(), sources_.end(), [](const auto& s) { return s->dirty; });
      if (more) continue;
      flush();
      const bool living =
          std::any_of(sources_.begin(), sources_.end(), [this](const auto& s) { return s->alive && decides(*s); });
      // While the project is being changed, more may come.
      const bool more_may_start = request_.container.empty() && projects_.busy(request_.project);
      if (!request_.follow || (!living && !more_may_start)) break;
      co_await wake_.wait();
    }
    flush();
    out_->finish();
  }

  void fail(const Error& error) {
    api::append_log_frame(buffer_, {.kind = LogKind::failure, .payload = error.render()});
    flush();
    out_->finish();
  }

  void wake() { wake_.notify_all(); }

 private:
  bool wanted(const model::Container& row) const {
    if (!request_.container.empty()) return row.id == request_.container;
    if (row.spec.project != request_.project || row.spec.one_off) return false;
    // What that driver keeps is for whoever is attached.
    if (row.spec.log.driver == "none" && !request_.lifecycle) return false;
    if (request_.index != 0 && row.spec.replica != request_.index) return false;
    const auto& services = request_.services;
    return services.empty() || std::find(services.begin(), services.end(), row.spec.service) != services.end();
  }

  // Whether the stream goes on while this source does.
  bool decides(const Source& source) const {
    const auto& names = request_.decisive;
    return names.empty() || std::find(names.begin(), names.end(), source.service) != names.end();
  }

  void consider(const model::Container& row) {
    if (!wanted(row)) return;
    const auto known = std::find_if(sources_.begin(), sources_.end(), [&](const auto& s) { return s->id == row.id; });
    if (known != sources_.end()) {
      (*known)->alive = model::is_alive(row.state);
      return;
    }
    auto source = std::make_unique<Source>();
    source->number = static_cast<std::uint16_t>(sources_.size());
    source->id = row.id;
    source->name = row.spec.name;
    source->service = row.spec.service;
    source->replica = row.spec.replica;
    source->folder = sandbox::log_folder(engine_.context().options.container(row.id));
    source->reader = std::make_unique<logs::Reader>(source->folder);
    source->alive = model::is_alive(row.state);
    if (request_.details) source->row = row;
    // One that ended before anybody listened.
    if (request_.lifecycle && !source->alive && request_.since && row.state.finished >= request_.since)
      source->notes.push_back({LogKind::exited, row.state.oom_killed ? api::kLogOutOfMemory : std::uint8_t{0},
                               std::to_string(row.state.exit_code), *row.state.finished});
    if (request_.follow) add_watch(*source);
    sources_.push_back(std::move(source));
    wake_.notify_all();
  }

  // An image that is gone says nothing any more: what the container says itself still counts.
  std::string attributes_of(const model::Container& row) const {
    const auto image =
        engine_.context().images.find_used(row.spec.image_id.empty() ? row.spec.image : row.spec.image_id);
    return model::encode_log_attributes(model::log_attributes(row, image ? image->config : model::ImageConfig{}));
  }

  void listen() {
    events_ = engine_.context().events.subscribe([this](const model::Event& event) {
      if (event.type == "container") on_event(event);
      if (event.type == "project") wake_.notify_all();
    });
  }

  void add_watch(Source& source) {
    if (source.watch) return;
    try {
      source.watch = engine_.log_watches().watch(source.folder, [this, &source] {
        source.dirty = true;
        wake_.notify_all();
      });
    } catch (const Error& error) {
      // The folder of a container that was never started does not exist; its start event brings it here again.
      if (error.kind() != ErrorKind::not_found) failed_ = error;
      wake_.notify_all();
    }
  }

  void on_event(const model::Event& event) {
    const auto container = engine_.containers().find(event.id);
    if (event.action == "start" && container) {
      const std::size_t before = sources_.size();
      consider(container->row());
      Source* source = find(event.id);
      if (source == nullptr) return;
      add_watch(*source);
      source->dirty = true;
      if (sources_.size() == before) source->notes.push_back({LogKind::started, 0, {}, event.time});
    } else if (event.action == "die") {
      Source* source = find(event.id);
      if (source == nullptr) return;
      source->alive = container && model::is_alive(container->row().state);
      source->dirty = true;
      const auto code = event.attributes.find("exitCode");
      const bool oom_killed = container && container->row().state.oom_killed;
      source->notes.push_back({LogKind::exited,
                               static_cast<std::uint8_t>((source->alive ? api::kLogRestarting : 0) |
                                                         (oom_killed ? api::kLogOutOfMemory : 0)),
                               code == event.attributes.end() ? "" : code->second, event.time});
    } else if (event.action == "stop" || event.action == "destroy") {
      Source* source = find(event.id);
      if (source == nullptr) return;
      source->alive = false;
      source->removed = event.action == "destroy";
    } else {
      return;
    }
    wake_.notify_all();
  }

  Source* find(const std::string& id) {
    for (const auto& source : sources_) {
      if (source->id == id) return source.get();
    }
    return nullptr;
  }

  // Reads a chunk unless the source has entries waiting.
  asio::awaitable<void> fill(Source& source) {
    if (!source.dirty || !source.entries.empty()) co_return;
    source.dirty = false;
    struct Chunk {
      std::vector<logs::Entry> entries;
      bool more = false;
    };
    const auto self = shared_from_this();
    auto work = [&source, self] {
      Chunk read;
      if (!source.placed) {
        source.cursor = self->request_.tail ? source.reader->tail(*self->request_.tail) : source.reader->begin();
        source.placed = true;
      }
      const logs::Range range{.since = self->request_.since, .until = self->request_.until};
      read.more = source.reader->read(source.cursor, range, read.entries, kChunkBytes);
      return read;
    };
    Chunk chunk = co_await engine_.context().workers.run(std::move(work));
    source.dirty = source.dirty || chunk.more;
    source.entries.insert(source.entries.end(), std::make_move_iterator(chunk.entries.begin()),
                          std::make_move_iterator(chunk.entries.end()));
  }

  // Sends what is waiting in the order of time, as far as that is certain: while a source that has more to read has nothing
  // waiting, its next line is not known.
  asio::awaitable<void> emit() {
    Source* unfinished = nullptr;  // has sent a part of a line
    for (;;) {
      Source* next = unfinished;
      for (const auto& source : sources_) {
        if (unfinished != nullptr) break;
        if (source->entries.empty()) {
          if (source->dirty) co_return;
          continue;
        }
        if (next == nullptr || source->entries.front().time < next->entries.front().time) next = source.get();
      }
      if (next == nullptr || next->entries.empty()) break;
      const logs::Entry entry = std::move(next->entries.front());
      next->entries.pop_front();
      announce(*next);
      const auto flags = static_cast<std::uint8_t>((entry.partial ? api::kLogPartial : 0) |
                                                   (entry.no_newline ? api::kLogNoNewline : 0));
      api::append_log_frame(buffer_, {.kind = entry.stream == logs::Stream::err ? LogKind::err : LogKind::out,
                                      .flags = flags,
                                      .source = next->number,
                                      .time_ns = entry.time.time_since_epoch().count(),
                                      .payload = entry.text});
      unfinished = entry.partial && !next->entries.empty() ? next : nullptr;
      if (buffer_.size() >= kFlushBytes) {
        flush();
        co_await room();
        if (out_->gone()) co_return;
      }
    }
    for (const auto& source : sources_) {
      while (!source->notes.empty() && !source->dirty) {
        const Note note = std::move(source->notes.front());
        source->notes.pop_front();
        if (!request_.lifecycle) continue;
        announce(*source);
        api::append_log_frame(buffer_, {.kind = note.kind,
                                        .flags = note.flags,
                                        .source = source->number,
                                        .time_ns = note.time.time_since_epoch().count(),
                                        .payload = note.payload});
      }
    }
  }

  void announce(Source& source) {
    if (std::exchange(source.announced, true)) return;
    std::string payload = source.name;
    payload.push_back('\0');
    payload += source.service;
    payload.push_back('\0');
    payload += std::to_string(source.replica);
    if (request_.details) payload += '\0' + attributes_of(*source.row);
    api::append_log_frame(buffer_, {.kind = LogKind::source, .source = source.number, .payload = payload});
  }

  void flush() {
    if (!buffer_.empty()) out_->write(std::exchange(buffer_, {}));
  }

  asio::awaitable<void> room() {
    while (out_->queued() > api::ByteStream::kQueuedMax && !out_->gone()) co_await wake_.wait();
  }

  core::Engine& engine_;
  const api::ProjectBackend& projects_;
  const api::LogRequest request_;
  std::shared_ptr<api::ByteStream> out_;
  async::Event wake_;
  core::EventBus::Subscription events_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::string buffer_;
  std::optional<Error> failed_;  // what an event could not do
};

}  // namespace

void Logs::logs(api::LogRequest request, std::shared_ptr<api::ByteStream> out) {
  const auto stream = std::make_shared<LogStream>(engine_, projects_, std::move(request), out);
  out->on_gone([weak = std::weak_ptr<LogStream>(stream)] {
    if (const auto alive = weak.lock()) alive->wake();
  });
  out->on_drained([weak = std::weak_ptr<LogStream>(stream)] {
    if (const auto alive = weak.lock()) alive->wake();
  });
  tasks_.start(stream->run(), [stream](const std::exception_ptr& thrown) {
    if (!thrown || async::is_cancellation(thrown)) return;
    const Error failed = error_of(thrown);
    if (failed.kind() == ErrorKind::internal) log_error("logs: " + failed.message());
    stream->fail(failed);
  });
}

asio::awaitable<void> Logs::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace stack::service
