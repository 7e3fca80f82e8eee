// The server on a real unix socket, with clients that do not behave.
#include "engine/api/http_server.h"

#include <array>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json_depth.h"

namespace stack::api {
namespace {

// A server on an abstract socket; the loop runs on a thread of its own until the test is over.
class HttpServerTest : public ::testing::Test {
 protected:
  HttpServerTest() {
    address_.sun_family = AF_UNIX;
    const std::string name = "stack-http-test-" + std::to_string(::getpid());
    std::copy(name.begin(), name.end(), address_.sun_path + 1);
    length_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    UniqueFd listening{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    EXPECT_EQ(::bind(listening.get(), reinterpret_cast<const sockaddr*>(&address_), length_), 0);
    EXPECT_EQ(::listen(listening.get(), 1024), 0);
    routes_.add("POST", "/echo", Body::text, [](const std::shared_ptr<Exchange>& exchange) {
      exchange->reply(200, std::to_string(exchange->request.body.size()));
    });
    routes_.add("GET", "/who", Body::none, [](const std::shared_ptr<Exchange>& exchange) {
      exchange->reply(200, std::to_string(exchange->request.client_pid));
    });
    server_ = std::make_unique<HttpServer>(loop_, std::move(listening), routes_);
    server_->start();
    thread_ = std::thread{[this] { loop_.run(); }};
  }
  ~HttpServerTest() override {
    boost::asio::co_spawn(loop_, server_->stop(), [this](const std::exception_ptr&) { loop_.stop(); });
    thread_.join();
  }

  UniqueFd connect() {
    UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const timeval patience{20, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address_), length_), 0);
    return fd;
  }
  static void send(const UniqueFd& fd, std::string_view text) {
    while (!text.empty()) {
      const ssize_t put = ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (put <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  // Everything up to the end, or to the end of the first answer's body.
  static std::string answer(const UniqueFd& fd) {
    std::string all;
    std::array<char, 4096> buffer;
    for (;;) {
      const ssize_t got = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
      if (got <= 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(got));
      if (all.find("\r\n\r\n") != std::string::npos) return all;
    }
  }
  std::string ask(const std::string& body) {
    const UniqueFd fd = connect();
    send(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return answer(fd);
  }

  sockaddr_un address_{};
  socklen_t length_ = 0;
  boost::asio::io_context loop_;
  Routes routes_;
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
};

TEST_F(HttpServerTest, AHandlerKnowsWhoAsks) {
  const UniqueFd fd = connect();
  send(fd, "GET /who HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(answer(fd).ends_with("\r\n\r\n" + std::to_string(::getpid())));
}

TEST_F(HttpServerTest, WhatIsNoRequestIsToldSo) {
  const UniqueFd fd = connect();
  send(fd, "what is this\r\n\r\n");
  const std::string said = answer(fd);
  EXPECT_TRUE(said.starts_with("HTTP/1.1 400 ")) << said;
  EXPECT_NE(said.find("invalid HTTP request"), std::string::npos) << said;
}

TEST_F(HttpServerTest, ABodyThatNestsTooDeepIsRefusedBeforeItIsParsed) {
  EXPECT_TRUE(ask(std::string(8 << 20, '[')).starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(ask("[\"" + std::string(1000, '[') + "\"]").starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(ask(std::string(kJsonDepthMax, '[')).starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, ABodyBeyondTheBoundIsRefused) {
  EXPECT_TRUE(ask(std::string(HttpServer::kBodyBytesMax + 1, ' ')).starts_with("HTTP/1.1 400 "));
}

TEST_F(HttpServerTest, HalfSentBodiesShareOneBound) {
  std::vector<UniqueFd> holders;
  const std::string part(HttpServer::kBodyBytesMax - (1 << 20), ' ');
  for (std::size_t sent = 0; sent <= HttpServer::kBodiesBytesMax; sent += part.size()) {
    holders.push_back(connect());
    send(holders.back(), "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                             std::to_string(HttpServer::kBodyBytesMax) + "\r\n\r\n" + part);
  }
  // The one that went over the bound has an answer; small requests go on being served.
  EXPECT_TRUE(answer(holders.back()).starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(ask("{}").starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, ClientsThatHoldConnectionsLockNobodyOut) {
  std::vector<UniqueFd> holders;
  for (std::size_t i = 0; i < HttpServer::kSessionsMax + 20; ++i) {
    holders.push_back(connect());
    if (i % 2 == 0) send(holders.back(), "POST /echo HTT");
  }
  EXPECT_TRUE(ask("{}").starts_with("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace stack::api
