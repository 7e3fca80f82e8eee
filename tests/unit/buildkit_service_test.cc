// BuildKit's services as a client sees them that asks in an order of its own.
#include "engine/buildkit/buildkit_service.h"

#include <array>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "engine/buildkit/grpc_stream.h"
#include "engine/buildkit/messages/control.pb.h"
#include "tests/support/http_server_fixture.h"
#include "tests/support/scripted_builder.h"

namespace stack::buildkit {
namespace {

// The client's end of a connection, on the test's thread: call() asks and waits for the end.
class Client {
 public:
  explicit Client(UniqueFd socket) : socket_(std::move(socket)) {
    connection_ = std::make_unique<H2Connection>(
        loop_, H2Connection::Role::client,
        H2Connection::Transport{
            .write = [this](const std::string& bytes) { send_all(bytes); }, .full = [] { return false; }, .close = {}});
  }

  // The status of the call; -1 when its end does not come.
  int call(const std::string& method, const std::string& message) {
    const auto stream = connection_->request(
        {{":method", "POST"}, {":scheme", "http"}, {":path", method}, {":authority", "x"}, {"te", "trailers"}});
    GrpcStream grpc{stream, GrpcStream::Side::client, time_, Nanos{0}};
    grpc.put(message);
    grpc.end();
    std::array<char, 4096> block;
    while (!stream->ended()) {
      const ssize_t got = ::recv(socket_.get(), block.data(), block.size(), 0);
      if (got <= 0) return -1;
      connection_->take({block.data(), static_cast<std::size_t>(got)});
    }
    const Headers& where = header_of(stream->trailers, "grpc-status").empty() ? stream->head : stream->trailers;
    return static_cast<int>(grpc_status_of(where).code);
  }

 private:
  void send_all(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t put = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
  }

  boost::asio::io_context loop_;
  async::SystemTimekeeper time_{loop_};
  UniqueFd socket_;
  std::unique_ptr<H2Connection> connection_;
};

class BuildkitServiceTest : public api::HttpServerFixture {
 protected:
  BuildkitServiceTest() {
    service_.add_routes(routes_);
    start();
  }
  ~BuildkitServiceTest() override { stop(); }

  Client client() {
    UniqueFd socket = connect_and_send("POST /grpc HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
    // To the end of the head and no further.
    std::string head;
    for (char c = 0; !head.ends_with("\r\n\r\n") && ::recv(socket.get(), &c, 1, 0) == 1;) head += c;
    EXPECT_TRUE(head.starts_with("HTTP/1.1 101")) << head;
    return Client{std::move(socket)};
  }

  async::SystemTimekeeper time_{loop_};
  api::ScriptedBuilder builder_;
  BuildkitService service_{loop_, time_, system_random(), builder_, {}};
};

TEST_F(BuildkitServiceTest, AMethodThatIsNotThereIsSaidToBe) {
  EXPECT_EQ(client().call("/moby.buildkit.v1.Control/Nope", ""), static_cast<int>(GrpcCode::unimplemented));
}

// Clients ask for both at once, and give up when the log does not end soon after the build.
TEST_F(BuildkitServiceTest, TheLogOfABuildThatIsOverEnds) {
  Client it = client();
  wire::SolveRequest solve;
  solve.set_ref("one");
  solve.set_frontend("another");
  EXPECT_EQ(it.call("/moby.buildkit.v1.Control/Solve", solve.SerializeAsString()),
            static_cast<int>(GrpcCode::unimplemented));
  wire::StatusRequest status;
  status.set_ref("one");
  EXPECT_EQ(it.call("/moby.buildkit.v1.Control/Status", status.SerializeAsString()), static_cast<int>(GrpcCode::ok));
}

// Only so many builds that are over are kept.
TEST_F(BuildkitServiceTest, ARefThatIsTakenCostsNoOtherBuildItsLog) {
  const auto solve = [this](const std::string& ref) {
    wire::SolveRequest request;
    request.set_ref(ref);
    request.set_frontend("another");
    return client().call("/moby.buildkit.v1.Control/Solve", request.SerializeAsString());
  };
  EXPECT_EQ(solve("one"), static_cast<int>(GrpcCode::unimplemented));
  EXPECT_EQ(solve("two"), static_cast<int>(GrpcCode::unimplemented));
  for (std::size_t i = 0; i < BuildkitService::kEndedMax; ++i)
    EXPECT_NE(solve("two"), static_cast<int>(GrpcCode::unimplemented));
  EXPECT_EQ(solve("one"), solve("two"));
}

}  // namespace
}  // namespace stack::buildkit
