// The server on a real unix socket, with clients that do not behave.
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/post.hpp>

#include "base/json_depth.h"
#include "tests/support/http_server_fixture.h"

namespace stack::api {
namespace {

class HttpServerTest : public HttpServerFixture {
 protected:
  HttpServerTest() {
    routes_.add("POST", "/echo", Body::text, [](const std::shared_ptr<Exchange>& exchange) {
      exchange->reply(200, std::to_string(exchange->request.body.size()));
    });
    routes_.add("GET", "/who", Body::none, [](const std::shared_ptr<Exchange>& exchange) {
      exchange->reply(200, std::to_string(exchange->request.client_pid));
    });
    routes_.add("POST", "/sum", Body::pipe, [this](const std::shared_ptr<Exchange>& exchange) {
      readers_.emplace_back([this, exchange, pipe = std::move(exchange->request.body_pipe)] {
        std::size_t size = 0, sum = 0;
        std::array<char, 5000> block;
        for (ssize_t got = 1; (got = ::read(pipe.get(), block.data(), block.size())) > 0;) {
          for (const char byte : std::string_view{block.data(), static_cast<std::size_t>(got)})
            sum = sum * 31 + static_cast<unsigned char>(byte);
          size += static_cast<std::size_t>(got);
        }
        boost::asio::post(loop_, [=] { exchange->reply(200, std::to_string(size) + " " + std::to_string(sum)); });
      });
    });
  }
  ~HttpServerTest() override {
    for (std::thread& reader : readers_) reader.join();
  }
  std::vector<std::thread> readers_;
  std::string post(const std::string& body) {
    const UniqueFd fd = connect();
    send(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return answer(fd);
  }
};

TEST_F(HttpServerTest, AHandlerKnowsWhoAsks) {
  start();
  const UniqueFd fd = connect();
  send(fd, "GET /who HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(answer(fd).ends_with("\r\n\r\n" + std::to_string(::getpid())));
}

TEST_F(HttpServerTest, WhatIsNoRequestIsToldSo) {
  start();
  const UniqueFd fd = connect();
  send(fd, "what is this\r\n\r\n");
  const std::string said = answer(fd);
  EXPECT_TRUE(said.starts_with("HTTP/1.1 400 ")) << said;
  EXPECT_NE(said.find("invalid HTTP request"), std::string::npos) << said;
}

TEST_F(HttpServerTest, ABodyThatNestsTooDeepIsRefusedBeforeItIsParsed) {
  start();
  EXPECT_TRUE(post(std::string(8 << 20, '[')).starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(post("[\"" + std::string(1000, '[') + "\"]").starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(post(std::string(kJsonDepthMax, '[')).starts_with("HTTP/1.1 200 "));
}

std::string sum_of(std::string_view bytes) {
  std::size_t sum = 0;
  for (const char byte : bytes) sum = sum * 31 + static_cast<unsigned char>(byte);
  return std::to_string(bytes.size()) + " " + std::to_string(sum);
}

// However it is cut, a body comes through the pipe as it was sent, and the next request begins behind it.
TEST_F(HttpServerTest, ABodyFlowsThroughAPipe) {
  start();
  std::string content((5 << 20) + 3, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 13 + i / 1000);
  const auto answered = [&](const std::string& head, const std::string& body) {
    const UniqueFd fd = connect_and_send("POST /sum HTTP/1.1\r\nHost: x\r\n" + head + "\r\n\r\n");
    std::thread sender{[&] { send(fd, body + "GET /who HTTP/1.1\r\nHost: x\r\n\r\n"); }};
    const std::string said = read_until(fd, "\r\n\r\n" + std::to_string(::getpid()));
    sender.join();
    return said;
  };
  const std::string sum = sum_of(content);
  EXPECT_NE(answered("Content-Length: " + std::to_string(content.size()), content).find(sum), std::string::npos);
  for (const std::size_t size : {std::size_t{100'000}, std::size_t{32'768}, std::size_t{16'384}, std::size_t{997}}) {
    std::string chunks;
    for (std::size_t at = 0; at < content.size(); at += size) {
      const std::string piece = content.substr(at, size);
      std::array<char, 32> head{};
      std::snprintf(head.data(), head.size(), "%zx\r\n", piece.size());
      chunks += head.data() + piece + "\r\n";
    }
    EXPECT_NE(answered("Transfer-Encoding: chunked", chunks + "0\r\n\r\n").find(sum), std::string::npos) << size;
  }
}

TEST_F(HttpServerTest, ABodyBeyondTheBoundIsRefused) {
  start();
  EXPECT_TRUE(post(std::string(HttpLimits{}.body_bytes + 1, ' ')).starts_with("HTTP/1.1 400 "));
}

TEST_F(HttpServerTest, HalfSentBodiesShareOneBound) {
  start();
  std::vector<UniqueFd> holders;
  const std::string part(HttpLimits{}.body_bytes - (1 << 20), ' ');
  for (std::size_t sent = 0; sent <= HttpLimits{}.bodies_bytes; sent += part.size()) {
    holders.push_back(connect());
    send(holders.back(), "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                             std::to_string(HttpLimits{}.body_bytes) + "\r\n\r\n" + part);
  }
  // The one that went over the bound has an answer; small requests go on being served.
  EXPECT_TRUE(answer(holders.back()).starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(post("{}").starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, ClientsThatHoldConnectionsLockNobodyOut) {
  start({.sessions = 64});
  std::vector<UniqueFd> holders;
  for (std::size_t i = 0; i < 64 + 20; ++i) {
    holders.push_back(connect());
    if (i % 2 == 0) send(holders.back(), "POST /echo HTT");
  }
  EXPECT_TRUE(post("{}").starts_with("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace stack::api
