#include "engine/service/log_forwarders.h"

#include <array>
#include <charconv>
#include <filesystem>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/thrown.h"
#include "engine/core/context.h"
#include "engine/core/launch_assembly.h"
#include "engine/image/image_store.h"
#include "engine/logs/reader.h"
#include "engine/sandbox/launch_plan.h"
#include "engine/service/log_message.h"
#include "engine/service/log_sender.h"

namespace stack::service {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds kRetryMin{1}, kRetryMax{30};
constexpr std::size_t kBatchBytes = 64 << 10;
constexpr std::size_t kRestBytes = 4 << 20;        // that are kept of a log that goes with its container
constexpr std::chrono::seconds kRestPatience{10};  // for sending them

// "3 1024": generation and offset of the cursor.
std::optional<logs::Cursor> read_place(const fs::path& file) {
  const auto text = read_file(file, 64);
  logs::Cursor place;
  if (!text) return std::nullopt;
  const char* end = text->data() + text->size();
  const auto [gap, first] = std::from_chars(text->data(), end, place.generation);
  if (first != std::errc{} || gap == end) return std::nullopt;
  const auto [stop, second] = std::from_chars(gap + 1, end, place.offset);
  return second == std::errc{} ? std::optional{place} : std::nullopt;
}

void write_place(const fs::path& file, const logs::Cursor& place) {
  replace_file(file, std::to_string(place.generation) + " " + std::to_string(place.offset) + "\n", Durable::no);
}

}  // namespace

// One container's.
class LogForwarder : public std::enable_shared_from_this<LogForwarder> {
 public:
  LogForwarder(core::Context& context, const model::Container& row, LogOrigin origin)
      : context_(context),
        id_(row.id),
        driver_(row.spec.log.driver),
        origin_(std::move(origin)),
        folder_(sandbox::log_folder(context.options.container(row.id))),
        place_file_(context.options.container(row.id) / "forwarded"),
        sender_(context.loop, model::log_endpoint(driver_, row.spec.log.options)),
        wake_(context.loop),
        watch_(context.loop) {}
  ~LogForwarder() {
    if (watch_.is_open()) context_.workers.post([fd = UniqueFd{watch_.release()}]() mutable { fd.reset(); });
  }

  asio::awaitable<void> run() {
    watch();
    co_await follow();
    for (const logs::Entry& entry : rest_) {
      if (entry.sequence > sent_sequence_) co_await deliver(entry);
    }
  }

  // Its run has ended; the log is complete but for a moment. One that goes now takes its log with it: the rest is read at once.
  void end(bool goes) {
    if (goes) {
      logs::Cursor cursor = cursor_;
      logs::Reader{folder_}.read(cursor, {}, rest_, kRestBytes);
    }
    ended_ = true;
    wake();
  }
  void go_on() { ended_ = false; }
  void forget() {
    gone_ = true;
    give_up_ = context_.time.mono() + kRestPatience;
    wake();
  }

 private:
  asio::awaitable<void> follow() {
    struct Batch {
      logs::Cursor cursor;
      std::vector<logs::Entry> entries;
      bool more = false;
    };
    const auto reader = std::make_shared<logs::Reader>(folder_);
    cursor_ = read_place(place_file_).value_or(reader->begin());
    while (!gone_) {
      const bool last = ended_;
      changed_ = false;
      auto work = [reader, cursor = cursor_] {
        Batch batch{.cursor = cursor, .entries = {}};
        batch.more = reader->read(batch.cursor, {}, batch.entries, kBatchBytes);
        return batch;
      };
      const Batch batch = co_await context_.workers.run(std::move(work));
      for (const logs::Entry& entry : batch.entries) co_await deliver(entry);
      if (gone_) co_return;
      if (!batch.entries.empty()) {
        cursor_ = batch.cursor;
        auto keep = [file = place_file_, cursor = cursor_] { write_place(file, cursor); };
        co_await context_.workers.run(std::move(keep));
      }
      if (batch.more) continue;
      if (last && ended_) co_return;
      if (!changed_) co_await wake_.wait();
    }
  }

  [[nodiscard]] bool may_try() const { return !gone_ || (!rest_.empty() && context_.time.mono() < give_up_); }

  // Until it is sent: again and again while the other side does not answer.
  asio::awaitable<void> deliver(const logs::Entry& entry) {
    const std::vector<std::string> pieces = pieces_of(entry);
    for (Nanos pause = kRetryMin; may_try(); pause = std::min<Nanos>(2 * pause, kRetryMax)) {
      std::string why;
      try {
        for (const std::string& piece : pieces) co_await sender_.send(piece);
        if (!complaint_.empty()) log_info("container " + id_ + ": its log is sent again");
        complaint_.clear();
        sent_sequence_ = entry.sequence;
        co_return;
      } catch (const Error& error) {
        why = error.message();
      }
      if (why != complaint_) log_warning("container " + id_ + ": " + why + "; it is tried again");
      complaint_ = why;
      co_await wake_.wait_until(context_.time, context_.time.mono() + pause);
    }
  }

  std::vector<std::string> pieces_of(const logs::Entry& entry) {
    if (driver_ == "syslog") return {syslog_message(origin_, entry)};
    if (driver_ == "fluentd") return {fluentd_message(origin_, entry)};
    if (driver_ == "journald") return {journald_message(origin_, entry)};
    std::string message = gelf_message(origin_, entry);
    if (!sender_.in_datagrams()) return {message + '\0'};
    std::vector<std::string> chunks = gelf_chunks(gelf_packed(std::move(message), origin_.options),
                                                  ++sent_ ^ static_cast<std::uint64_t>(entry.sequence) << 32);
    if (chunks.empty()) log_warning("container " + id_ + ": a line is too long for a GELF message and is not sent");
    return chunks;
  }

  void wake() {
    changed_ = true;
    wake_.notify_all();
  }

  void watch() {
    const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) throw Error::from_errno(errno, "following a log").remedy("raise fs.inotify.max_user_instances");
    watch_.assign(fd);
    if (::inotify_add_watch(fd, folder_.c_str(), IN_MODIFY | IN_CREATE) < 0)
      throw Error::from_errno(errno, "watching " + folder_.string());
    wait_for_change();
  }

  void wait_for_change() {
    watch_.async_wait(asio::posix::stream_descriptor::wait_read,
                      [weak = weak_from_this()](const boost::system::error_code& failed) {
                        const auto self = weak.lock();
                        if (failed || !self) return;
                        std::array<char, 4096> events{};
                        while (::read(self->watch_.native_handle(), events.data(), events.size()) > 0) {
                        }
                        self->wake();
                        self->wait_for_change();
                      });
  }

  core::Context& context_;
  const std::string id_, driver_;
  const LogOrigin origin_;
  const fs::path folder_, place_file_;
  LogSender sender_;
  async::Event wake_;
  asio::posix::stream_descriptor watch_;
  std::string complaint_;
  std::uint64_t sent_ = 0;
  logs::Cursor cursor_;
  std::uint64_t sent_sequence_ = 0;  // of the last record that was sent
  std::vector<logs::Entry> rest_;    // of a log that is gone
  Mono give_up_{};
  bool ended_ = false, gone_ = false;
  bool changed_ = false;  // since the last reading began
};

LogForwarders::LogForwarders(core::Engine& engine)
    : engine_(engine),
      tasks_(engine.context().loop, "sending logs"),
      events_(engine.context().events.subscribe([this](const model::Event& event) { on_event(event); })) {}

LogForwarders::~LogForwarders() = default;

void LogForwarders::begin() {
  for (const auto& [id, container] : engine_.containers().by_id()) consider(container->row());
}

asio::awaitable<void> LogForwarders::stop() {
  tasks_.cancel();
  co_await tasks_.join();
  forwarders_.clear();
}

void LogForwarders::consider(const model::Container& row) {
  core::Context& context = engine_.context();
  if (!model::sends_log(row.spec.log.driver) || tasks_.cancelled()) return;
  if (!fs::exists(sandbox::log_folder(context.options.container(row.id)))) return;  // it has never run
  const auto known = forwarders_.find(row.id);
  const auto tell = [&](LogForwarder& forwarder) {
    is_alive(row.state) ? forwarder.go_on() : forwarder.end(row.spec.auto_remove);
  };
  if (known != forwarders_.end()) return tell(*known->second);
  try {
    const auto image = context.images.find(row.spec.image_id.empty() ? row.spec.image : row.spec.image_id);
    const auto forwarder = std::make_shared<LogForwarder>(
        context, row,
        log_origin(row, image ? image->config : model::ImageConfig{}, core::read_host_name(), ::getpid()));
    forwarders_.emplace(row.id, forwarder);
    tell(*forwarder);
    tasks_.start(forwarder->run(), [this, id = row.id, forwarder](const std::exception_ptr& thrown) {
      if (thrown && !async::is_cancellation(thrown))
        log_error("container " + id + ": its log is not sent: " + error_of(thrown).message());
      const auto found = forwarders_.find(id);
      if (found != forwarders_.end() && found->second == forwarder) forwarders_.erase(found);
    });
  } catch (const Error& error) {
    log_error("container " + row.id + ": its log is not sent: " + error.message());
  }
}

void LogForwarders::on_event(const model::Event& event) {
  if (event.type != "container") return;
  if (event.action == "destroy") {
    if (const auto found = forwarders_.find(event.id); found != forwarders_.end()) found->second->forget();
    return;
  }
  if (event.action != "start" && event.action != "die") return;
  if (const auto container = engine_.containers().find(event.id)) consider(container->row());
}

}  // namespace stack::service
