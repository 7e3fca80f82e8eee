// A server on an abstract socket, with clients that speak bytes; the loop runs on a thread of its own until the test is over.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/api/http_server.h"

namespace stack::api {

class HttpServerFixture : public ::testing::Test {
 protected:
  HttpServerFixture() {
    address_.sun_family = AF_UNIX;
    const std::string name = "stack-http-test-" + std::to_string(::getpid());
    std::copy(name.begin(), name.end(), address_.sun_path + 1);
    length_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  }
  ~HttpServerFixture() override { stop(); }

  // After the routes were added.
  void start(HttpLimits limits = {}) {
    UniqueFd listening{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    EXPECT_EQ(::bind(listening.get(), reinterpret_cast<const sockaddr*>(&address_), length_), 0);
    EXPECT_EQ(::listen(listening.get(), 1024), 0);
    server_ = std::make_unique<HttpServer>(loop_, std::move(listening), routes_, limits);
    server_->start();
    thread_ = std::thread{[this] { loop_.run(); }};
  }
  void stop() {
    if (!thread_.joinable()) return;
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
  UniqueFd connect_and_send(std::string_view text) {
    UniqueFd fd = connect();
    send(fd, text);
    return fd;
  }
  static void send(const UniqueFd& fd, std::string_view text) {
    while (!text.empty()) {
      const ssize_t put = ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (put <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  // Everything until `end` has come, or the connection ended (or 20 s without a byte, which then fails the comparison).
  static std::string read_until(const UniqueFd& fd, std::string_view end) {
    std::string all;
    std::array<char, 4096> buffer;
    for (std::size_t from = 0; all.find(end, from) == std::string::npos;) {
      const ssize_t got = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
      if (got <= 0) break;
      from = all.size() - std::min(all.size(), end.size());
      all.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return all;
  }
  static std::string answer(const UniqueFd& fd) { return read_until(fd, "\r\n\r\n"); }
  // Everything up to the end of the connection; "TIMEOUT" is in it when that does not come.
  static std::string read_all(const UniqueFd& fd) {
    std::string all;
    std::array<char, 65536> buffer;
    for (;;) {
      const ssize_t got = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
      if (got < 0 && errno == EAGAIN) return all + "TIMEOUT";
      if (got <= 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
  // One request on a connection of its own, to the end of the connection.
  std::string ask(const std::string& method, const std::string& target, const std::string& headers = {}) {
    return read_all(
        connect_and_send(method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n"));
  }

  sockaddr_un address_{};
  socklen_t length_ = 0;
  boost::asio::io_context loop_;
  Routes routes_;
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
};

}  // namespace stack::api
