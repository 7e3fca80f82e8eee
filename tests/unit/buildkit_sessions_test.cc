// Sessions over connections of the HTTP server, and clients that end them in bad ways.
#include <gtest/gtest.h>

#include "engine/buildkit/sessions.h"
#include "tests/support/http_server_fixture.h"

namespace stack::buildkit {
namespace {

class BuildkitSessions : public api::HttpServerFixture {
 protected:
  BuildkitSessions() {
    routes_.add("POST", "/session", api::Body::none, [this](const auto& exchange) { sessions_.accept(exchange); });
    start();
  }
  // The loop's thread uses the sessions.
  ~BuildkitSessions() override { stop(); }

  UniqueFd open(const std::string& id, std::string& head) {
    UniqueFd client = connect_and_send(
        "POST /session HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nX-Docker-Expose-Session-Uuid: " +
        id + "\r\n\r\n");
    head = answer(client);
    return client;
  }

  async::SystemTimekeeper time_{loop_};
  Sessions sessions_{loop_, time_};
};

TEST_F(BuildkitSessions, AnIdBelongsToOneAtATime) {
  std::string first, second;
  const UniqueFd client = open("a", first);
  EXPECT_TRUE(first.starts_with("HTTP/1.1 101")) << first;
  const UniqueFd other = open("a", second);
  EXPECT_TRUE(second.starts_with("HTTP/1.1 409")) << second;
}

// One that stayed would keep its id, and its place among those that there can be.
TEST_F(BuildkitSessions, OneThatBreaksTheProtocolIsForgotten) {
  for (int i = 0; i < 3; ++i) {
    std::string head;
    const UniqueFd client = open("a", head);
    EXPECT_TRUE(head.starts_with("HTTP/1.1 101")) << head;
    send(client, "this is no HTTP/2, whatever one makes of it\r\n\r\n");
    EXPECT_EQ(read_all(client).find("TIMEOUT"), std::string::npos);
  }
}

TEST_F(BuildkitSessions, OneThatGoesIsForgotten) {
  std::string head;
  { const UniqueFd client = open("a", head); }
  EXPECT_TRUE(head.starts_with("HTTP/1.1 101")) << head;
  // Each answer is a round trip of the loop that notices the end.
  head.clear();
  for (int i = 0; i < 1000 && !head.starts_with("HTTP/1.1 101"); ++i) open("a", head);
  EXPECT_TRUE(head.starts_with("HTTP/1.1 101")) << head;
}

}  // namespace
}  // namespace stack::buildkit
