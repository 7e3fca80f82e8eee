#include "engine/buildkit/archive_sender.h"

#include <algorithm>
#include <utility>

#include "base/async/event.h"
#include "engine/buildkit/file_methods.h"
#include "engine/buildkit/messages/parts.pb.h"

namespace stack::buildkit {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kArchivePieceBytes = 256 << 10;

// What the writer and the sender share.
struct Shared {
  explicit Shared(asio::io_context& loop) : changed(loop) {}
  std::string waiting;
  std::uint64_t sent = 0;
  bool finished = false, dropped = false, gone = false;
  std::function<void()> drained, left;
  async::Event changed;
};

class MessageStream final : public api::ByteStream {
 public:
  explicit MessageStream(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  MessageStream(const MessageStream&) = delete;
  MessageStream& operator=(const MessageStream&) = delete;
  ~MessageStream() override {
    shared_->dropped = true;
    shared_->drained = {};
    shared_->left = {};
    shared_->changed.notify_all();
  }
  void write(std::string bytes) override {
    if (shared_->gone) return;
    shared_->waiting += bytes;
    shared_->changed.notify_all();
  }
  void finish() override {
    shared_->finished = true;
    shared_->changed.notify_all();
  }
  [[nodiscard]] std::size_t queued() const override { return shared_->waiting.size(); }
  [[nodiscard]] bool gone() const override { return shared_->gone; }
  void on_drained(std::function<void()> callback) override { shared_->drained = std::move(callback); }
  void on_gone(std::function<void()> callback) override { shared_->left = std::move(callback); }

 private:
  const std::shared_ptr<Shared> shared_;
};

// Tells the writer when the sender goes, however it goes.
struct Leaving {
  std::shared_ptr<Shared> shared;
  ~Leaving() {
    shared->gone = true;
    shared->waiting.clear();
    if (const auto left = std::exchange(shared->left, {})) left();
  }
};

asio::awaitable<void> send_waiting(Shared& shared, GrpcStream& stream) {
  const std::string bytes = std::exchange(shared.waiting, {});
  for (std::size_t at = 0; at < bytes.size(); at += kArchivePieceBytes) {
    wire::BytesMessage message;
    message.set_data(bytes.substr(at, kArchivePieceBytes));
    const std::string text = message.SerializeAsString();
    co_await stream.send(text);
  }
  shared.sent += bytes.size();
  if (shared.waiting.empty() && shared.drained) {
    const auto drained = shared.drained;
    drained();
  }
}

}  // namespace

Headers output_metadata(int number) { return {{"buildkit-attachable-exporter-id", std::to_string(number)}}; }

asio::awaitable<std::uint64_t> send_archive(ClientSession& session, int number, asio::io_context& loop,
                                            OpenArchive start) {
  const auto shared = std::make_shared<Shared>(loop);
  const Leaving leaving{shared};
  const Headers metadata = output_metadata(number);
  const auto stream = session.open(kSendFilesMethod, metadata);
  start([shared] { return std::make_shared<MessageStream>(shared); });
  while (!shared->finished || !shared->waiting.empty()) {
    if (!shared->waiting.empty()) {
      co_await send_waiting(*shared, *stream);
    } else if (shared->dropped) {
      throw Error("the archive could not be written to its end");
    } else {
      co_await shared->changed.wait();
    }
  }
  stream->end();
  while (co_await stream->receive()) {
  }
  co_return shared->sent;
}

}  // namespace stack::buildkit
