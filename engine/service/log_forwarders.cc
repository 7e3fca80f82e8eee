#include "engine/service/log_forwarders.h"

#include <charconv>
#include <filesystem>

#include <boost/asio/post.hpp>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/scope_guard.h"
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
constexpr std::chrono::seconds kDatagramTrial{1};  // in which the news comes back that nobody takes datagrams
constexpr std::chrono::seconds kPlacePause{1};     // between two writings of the place
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
class LogForwarder {
 public:
  LogForwarder(core::Engine& engine, const model::Container& row, LogOrigin origin)
      : context_(engine.context()),
        id_(row.id),
        driver_(row.spec.log.driver),
        origin_(std::move(origin)),
        folder_(sandbox::log_folder(context_.options.container(row.id))),
        place_file_(context_.options.container(row.id) / "forwarded"),
        sender_(context_.loop, context_.time, context_.workers, model::log_endpoint(driver_, row.spec.log.options)),
        wake_(context_.loop),
        hurry_(context_.loop),
        rest_read_(context_.loop),
        watch_(engine.log_watches().watch(folder_, [this] { wake(); })) {}

  asio::awaitable<void> run() {
    co_await follow();
    while (rest_wanted_) co_await rest_read_.wait();
    for (const logs::Entry& entry : rest_) {
      if (entry.sequence > sent_sequence_) co_await deliver(entry);
    }
  }

  // Its run has ended; the log is complete but for a moment.
  void end() {
    ended_ = true;
    wake();
  }
  void go_on() { ended_ = rest_asked_ = false; }
  void forget() {
    gone_ = true;
    give_up_ = context_.time.mono() + kRestPatience;
    wake();
    hurry_.notify_all();
  }

  // Of a log that goes with its container: what has not been sent is kept in memory, by take_rest(). True once a run: somebody calls that.
  [[nodiscard]] bool want_rest() {
    if (std::exchange(rest_asked_, true)) return false;
    rest_wanted_ = true;
    return true;
  }
  asio::awaitable<void> take_rest() {
    const ScopeGuard leave{[this] {
      rest_wanted_ = false;
      rest_read_.notify_all();
    }};
    auto work = [folder = folder_, file = place_file_, placed = placed_, cursor = cursor_] {
      std::vector<logs::Entry> rest;
      logs::Reader reader{folder};
      logs::Cursor at = placed ? cursor : read_place(file).value_or(reader.begin());
      reader.read(at, {}, rest, kRestBytes);
      return rest;
    };
    rest_ = co_await context_.workers.run(std::move(work));
  }
  asio::awaitable<void> rest_taken(Mono deadline) {
    for (bool in_time = true; rest_wanted_ && in_time;)
      in_time = co_await rest_read_.wait_until(context_.time, deadline);
  }

  // A disk that refuses it costs lines that come twice.
  asio::awaitable<void> keep_place() {
    if (gone_ || cursor_ == kept_) co_return;
    auto work = [file = place_file_, cursor = cursor_] { write_place(file, cursor); };
    kept_at_ = context_.time.mono();
    kept_ = cursor_;
    try {
      co_await context_.workers.run(std::move(work));
    } catch (const Error& error) {
      if (!gone_ && !std::exchange(place_complained_, true)) log_warning("container " + id_ + ": " + error.message());
    }
  }

 private:
  asio::awaitable<void> follow() {
    struct Batch {
      logs::Cursor cursor;
      std::vector<logs::Entry> entries;
      bool more = false;
    };
    const auto reader = std::make_shared<logs::Reader>(folder_);
    auto find_place = [reader, file = place_file_] { return read_place(file).value_or(reader->begin()); };
    kept_ = cursor_ = co_await context_.workers.run(std::move(find_place));
    placed_ = true;
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
      cursor_ = batch.cursor;
      if (context_.time.mono() >= kept_at_ + kPlacePause) co_await keep_place();
      if (batch.more) continue;
      if (last) co_await keep_place();
      if (last && ended_) co_return;
      if (!changed_) co_await wait_for_lines();
    }
  }

  asio::awaitable<void> wait_for_lines() {
    if (cursor_ == kept_) co_return co_await wake_.wait();
    const bool woken = co_await wake_.wait_until(context_.time, kept_at_ + kPlacePause);
    if (!woken) co_await keep_place();
  }

  [[nodiscard]] bool may_try() const { return !gone_ || (!rest_.empty() && context_.time.mono() < give_up_); }

  // Until it is sent: again and again while the other side does not answer, whatever is written meanwhile.
  asio::awaitable<void> deliver(const logs::Entry& entry) {
    const std::vector<std::string> pieces = pieces_of(entry);
    for (; may_try(); pause_ = std::min<Nanos>(2 * pause_, kRetryMax)) {
      std::string why;
      try {
        for (const std::string& piece : pieces) co_await sender_.send(piece);
        note_success();
        sent_sequence_ = entry.sequence;
        co_return;
      } catch (const Error& error) {
        why = error.message();
        if (error.kind() == ErrorKind::invalid) {
          log_warning("container " + id_ + ": " + why + "; the line is not sent");
          sent_sequence_ = entry.sequence;
          co_return;
        }
      }
      if (why != complaint_) log_warning("container " + id_ + ": " + why + "; it is tried again");
      complaint_ = why;
      works_since_.reset();
      (void)co_await hurry_.wait_until(context_.time, context_.time.mono() + pause_);
    }
  }

  // The first datagram to a closed port is a success as well: it is the next one that fails.
  void note_success() {
    if (complaint_.empty()) return;
    const Mono now = context_.time.mono();
    if (!works_since_) works_since_ = now;
    if (sender_.in_datagrams() && now < *works_since_ + kDatagramTrial) return;
    log_info("container " + id_ + ": its log is sent again");
    complaint_.clear();
    pause_ = kRetryMin;
  }

  std::vector<std::string> pieces_of(const logs::Entry& entry) {
    const std::optional<LinePiece> piece = split_lines_.piece_of(entry, context_.random);
    if (driver_ == "syslog") return {syslog_message(origin_, entry)};
    if (driver_ == "fluentd") return {fluentd_message(origin_, entry, piece)};
    if (driver_ == "journald") return {journald_message(origin_, entry, piece)};
    std::string message = gelf_message(origin_, entry);
    if (!sender_.in_datagrams()) return {message + '\0'};
    std::uint64_t message_id = 0;  // one for each message of everybody who sends to the endpoint
    context_.random(&message_id, sizeof message_id);
    std::vector<std::string> chunks = gelf_chunks(gelf_packed(std::move(message), origin_.options), message_id);
    if (chunks.empty()) log_warning("container " + id_ + ": a line is too long for a GELF message and is not sent");
    return chunks;
  }

  void wake() {
    changed_ = true;
    wake_.notify_all();
  }

  core::Context& context_;
  const std::string id_, driver_;
  const LogOrigin origin_;
  const fs::path folder_, place_file_;
  LogSender sender_;
  async::Event wake_;                // there may be something to do
  async::Event hurry_;               // little time is left to try
  async::Event rest_read_;           // or given up
  std::string complaint_;            // why lines could not be sent, until they can
  std::optional<Mono> works_since_;  // after a complaint
  Nanos pause_ = kRetryMin;          // before the next attempt
  SplitLines split_lines_;
  logs::Cursor cursor_, kept_;  // behind what has been sent; as the file has it
  Mono kept_at_{};
  std::uint64_t sent_sequence_ = 0;  // of the last record that was sent
  std::vector<logs::Entry> rest_;    // of a log that is gone
  Mono give_up_{};
  bool placed_ = false;  // the cursor is known
  bool ended_ = false, gone_ = false, rest_asked_ = false, rest_wanted_ = false, place_complained_ = false;
  bool changed_ = false;  // since the last reading began
  core::LogWatches::Watch watch_;
};

LogForwarders::LogForwarders(core::Engine& engine)
    : engine_(engine),
      tasks_(engine.context().loop, "sending logs"),
      events_(engine.context().events.subscribe([this](const model::Event& event) { on_event(event); })) {}

LogForwarders::~LogForwarders() = default;

void LogForwarders::begin() {
  for (const auto& [id, container] : engine_.containers().by_id()) consider(id);
}

asio::awaitable<void> LogForwarders::stop() {
  const auto forwarders = forwarders_;
  tasks_.cancel();
  co_await tasks_.join();
  for (const auto& [id, forwarder] : forwarders) co_await forwarder->keep_place();
  forwarders_.clear();
}

asio::awaitable<void> LogForwarders::drained(std::string container, Mono deadline) {
  consider(container);  // whoever removes it may have heard of its end first
  const auto found = forwarders_.find(container);
  if (found == forwarders_.end()) co_return;
  const auto forwarder = found->second;
  co_await forwarder->rest_taken(deadline);
}

void LogForwarders::consider(const std::string& id) {
  const auto container = engine_.containers().find(id);
  if (!container || tasks_.cancelled()) return;
  const model::Container& row = container->row();
  if (!model::sends_log(row.spec.log.driver) || !row.state.started) return;
  try {
    const std::shared_ptr<LogForwarder> forwarder = of(row);
    if (is_alive(row.state)) return forwarder->go_on();
    if (row.spec.auto_remove && forwarder->want_rest()) tasks_.start(rest_of(forwarder));
    forwarder->end();
  } catch (const Error& error) {
    log_error("container " + id + ": its log is not sent: " + error.message());
  }
}

std::shared_ptr<LogForwarder> LogForwarders::of(const model::Container& row) {
  if (const auto known = forwarders_.find(row.id); known != forwarders_.end()) return known->second;
  const auto image = engine_.context().images.find_used(row.spec.image_id.empty() ? row.spec.image : row.spec.image_id);
  const auto forwarder = std::make_shared<LogForwarder>(
      engine_, row, log_origin(row, image ? image->config : model::ImageConfig{}, core::read_host_name(), ::getpid()));
  forwarders_.emplace(row.id, forwarder);
  tasks_.start(forwarder->run(), [this, id = row.id, forwarder](const std::exception_ptr& thrown) {
    if (thrown && !async::is_cancellation(thrown))
      log_error("container " + id + ": its log is not sent: " + error_of(thrown).message());
    const auto found = forwarders_.find(id);
    if (found != forwarders_.end() && found->second == forwarder) forwarders_.erase(found);
    // It may have started again while the last lines were on their way.
    if (const auto container = engine_.containers().find(id); !thrown && container && is_alive(container->row().state))
      consider(id);
  });
  return forwarder;
}

asio::awaitable<void> LogForwarders::rest_of(std::shared_ptr<LogForwarder> forwarder) {
  co_await forwarder->take_rest();
}

// Only notes it: whoever publishes an event waits for its listeners.
void LogForwarders::on_event(const model::Event& event) {
  if (event.type != "container") return;
  if (event.action == "destroy") {
    if (const auto found = forwarders_.find(event.id); found != forwarders_.end()) found->second->forget();
  } else if (event.action == "start" || event.action == "die") {
    asio::post(engine_.context().loop, [this, id = event.id] { consider(id); });
  }
}

}  // namespace stack::service
