// The routes of builds on a real socket, in front of a builder that is scripted.
#include "engine/api/build_api.h"

#include <sstream>

#include <gmock/gmock.h>

#include "engine/api/build_wire_json.h"
#include "engine/api/wire_version.h"
#include "tests/support/http_server_fixture.h"
#include "tests/support/scripted_builder.h"

namespace stack::api {
namespace {

// In the place of BuildKit's messages.
class NamesOfSteps final : public BuildTrace {
 public:
  std::vector<std::string> take(const BuildEvent& event) override {
    const auto* step = std::get_if<BuildStepStarted>(&event);
    return step == nullptr ? std::vector<std::string>{} : std::vector<std::string>{"<", step->name};
  }
};

class BuildApiTest : public HttpServerFixture {
 protected:
  BuildApiTest() {
    builder_.loop_ = &loop_;
    add_build_routes(routes_, builder_, clock_, [] { return std::make_unique<NamesOfSteps>(); });
    start();
  }
  ~BuildApiTest() override { stop(); }
  std::string post(const std::string& target, const std::string& headers, const std::string& body) {
    return read_all(connect_and_send(request(target, headers, body)));
  }
  static std::string request(const std::string& target, const std::string& headers, const std::string& body) {
    return "POST " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  static std::string head_of(const std::string& spec) {
    return std::string{kWireHeader} + ": " + std::string{kWireVersionText} + "\r\n" + std::string{kSpecLength} + ": " +
           std::to_string(spec.size()) + "\r\n";
  }

  SystemClock clock_;
  ScriptedBuilder builder_;
};

TEST_F(BuildApiTest, TheSpecStandsInFrontAndTheArchiveBehind) {
  const std::string archive(300'000, 'x');
  const std::string spec =
      build_request_json({.spec = {.tags = {"web"}}, .credentials = {{"docker.io", {.user = "u"}}}});
  builder_.events_ = {BuildStepStarted{1, "[1/1] RUN make", ""}, BuildDone{"sha256:12", {"web"}}};
  const std::string answer = post("/stack/v1/build", head_of(spec), spec + archive);
  EXPECT_NE(answer.find("application/x-ndjson"), std::string::npos) << answer;
  EXPECT_NE(answer.find(build_event_line(builder_.events_[0])), std::string::npos) << answer;
  EXPECT_NE(answer.find(build_event_line(builder_.events_[1])), std::string::npos) << answer;
  EXPECT_EQ(builder_.archive_bytes_, archive);
  EXPECT_EQ(builder_.spec_.tags, std::vector<std::string>{"web"});
  EXPECT_EQ(builder_.credentials_.at("docker.io").user, "u");
}

// The body of POST /build, without the marks of its chunks.
std::string without_chunks(const std::string& answer) {
  std::istringstream lines{answer.substr(answer.find("\r\n\r\n") + 4)};
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("{")) text += line + "\n";
  }
  return text;
}

TEST_F(BuildApiTest, ClientsOfBuildKitGetItsMessages) {
  builder_.events_ = {BuildStepStarted{1, "[1/1] RUN make", ""}, BuildDone{"sha256:12", {"web"}}};
  EXPECT_EQ(without_chunks(
                post("/v1.44/build?t=web&version=2&session=abc", "Content-Type: application/x-tar\r\n", "archive")),
            "{\"aux\":\"PA==\",\"id\":\"moby.buildkit.trace\"}\r\n"
            "{\"aux\":\"WzEvMV0gUlVOIG1ha2U=\",\"id\":\"moby.buildkit.trace\"}\r\n"
            "{\"aux\":{\"ID\":\"sha256:12\"},\"id\":\"moby.image.id\"}\r\n");
  EXPECT_EQ(builder_.archive_bytes_, "archive");
}

TEST_F(BuildApiTest, ClientsOfBuildKitGetTheErrorAsAll) {
  builder_.events_ = {BuildStepStarted{1, "one", ""}, BuildFailed{Error(ErrorKind::invalid, "no")}};
  EXPECT_THAT(without_chunks(post("/build?version=2", "Content-Type: application/x-tar\r\n", "archive")),
              testing::EndsWith("{\"error\":\"no\",\"errorDetail\":{\"message\":\"no\"}}\r\n"));
}

TEST_F(BuildApiTest, AQuietClientOfBuildKitGetsTheImage) {
  builder_.events_ = {BuildDone{"sha256:12", {}}};
  EXPECT_EQ(without_chunks(post("/build?version=2&q=1", "Content-Type: application/x-tar\r\n", "archive")),
            "{\"stream\":\"sha256:12\\n\"}\r\n");
}

TEST_F(BuildApiTest, AContextInASessionIsRefused) {
  EXPECT_THAT(post("/build?version=2&remote=client-session", "Content-Type: application/x-tar\r\n", ""),
              testing::HasSubstr("a context in a session of POST /build is not supported"));
}

TEST_F(BuildApiTest, AFolderNeedsNoArchive) {
  const std::string spec = build_request_json({.spec = {.context = model::BuildFolder{"/src"}}, .credentials = {}});
  builder_.events_ = {BuildFailed{Error(ErrorKind::invalid, "Dockerfile:1:1: no")}};
  const std::string answer = post("/stack/v1/build", head_of(spec), spec);
  EXPECT_NE(answer.find("Dockerfile:1:1: no"), std::string::npos) << answer;
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
}

TEST_F(BuildApiTest, ASpecWithoutALengthIsRefused) {
  for (const char* length : {"", "0", "-1", "1x", "99999999999999999999999"}) {
    const std::string answer = post("/stack/v1/build", std::string{kSpecLength} + ": " + length + "\r\n", "{}");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  }
  EXPECT_TRUE(post("/stack/v1/build", "", "{}").starts_with("HTTP/1.1 400 "));
}

TEST_F(BuildApiTest, AClientThatLeavesCancels) {
  const std::string spec = build_request_json({.spec = {.context = model::BuildFolder{"/src"}}, .credentials = {}});
  {
    const UniqueFd fd = connect_and_send(request("/stack/v1/build", head_of(spec), spec));
    builder_.asked_.get_future().wait();
    EXPECT_TRUE(answer(fd).starts_with("HTTP/1.1 200 "));
  }
  EXPECT_EQ(builder_.cancelled_.get_future().wait_for(std::chrono::seconds{20}), std::future_status::ready);
}

TEST_F(BuildApiTest, ABuildWithANameIsCancelledByIt) {
  const std::string unnamed = post("/build/cancel", "", "");
  EXPECT_TRUE(unnamed.starts_with("HTTP/1.1 400 ")) << unnamed;
  EXPECT_THAT(unnamed, testing::HasSubstr("build ID not provided"));
  const UniqueFd fd = connect_and_send(request("/build?buildid=mine", "Content-Type: application/x-tar\r\n", "tar"));
  builder_.asked_.get_future().wait();
  std::future<void> cancelled = builder_.cancelled_.get_future();
  EXPECT_TRUE(post("/build/cancel?id=other", "", "").starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(cancelled.wait_for(std::chrono::seconds{0}), std::future_status::timeout);
  EXPECT_TRUE(post("/build/cancel?id=mine", "", "").starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(cancelled.wait_for(std::chrono::seconds{20}), std::future_status::ready);
}

TEST_F(BuildApiTest, CheckCacheAndPrune) {
  const std::string spec = build_request_json({.spec = {.context = model::BuildFolder{"/src"}}, .credentials = {}});
  EXPECT_NE(post("/stack/v1/build/check", head_of(spec), spec).find("FORM"), std::string::npos);
  EXPECT_NE(ask("GET", "/stack/v1/build/cache").find("\"id\":\"one\""), std::string::npos);
  const std::string pruned = post("/stack/v1/build/prune", "", build_prune_json({.all = true, .keep_bytes = 7}));
  EXPECT_NE(pruned.find("{\"freed_bytes\":7,\"ids\":[\"all\"]}"), std::string::npos) << pruned;
  const std::string docker = ask("POST", "/v1.44/build/prune?keep-storage=5");
  EXPECT_NE(docker.find("{\"CachesDeleted\":[\"some\"],\"SpaceReclaimed\":5}"), std::string::npos) << docker;
}

TEST_F(BuildApiTest, DockersBuild) {
  builder_.events_ = {BuildStepStarted{1, "[1/1] RUN make", ""}, BuildStepOutput{1, 1, "made\n"},
                      BuildDone{"sha256:0123456789abcdef", {"web:latest"}}};
  const std::string answer = post("/v1.44/build?t=web&version=1", "Content-Type: application/x-tar\r\n", "archive");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  EXPECT_NE(answer.find("{\"stream\":\"made\\n\"}\r\n"), std::string::npos) << answer;
  EXPECT_NE(answer.find("Successfully built 0123456789ab"), std::string::npos) << answer;
  EXPECT_EQ(builder_.archive_bytes_, "archive");
}

TEST_F(BuildApiTest, AFailureBeforeTheFirstWordIsAPlainError) {
  builder_.events_ = {BuildFailed{Error(ErrorKind::invalid, "dockerfile parse error on line 1")}};
  const std::string answer = post("/v1.44/build", "Content-Type: application/x-tar\r\n", "archive");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_NE(answer.find("dockerfile parse error on line 1"), std::string::npos) << answer;
}

}  // namespace
}  // namespace stack::api
