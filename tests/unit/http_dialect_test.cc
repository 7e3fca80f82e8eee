// What Docker's clients rely on: heads, statuses, versions, HEAD, streams, early answers, hijacked connections, and what a client
// can hold.
#include <condition_variable>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>

#include <boost/asio/post.hpp>
#include <poll.h>

#include "base/pipe.h"
#include "tests/support/http_server_fixture.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

// Something that the loop's thread tells the test.
class Signal {
 public:
  void set() {
    const std::lock_guard hold{mutex_};
    is_set_ = true;
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock hold{mutex_};
    return changed_.wait_for(hold, std::chrono::seconds{20}, [&] { return is_set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_set_ = false;
};

std::string body_of(const std::string& answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "no head: " + answer : answer.substr(end + 4);
}
std::string head_of(const std::string& answer) { return answer.substr(0, answer.find("\r\n\r\n") + 2); }
bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// What a pipe has next; empty at its end.
std::string piece_of(int pipe) {
  pollfd state{pipe, POLLIN, 0};
  if (::poll(&state, 1, 20'000) != 1) return "TIMEOUT";
  std::array<char, 64> block{};
  const ssize_t got = ::read(pipe, block.data(), block.size());
  return {block.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

class HttpDialectTest : public HttpServerFixture {
 protected:
  void get(const char* pattern, Handler handler) { routes_.add("GET", pattern, Body::none, std::move(handler)); }
  void post(const char* pattern, Body body, Handler handler) { routes_.add("POST", pattern, body, std::move(handler)); }
};

TEST_F(HttpDialectTest, HandlersReadHeadersInAnyCase) {
  get("/h", [](const Ex& exchange) {
    const Request& in = exchange->request;
    exchange->reply({.content_type = "text/plain",
                     .headers = {},
                     .body = in.header("x-registry-auth") + "|" + in.header("absent", "none") + "|" +
                             (in.header_lists("ACCEPT", "b") ? "lists" : "lists not")});
  });
  start();
  EXPECT_EQ(body_of(ask("GET", "/h", "X-Registry-AUTH: token\r\nAccept: a, B ,c\r\n")), "token|none|lists");
  EXPECT_TRUE(
      ask("GET", "/h", "X-Big: " + std::string(HttpLimits{}.head_bytes, 'x') + "\r\n").starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(ask("GET", "/h", "Transfer-Encoding: gzip, chunked\r\n").starts_with("HTTP/1.1 501 "));
  EXPECT_TRUE(ask("GET", "/h", "Expect: magic\r\n").starts_with("HTTP/1.1 417 "));
}

TEST_F(HttpDialectTest, ARepliesStatusTypeAndHeadersAreTheHandlers) {
  get("/stat", [](const Ex& exchange) {
    exchange->reply({.status = 409,
                     .content_type = "text/plain",
                     .headers = {{"X-Docker-Container-Path-Stat", "e30="}},
                     .body = "tea"});
  });
  get("/stack/v1/ours", [](const Ex& exchange) { exchange->reply(201, "{}"); });
  start();
  const std::string docker = ask("GET", "/stat");
  EXPECT_EQ(docker,
            "HTTP/1.1 409 Conflict\r\nApi-Version: 1.51\r\nDocker-Experimental: false\r\nOstype: linux\r\n"
            "Server: Stack/" STACK_VERSION
            " (linux)\r\nContent-Type: text/plain\r\nX-Docker-Container-Path-Stat: e30=\r\n"
            "Content-Length: 3\r\nConnection: close\r\n\r\ntea");
  EXPECT_EQ(ask("GET", "/stack/v1/ours"),
            "HTTP/1.1 201 Created\r\nStack-Protocol: 2\r\nContent-Type: application/json\r\nContent-Length: "
            "2\r\nConnection: close\r\n\r\n{}");
}

TEST_F(HttpDialectTest, NoContentAndNotModifiedHaveNoBody) {
  get("/204", [](const Ex& exchange) { exchange->reply(204, "never sent"); });
  get("/304", [](const Ex& exchange) { exchange->reply(304, "never sent"); });
  start();
  const UniqueFd fd = connect();
  for (const char* target : {"/204", "/304"}) {
    send(fd, std::string{"GET "} + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string all = answer(fd);
    EXPECT_TRUE(all.ends_with("\r\n\r\n")) << all;
    EXPECT_FALSE(has(all, "Content-")) << all;
  }
}

TEST_F(HttpDialectTest, HeadIsAnsweredByTheRouteOfGet) {
  get("/a", [](const Ex& exchange) { exchange->reply(200, "[1,2]"); });
  get("/own", [](const Ex& exchange) { exchange->reply(200, "get"); });
  routes_.add("HEAD", "/own", Body::none, [](const Ex& exchange) {
    exchange->reply({.headers = {{"X-Own", "yes"}}, .body = ""});
  });
  Signal gone;
  get("/stream", [&](const Ex& exchange) {
    exchange->open_stream("text/plain");
    exchange->on_gone([&] { gone.set(); });
    exchange->write("never sent");
  });
  start();
  const std::string whole = ask("GET", "/a");
  EXPECT_EQ(ask("HEAD", "/a"), head_of(whole) + "\r\n");
  EXPECT_TRUE(has(ask("HEAD", "/own"), "X-Own: yes\r\n"));
  const std::string stream = ask("HEAD", "/stream");
  EXPECT_TRUE(has(stream, "Transfer-Encoding: chunked\r\n") && stream.ends_with("\r\n\r\n")) << stream;
  EXPECT_TRUE(gone.wait()) << "the producer of a stream that nobody wants goes on";
  EXPECT_EQ(body_of(ask("HEAD", "/nowhere")), "");
}

TEST_F(HttpDialectTest, WhatHasNoRouteIsAnsweredAsDockerdAnswers) {
  get("/volumes", [](const Ex& exchange) { exchange->reply(200, "{}"); });
  get("/stack/v1/x", [](const Ex& exchange) { exchange->reply(200, "{}"); });
  post("/stack/v1/x", Body::text, [](const Ex& exchange) { exchange->reply(200, "{}"); });
  start();
  const std::map<std::string, std::string> nowhere = {
      {"/nowhere", "GET"},      {"/volumes", "PATCH"},  {"/v1.44/volumes", "PUT"},    {"/v1.99/nowhere", "GET"},
      {"/v1.x/volumes", "GET"}, {"/stack/v1/y", "GET"}, {"/v1.44/stack/v1/x", "GET"}, {"/v1.44", "GET"}};
  for (const auto& [target, method] : nowhere) {
    const std::string all = ask(method, target);
    EXPECT_TRUE(all.starts_with("HTTP/1.1 404 Not Found\r\n")) << target << all;
    EXPECT_EQ(body_of(all), "{\"message\":\"page not found\"}\n") << target;
  }
  const std::string other = ask("DELETE", "/stack/v1/x");
  EXPECT_TRUE(other.starts_with("HTTP/1.1 405 Method Not Allowed\r\n")) << other;
  EXPECT_TRUE(has(other, "Allow: GET, HEAD, POST\r\n")) << other;
  EXPECT_TRUE(has(other, "the method DELETE is not allowed here, only GET, HEAD, POST")) << other;
  // The connection lives on where no body is left unread.
  const UniqueFd fd = connect_and_send("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(has(read_until(fd, "not found\"}\n"), " 404 "));
  send(fd, "GET /volumes HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(answer(fd).starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpDialectTest, VersionsLeadToTheSameRouteOrAreRefusedInDockersWords) {
  get("/volumes/{name...}", [](const Ex& exchange) {
    const Request& in = exchange->request;
    exchange->reply(200, in.parameters.at("name") + "@" + std::to_string(in.api_version));
  });
  start();
  EXPECT_EQ(body_of(ask("GET", "/volumes/a/b")), "a/b@0");
  EXPECT_EQ(body_of(ask("GET", "/v1.24/volumes/a%2Fb")), "a/b@24");
  EXPECT_EQ(body_of(ask("GET", "/v1.51/volumes/a")), "a@51");
  const std::string old = ask("GET", "/v1.10/volumes/a");
  EXPECT_TRUE(old.starts_with("HTTP/1.1 400 Bad Request\r\nApi-Version: 1.51\r\n")) << old;
  EXPECT_TRUE(has(old, "Content-Type: text/plain; charset=utf-8\r\n")) << old;
  EXPECT_EQ(body_of(old),
            "client version 1.10 is too old. Minimum supported API version is 1.24, please upgrade your client to a "
            "newer version\n");
  const std::string young = ask("GET", "/v1.99/volumes/a");
  EXPECT_TRUE(young.starts_with("HTTP/1.1 400 Bad Request\r\n")) << young;
  EXPECT_EQ(body_of(young),
            "{\"message\":\"client version 1.99 is too new. Maximum supported API version is 1.51\"}\n");
}

TEST_F(HttpDialectTest, AStreamsHeadLeavesBeforeItsFirstByte) {
  Ex stream;
  Signal open;
  get("/stream", [&](const Ex& exchange) {
    exchange->open_stream(202, "application/x-tar", {{"X-More", "yes"}});
    stream = exchange;
    open.set();
  });
  start();
  const UniqueFd fd = connect_and_send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string head = answer(fd);
  EXPECT_TRUE(head.starts_with("HTTP/1.1 202 Accepted\r\n")) << head;
  EXPECT_TRUE(has(head, "Content-Type: application/x-tar\r\nX-More: yes\r\nTransfer-Encoding: chunked\r\n")) << head;
  ASSERT_TRUE(open.wait());
  boost::asio::post(loop_, [&] {
    stream->write("hello");
    stream->finish();
    stream.reset();
  });
  EXPECT_EQ(read_until(fd, "0\r\n\r\n"), "5\r\nhello\r\n0\r\n\r\n");
}

TEST_F(HttpDialectTest, AnOldClientGetsAStreamWithoutChunks) {
  get("/stream", [](const Ex& exchange) {
    exchange->open_stream("text/plain");
    exchange->write("hello");
    exchange->finish();
  });
  start();
  const std::string all = read_all(connect_and_send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_TRUE(has(all, "Connection: close\r\n") && !has(all, "chunked")) << all;
  EXPECT_EQ(body_of(all), "hello");
}

TEST_F(HttpDialectTest, BothBodiesFlowAtTheSameTime) {
  Ex stream;
  int pipe = -1;
  post("/build", Body::pipe, [&](const Ex& exchange) {
    exchange->open_stream("text/plain");
    exchange->write("begun");
    pipe = exchange->request.body_pipe.get();
    stream = exchange;
  });
  start();
  const UniqueFd fd =
      connect_and_send("POST /build HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  EXPECT_TRUE(has(read_until(fd, "begun\r\n"), "5\r\nbegun\r\n")) << "the answer waits for the end of the request";
  EXPECT_EQ(piece_of(pipe), "abc");
  send(fd, "2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(piece_of(pipe), "de");
  EXPECT_EQ(piece_of(pipe), "") << "the end of the body is the end of the pipe";
  boost::asio::post(loop_, [&] {
    stream->finish();
    stream.reset();
  });
  EXPECT_EQ(read_until(fd, "0\r\n\r\n"), "0\r\n\r\n");
}

// A client that writes all of its body before it reads.
TEST_F(HttpDialectTest, AnAnswerBeforeTheEndOfTheBodyIsReadable) {
  post("/load", Body::pipe, [](const Ex& exchange) { exchange->reply(400, "{\"message\":\"no archive\"}"); });
  post("/text", Body::text, [](const Ex& exchange) { exchange->reply(200, "{}"); });
  start();
  const std::string large = std::to_string(HttpLimits{}.body_bytes + (8 << 20));
  const std::string body(HttpLimits{}.body_bytes + (8 << 20), 'x');
  const std::map<std::string, std::string> wanted = {
      {"/load", "no archive"}, {"/text", "larger than"}, {"/nowhere", "page not found"}};
  for (const auto& [target, words] : wanted) {
    const UniqueFd fd = connect();
    send(fd, "POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + large + "\r\n\r\n");
    std::size_t sent = 0;
    while (sent < body.size()) {
      const ssize_t put = ::send(fd.get(), body.data() + sent, body.size() - sent, MSG_NOSIGNAL);
      ASSERT_GT(put, 0) << target
                        << ": the connection was closed while the client was writing: " << std::strerror(errno);
      sent += static_cast<std::size_t>(put);
    }
    const std::string all = read_all(fd);
    EXPECT_TRUE(has(all, "Connection: close\r\n") && has(all, words)) << target << all;
  }
}

TEST_F(HttpDialectTest, WhatIsDroppedBehindAnAnswerHasABound) {
  post("/load", Body::pipe, [](const Ex& exchange) { exchange->reply(400, "{}"); });
  start({.dropped_bytes = 1 << 20});
  const UniqueFd fd = connect_and_send("POST /load HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string piece = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  ssize_t put = 0;
  std::size_t sent = 0;
  while (sent < (64U << 20) && (put = ::send(fd.get(), piece.data(), piece.size(), MSG_NOSIGNAL)) > 0)
    sent += static_cast<std::size_t>(put);
  EXPECT_LT(put, 0) << "a body without an end is read for ever";
  EXPECT_TRUE(read_all(fd).starts_with("HTTP/1.1 400 ")) << "the answer was lost";
}

// Echoes what comes, and ends when the client ends: "bye" is said after the half-close.
void echo(const Ex& exchange) {
  exchange->hijack("application/vnd.docker.raw-stream",
                   {.on_bytes = [exchange](std::string_view bytes) { exchange->write(std::string{bytes}); },
                    .on_end =
                        [exchange] {
                          exchange->write("bye");
                          exchange->finish();
                        }});
}

TEST_F(HttpDialectTest, AHijackedConnectionCarriesRawBytesBothWays) {
  post("/attach", Body::text, echo);
  start();
  struct Case {
    const char *headers, *head;
  };
  for (const Case& each : {Case{"Connection: keep-alive, Upgrade\r\nUpgrade: TCP\r\n",
                                "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
                                "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"},
                           Case{"", "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"},
                           Case{"Connection: Upgrade\r\nUpgrade: h2c\r\n",
                                "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"}}) {
    // Bytes behind the head, and behind the body, are input.
    const UniqueFd fd = connect_and_send(std::string{"POST /attach HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"} +
                                         each.headers + "\r\n{}early ");
    EXPECT_EQ(read_until(fd, "early "), std::string{each.head} + "early ");
    send(fd, "late ");
    EXPECT_EQ(read_until(fd, "late "), "late ");
    // Our half-close is the end of input; the answer goes on, then the other half is closed.
    ::shutdown(fd.get(), SHUT_WR);
    EXPECT_EQ(read_all(fd), "bye");
  }
}

TEST_F(HttpDialectTest, TheHeadOfAHijackedConnectionIsReadBeforeWhatFollows) {
  post("/attach", Body::none, [](const Ex& exchange) {
    exchange->hijack("text/plain", {});
    exchange->write("all");
    exchange->finish();
  });
  start();
  const UniqueFd fd = connect_and_send("POST /attach HTTP/1.1\r\nHost: x\r\n\r\n");
  // A client that buffers what it reads, and looks past its buffer for the stream, must find nothing behind the head.
  std::array<char, 4096> buffer{};
  const ssize_t got = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
  ASSERT_GT(got, 0);
  EXPECT_TRUE(std::string_view(buffer.data(), static_cast<std::size_t>(got)).ends_with("\r\n\r\n"));
  EXPECT_EQ(read_all(fd), "all");
}

TEST_F(HttpDialectTest, TheServersHalfCloseComesBeforeTheEndOfTheConnection) {
  post("/attach", Body::none, [](const Ex& exchange) {
    exchange->hijack("text/plain", {});
    exchange->write("all");
    exchange->finish();
  });
  start({.linger_wait = std::chrono::minutes{10}});
  const UniqueFd fd = connect_and_send("POST /attach HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(body_of(read_all(fd)), "all");
  // Still open: the client's half is its own to close.
  EXPECT_GT(::send(fd.get(), "x", 1, MSG_NOSIGNAL), 0);
}

TEST_F(HttpDialectTest, AHijackedClientThatNeverClosesIsClosed) {
  post("/attach", Body::none, [](const Ex& exchange) {
    exchange->hijack("text/plain", {});
    exchange->finish();
  });
  start({.linger_wait = std::chrono::milliseconds{20}});
  const UniqueFd fd = connect_and_send("POST /attach HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(read_all(fd).starts_with("HTTP/1.1 200 "));
  pollfd state{fd.get(), 0, 0};
  EXPECT_EQ(::poll(&state, 1, 20'000), 1) << "it holds its connection for ever";
}

TEST_F(HttpDialectTest, AHalfClosedClientThatLeavesIsNoticed) {
  Signal gone;
  Ex kept;
  get("/follow", [&](const Ex& exchange) {
    exchange->open_stream("text/plain");
    exchange->on_gone([&] { gone.set(); });
    kept = exchange;
  });
  start();
  UniqueFd fd = connect_and_send("GET /follow HTTP/1.1\r\nHost: x\r\n\r\n");
  ::shutdown(fd.get(), SHUT_WR);
  EXPECT_TRUE(answer(fd).starts_with("HTTP/1.1 200 "));
  fd.reset();
  EXPECT_TRUE(gone.wait());
  stop();
  kept.reset();
}

TEST_F(HttpDialectTest, WhatIsGivenToAnExchangeThatIsOverIsCalledAndNotKept) {
  Ex late;
  Signal told, ended, gone;
  post("/slow", Body::none, [&](const Ex& exchange) {
    exchange->open_stream("text/plain");
    exchange->on_gone([&] { gone.set(); });
    late = exchange;
  });
  start();
  UniqueFd fd = connect_and_send("POST /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(answer(fd).starts_with("HTTP/1.1 200 "));
  fd.reset();
  ASSERT_TRUE(gone.wait());
  const std::weak_ptr<Exchange> watched = late;
  boost::asio::post(loop_, [&] {
    late->on_drained([late] {});
    late->on_gone([late, &told] { told.set(); });
    late->hijack("text/plain", {.on_bytes = [late](std::string_view) {}, .on_end = [late, &ended] { ended.set(); }});
    late.reset();
  });
  EXPECT_TRUE(told.wait());
  EXPECT_TRUE(ended.wait());
  stop();
  EXPECT_TRUE(watched.expired()) << "closures and exchange hold one another";
}

class HttpDeadlineTest : public HttpDialectTest {
 protected:
  static constexpr std::chrono::milliseconds kShort{30};
};

TEST_F(HttpDeadlineTest, AHeadABodyAndANextRequestArriveInTime) {
  post("/echo", Body::text, [](const Ex& exchange) { exchange->reply(200, "{}"); });
  start({.head_wait = kShort, .body_wait = kShort, .idle_wait = kShort, .linger_wait = kShort});
  EXPECT_EQ(read_all(connect()), "") << "no request";
  EXPECT_EQ(read_all(connect_and_send("POST /echo HT")), "") << "half a head";
  const std::string all = read_all(connect_and_send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{"));
  EXPECT_TRUE(has(all, "did not arrive in time")) << all;
}

TEST_F(HttpDeadlineTest, AStreamedBodyThatStopsEnds) {
  Signal over;
  std::thread reader;
  post("/pipe", Body::pipe, [&](const Ex& exchange) {
    const auto pipe = std::make_shared<UniqueFd>(std::move(exchange->request.body_pipe));
    reader = std::thread{[pipe, &over] {
      std::array<char, 64> block{};
      while (::read(pipe->get(), block.data(), block.size()) > 0) {
      }
      over.set();
    }};
    exchange->open_stream("text/plain");
  });
  start({.pipe_wait = kShort});
  const UniqueFd fd = connect_and_send("POST /pipe HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{");
  EXPECT_TRUE(answer(fd).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(over.wait()) << "who reads the body waits for ever";
  reader.join();
}

TEST_F(HttpDeadlineTest, AClientThatTakesNothingOfAFinishedAnswerIsClosed) {
  Signal gone;
  get("/large", [&](const Ex& exchange) {
    exchange->on_gone([&] { gone.set(); });
    exchange->reply(200, std::string(16 << 20, 'x'));
  });
  start({.take_wait = kShort});
  const UniqueFd fd = connect_and_send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(gone.wait()) << "it holds 16 MB and a place for ever";
}

// What the chunks behind the head hold.
std::string content_of(const std::string& answer) {
  std::string content;
  for (std::size_t at = answer.find("\r\n\r\n") + 4; at < answer.size();) {
    std::size_t digits = 0;
    const std::size_t size = std::stoul(answer.substr(at, 16), &digits, 16);
    if (size == 0) break;
    content += answer.substr(at + digits + 2, size);
    at += digits + 2 + size + 2;
  }
  return content;
}

TEST_F(HttpDeadlineTest, ASlowReaderOfAStreamHasTimeAndHoldsBackItsProducer) {
  Ex stream;
  Signal full;
  get("/stream", [&](const Ex& exchange) {
    stream = exchange;
    exchange->open_stream("application/octet-stream");
    while (exchange->queued() <= ByteStream::kQueuedMax) exchange->write(std::string(64 << 10, 'x'));
    EXPECT_LE(exchange->queued(), ByteStream::kQueuedMax + (128 << 10));
    exchange->on_drained([&] {
      stream->on_drained({});
      stream->finish();
    });
    full.set();
  });
  // Nothing of the stream is taken for a while that no test measures; what counts is that its producer is not told that it is done.
  start({.take_wait = std::chrono::minutes{10}});
  const UniqueFd fd = connect_and_send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(full.wait());
  EXPECT_GT(read_until(fd, "\r\n0\r\n\r\n").size(), ByteStream::kQueuedMax);
  stop();
  stream.reset();
}

// Writes `text` into a pipe, as much as it takes at once, and has the answer send each part.
struct PipeProducer {
  void next() {
    const std::size_t part = std::min(text.size() - at, kPart);
    if (part == 0) return exchange->finish();
    ASSERT_EQ(::write(pipe.writing.get(), text.data() + at, part), static_cast<ssize_t>(part));
    at += part;
    exchange->write_from(reading, part);
  }

  static constexpr std::size_t kPart = 60 << 10;  // a pipe takes 64 kB
  Ex exchange;
  std::string text;
  std::size_t at = 0;
  Pipe pipe;
  std::shared_ptr<const UniqueFd> reading = std::make_shared<const UniqueFd>(std::move(pipe.reading));
};

TEST_F(HttpDeadlineTest, WhatAPipeHoldsIsSentInOrderToASlowReaderToo) {
  PipeProducer producer;
  for (int i = 0; producer.text.size() < (3 << 20); ++i) producer.text += std::to_string(i) + ' ';
  Signal queued;
  get("/pipe", [&](const Ex& exchange) {
    producer.exchange = exchange;
    exchange->open_stream("application/x-tar");
    exchange->write("first ");
    exchange->on_drained([&] { producer.next(); });
    queued.set();
  });
  start();
  const UniqueFd fd = connect_and_send("GET /pipe HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(queued.wait());
  EXPECT_EQ(content_of(read_until(fd, "\r\n0\r\n\r\n")), "first " + producer.text);
  stop();
  producer.exchange.reset();
}

TEST_F(HttpDeadlineTest, OneMoreClientThanPlacesIsRefused) {
  Signal busy;
  Ex kept;
  get("/busy", [&](const Ex& exchange) {
    exchange->open_stream("text/plain");
    kept = exchange;
    busy.set();
  });
  start({.sessions = 1});
  const UniqueFd holder = connect_and_send("GET /busy HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(busy.wait());
  EXPECT_TRUE(has(read_all(connect()), "the engine has 1 clients and takes no more"));
  stop();
  kept.reset();
}

}  // namespace
}  // namespace stack::api
