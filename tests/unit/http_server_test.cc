// The server on a real unix socket, with clients that do not behave.
#include <string>
#include <vector>

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
  }
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
