// HTTP/2 and gRPC between two ends of our own, wired back to back, and peers that break the rules.
#include "engine/buildkit/h2_connection.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/async/task_group.h"
#include "engine/buildkit/grpc_stream.h"

namespace stack::buildkit {
namespace {

namespace asio = boost::asio;
using Stream = std::shared_ptr<H2Stream>;

// POST of "/" by http at "x", from the static table where it has that.
constexpr std::string_view kHead = "\x83\x86\x84\x01\x01x";
constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// A frame without its payload's meaning (RFC 9113, 4.1).
std::string frame(int type, int flags, std::uint32_t stream, std::string_view payload) {
  std::string bytes;
  for (const int shift : {16, 8, 0}) bytes += static_cast<char>(payload.size() >> shift & 0xff);
  bytes += {static_cast<char>(type), static_cast<char>(flags)};
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(stream >> shift & 0xff);
  return bytes.append(payload);
}

class H2Test : public testing::Test {
 protected:
  H2Test() {
    server_ = std::make_unique<H2Connection>(loop_, H2Connection::Role::server, wire(to_client_, server_open_),
                                             [this](const Stream& stream) { requests_.push_back(stream); });
    client_ = std::make_unique<H2Connection>(loop_, H2Connection::Role::client, wire(to_server_, client_open_));
    carry();
  }
  static H2Connection::Transport wire(std::string& into, bool& open) {
    return {.write = [&into](std::string bytes) { into += bytes; },
            .full = [] { return false; },
            .close = [&open] { open = false; }};
  }
  // Until neither end has anything more to say.
  void carry() {
    while (!to_server_.empty() || !to_client_.empty()) {
      if (const std::string bytes = std::exchange(to_server_, {}); !bytes.empty()) server_->take(bytes);
      if (const std::string bytes = std::exchange(to_client_, {}); !bytes.empty()) client_->take(bytes);
    }
  }
  // A server that hears `bytes` behind a client's first words.
  bool survives(const std::string& bytes) {
    std::string out;
    bool open = true;
    H2Connection server{loop_, H2Connection::Role::server, wire(out, open), [](const Stream&) {}};
    server.take(std::string{kPreface} + frame(4, 0, 0, "") + bytes);
    return open && !server.closed();
  }
  Stream ask() {
    const Stream stream = client_->request(
        {{":method", "POST"}, {":scheme", "http"}, {":path", "/a.B/C"}, {":authority", "x"}, {"te", "trailers"}});
    carry();
    return stream;
  }
  // Runs the loop, carrying bytes in between, until the task is over.
  void play(asio::awaitable<void> task) {
    bool over = false;
    tasks_.start(std::move(task), [&](const std::exception_ptr& thrown) {
      over = true;
      thrown_ = thrown;
    });
    for (int turn = 0; turn < 100000 && !over; ++turn) {
      loop_.restart();
      loop_.poll();
      carry();
    }
    ASSERT_TRUE(over);
    if (thrown_) std::rethrow_exception(thrown_);
  }

  asio::io_context loop_;
  async::SystemTimekeeper time_{loop_};
  async::TaskGroup tasks_{loop_, "test"};
  std::exception_ptr thrown_;
  std::string to_server_, to_client_;
  bool server_open_ = true, client_open_ = true;
  std::vector<Stream> requests_;
  std::unique_ptr<H2Connection> server_, client_;
};

asio::awaitable<void> send_all(GrpcStream& stream, std::vector<std::string> messages) {
  for (const std::string& each : messages) co_await stream.send(each);
  stream.end();
}

asio::awaitable<void> echo(GrpcStream& stream) {
  while (auto message = co_await stream.receive()) co_await stream.send(*message);
  stream.finish({});
}

asio::awaitable<void> collect(GrpcStream& stream, std::vector<std::string>& into) {
  while (auto message = co_await stream.receive()) into.push_back(std::move(*message));
}

TEST_F(H2Test, ARequestArrivesWithItsHead) {
  ask();
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(header_of(requests_[0]->head, ":path"), "/a.B/C");
  EXPECT_FALSE(requests_[0]->ended());
}

TEST_F(H2Test, MessagesOfAnySizeComeBackInTheirOrder) {
  std::vector<std::string> sent{"", "a", std::string(100, 'b'), std::string(GrpcStream::kMessageMax, 'c'), "d"}, got;
  GrpcStream client{ask(), GrpcStream::Side::client, time_, std::chrono::seconds{20}};
  GrpcStream server{requests_.at(0), GrpcStream::Side::server, time_, std::chrono::seconds{20}};
  async::TaskGroup group{loop_, "both"};
  group.start(send_all(client, sent));
  group.start(echo(server));
  play(collect(client, got));
  EXPECT_TRUE(got == sent);
}

TEST_F(H2Test, AFailureComesWithItsWords) {
  GrpcStream client{ask(), GrpcStream::Side::client, time_, std::chrono::seconds{20}};
  GrpcStream server{requests_.at(0), GrpcStream::Side::server, time_, std::chrono::seconds{20}};
  server.finish({.code = GrpcCode::not_found, .message = "no \"größe\"\n100%", .details = "x"});
  std::vector<std::string> got;
  try {
    play(collect(client, got));
    FAIL();
  } catch (const GrpcFailure& failure) {
    EXPECT_EQ(failure.status().code, GrpcCode::not_found);
    EXPECT_EQ(failure.status().message, "no \"größe\"\n100%");
  }
}

TEST_F(H2Test, AMessageAboveTheBoundIsRefused) {
  const Stream stream = ask();
  GrpcStream server{requests_.at(0), GrpcStream::Side::server, time_, std::chrono::seconds{20}};
  stream->write(std::string{"\0\x7f\xff\xff\xff", 5});
  carry();
  std::vector<std::string> got;
  EXPECT_THROW(play(collect(server, got)), Error);
}

TEST_F(H2Test, APeerThatSaysNothingIsNotWaitedForForEver) {
  async::ManualTimekeeper time;
  ask();
  GrpcStream server{requests_.at(0), GrpcStream::Side::server, time, std::chrono::seconds{20}};
  std::vector<std::string> got;
  std::exception_ptr thrown;
  tasks_.start(collect(server, got), [&](const std::exception_ptr& what) { thrown = what; });
  loop_.poll();
  EXPECT_FALSE(thrown);
  time.advance(std::chrono::seconds{21});
  loop_.restart();
  loop_.poll();
  ASSERT_TRUE(thrown);
  EXPECT_THROW(std::rethrow_exception(thrown), Error);
}

// Wherever the window stands: what was read of it may not have been given back yet.
TEST_F(H2Test, TheLargestMessageArrivesAndNoLargerOne) {
  ask();
  const Stream stream = ask();
  GrpcStream server{requests_.back(), GrpcStream::Side::server, time_, std::chrono::seconds{20}};
  GrpcStream client{stream, GrpcStream::Side::client, time_, std::chrono::seconds{20}};
  for (int i = 0; i < 3; ++i) {
    client.put(std::string(GrpcStream::kMessageMax / 2 - 100, 'y'));
    client.put(std::string(GrpcStream::kMessageMax, 'x'));
    carry();
    ASSERT_TRUE(server.receive_ready());
    carry();
    const auto message = server.receive_ready();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->size(), GrpcStream::kMessageMax);
  }
  client.put(std::string(GrpcStream::kMessageMax + 1, 'x'));
  carry();
  EXPECT_THROW((void)server.receive_ready(), Error);
}

TEST_F(H2Test, TheEndOfAConnectionEndsItsStreams) {
  const Stream stream = ask();
  server_->close();
  EXPECT_TRUE(requests_.at(0)->closed());
  EXPECT_TRUE(requests_.at(0)->reset());
  client_->close();
  EXPECT_TRUE(stream->closed());
  stream->write("nobody");
  EXPECT_THROW(client_->request({{":method", "POST"}}), Error);
}

TEST_F(H2Test, WhatNobodyReadsHoldsThePeerBack) {
  const Stream stream = ask();
  stream->write(std::string(4 * H2Connection::kWindow, 'x'));
  carry();
  EXPECT_LE(requests_.at(0)->inbox().size(), static_cast<std::size_t>(H2Connection::kWindow));
  const std::size_t before = requests_.at(0)->inbox().size();
  requests_.at(0)->read(before);
  carry();
  EXPECT_GT(requests_.at(0)->inbox().size(), 0U);
}

TEST_F(H2Test, WhoDoesNotSpeakTheProtocolIsLeft) {
  EXPECT_TRUE(survives(""));
  EXPECT_FALSE(survives(frame(0, 0, 1, "data of no stream")));
  EXPECT_FALSE(survives(frame(1, 4, 2, "\x82")));
  EXPECT_FALSE(survives(std::string(64, '\xff')));
  std::string out;
  bool open = true;
  H2Connection server{loop_, H2Connection::Role::server, wire(out, open)};
  server.take("GET / HTTP/1.1\r\n\r\n");
  EXPECT_FALSE(open);
}

TEST_F(H2Test, FloodsEndTheConnection) {
  std::string pings, settings;
  for (int i = 0; i < 20000; ++i) pings += frame(6, 0, 0, "12345678");
  for (int i = 0; i < 20000; ++i) settings += frame(4, 0, 0, "");
  std::string out;
  bool open = true;
  // What is for the peer stays where it is, as with one that does not read.
  H2Connection server{loop_,
                      H2Connection::Role::server,
                      {.write = [&out](std::string bytes) { out += bytes; },
                       .full = [] { return true; },
                       .close = [&open] { open = false; }}};
  server.take(std::string{kPreface} + frame(4, 0, 0, "") + pings);
  EXPECT_TRUE(server.closed());
  EXPECT_LT(out.size(), 1U << 20);
}

TEST_F(H2Test, StreamsThatAreOpenedAndResetAreCounted) {
  std::string bytes;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    bytes += frame(1, 4, 2 * i + 1, kHead);
    bytes += frame(3, 0, 2 * i + 1, std::string{"\0\0\0\x08", 4});
  }
  EXPECT_FALSE(survives(bytes));
}

TEST_F(H2Test, AHeadAboveTheBoundEndsTheConnection) {
  std::string head{kHead};
  // Literal header fields without indexing, of a new name.
  for (int i = 0; i < 20; ++i) {
    head += std::string{
        "\x00\x01"
        "a",
        3};
    head += std::string{"\x7f\x81\x1f", 3};  // 4096 bytes
    head += std::string(4096, 'v');
  }
  std::string bytes;
  for (std::size_t at = 0; at < head.size(); at += 16000) {
    const bool last = at + 16000 >= head.size();
    bytes += frame(at == 0 ? 1 : 9, last ? 4 : 0, 1, std::string_view{head}.substr(at, 16000));
  }
  EXPECT_FALSE(survives(bytes));
}

TEST_F(H2Test, BytesCutAnywhereMeanTheSame) {
  const std::string bytes = std::string{kPreface} + frame(4, 0, 0, "") + frame(1, 4, 1, kHead);
  for (std::size_t cut = 1; cut < bytes.size(); cut += 3) {
    std::string out;
    bool open = true;
    int requests = 0;
    H2Connection server{loop_, H2Connection::Role::server, wire(out, open), [&](const Stream&) { ++requests; }};
    server.take(std::string_view{bytes}.substr(0, cut));
    server.take(std::string_view{bytes}.substr(cut));
    EXPECT_EQ(requests, 1) << cut;
  }
}

}  // namespace
}  // namespace stack::buildkit
