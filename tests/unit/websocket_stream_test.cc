// A client's WebSocket and what holds what.
#include "engine/api/websocket_stream.h"

#include <gtest/gtest.h>

namespace stack::api {
namespace {

// A connection that keeps what it is given, as the server's does until its session ends.
class FakeExchange final : public Exchange {
 public:
  using Exchange::open_stream;
  using Exchange::reply;
  using Exchange::upgrade;
  void reply(Reply) override {}
  void open_stream(int, std::string_view, const std::vector<Header>&) override {}
  void hijack(std::string_view, RawInput) override {}
  void upgrade(std::string_view, const std::vector<Header>&, RawInput taken) override { input = std::move(taken); }
  void write(std::string bytes) override { written += bytes.size(); }
  void finish() override { finished = true; }
  void read_more(bool) override {}
  [[nodiscard]] std::size_t queued() const override { return written; }
  [[nodiscard]] bool gone() const override { return false; }
  void on_drained(std::function<void()>) override {}
  void on_gone(std::function<void()> callback) override { left = std::move(callback); }

  RawInput input;
  std::function<void()> left;
  std::size_t written = 0;
  bool finished = false;
};

struct Held {
  std::shared_ptr<WebsocketStream> stream;
};

class WebsocketStreamTest : public testing::Test {
 protected:
  // Whoever is behind the stream holds it, and is held by what the stream is given.
  std::weak_ptr<Held> open() {
    exchange_->request.headers.push_back({"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="});
    const auto held = std::make_shared<Held>();
    held->stream = std::make_shared<WebsocketStream>(exchange_);
    held->stream->open({.on_bytes = [held](std::string_view) {}, .on_end = [held] {}});
    held->stream->on_gone([held] {});
    stream_ = held->stream;
    return held;
  }
  // What a test has left open.
  void TearDown() override {
    if (const auto left = std::move(exchange_->left)) left();
    let_go();
  }
  void let_go() {
    exchange_->input = {};
    exchange_->left = {};
  }
  const std::shared_ptr<FakeExchange> exchange_ = std::make_shared<FakeExchange>();
  std::weak_ptr<WebsocketStream> stream_;
};

TEST_F(WebsocketStreamTest, NothingStaysOfAClientThatLeft) {
  const auto held = open();
  exchange_->left();
  let_go();
  EXPECT_TRUE(held.expired() && stream_.expired());
}

TEST_F(WebsocketStreamTest, NothingStaysOnceTheOtherSideHasFinished) {
  const auto held = open();
  held.lock()->stream->finish();
  let_go();
  EXPECT_TRUE(held.expired() && stream_.expired());
}

TEST_F(WebsocketStreamTest, PongsWaitForAClientThatReads) {
  const auto held = open();
  std::string pings;
  for (int i = 0; i < 1000; ++i) pings += std::string("\x89\xfd\0\0\0\0", 6) + std::string(125, 'x');
  for (int i = 0; i < 100; ++i) exchange_->input.on_bytes(pings);
  EXPECT_LE(exchange_->written, ByteStream::kQueuedMax + 200);
  exchange_->written = 0;
  exchange_->input.on_bytes(pings);
  EXPECT_GT(exchange_->written, 0U);
}

}  // namespace
}  // namespace stack::api
