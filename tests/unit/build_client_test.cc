// The client's builds against a real server with a scripted builder behind it.
#include <filesystem>
#include <fstream>

#include <fcntl.h>

#include "engine/api/build_api.h"
#include "engine/client/engine_client.h"
#include "tests/support/http_server_fixture.h"
#include "tests/support/scripted_builder.h"

namespace stack::client {
namespace {

namespace fs = std::filesystem;
using api::BuildEvent;

// As HttpServerFixture, on a socket that has a path.
class BuildClient : public api::HttpServerFixture {
 protected:
  BuildClient() {
    std::string pattern = ::testing::TempDir() + "stack-client-XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    const std::string path = folder_ / "s";
    address_ = {};
    address_.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address_.sun_path);
    length_ = sizeof address_;
    builder_.loop_ = &loop_;
    api::add_build_routes(routes_, builder_, clock_);
    start();
  }
  ~BuildClient() override {
    stop();
    fs::remove_all(folder_);
  }
  std::vector<BuildEvent> build(const api::BuildRequest& request, std::string_view first, BorrowedFd rest) {
    std::vector<BuildEvent> events;
    EngineClient client{folder_ / "s"};
    done_ = client.build(request, first, rest, [&](const BuildEvent& event) { events.push_back(event); });
    return events;
  }

  fs::path folder_;
  SystemClock clock_;
  api::ScriptedBuilder builder_;
  api::BuildDone done_;
};

TEST_F(BuildClient, AnArchiveIsWhatWasReadOfItAndTheRest) {
  const std::string path = folder_ / "archive", rest(300'000, 'r');
  std::ofstream{path} << rest;
  const UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  builder_.events_ = {api::BuildStepStarted{1, "[1/1] RUN make", ""}, api::BuildDone{"sha256:1", {"web"}}};
  EXPECT_EQ(build({.spec = {.tags = {"web"}}, .credentials = {}}, "first", file).size(), 2U);
  EXPECT_EQ(builder_.archive_bytes_, "first" + rest);
  EXPECT_EQ(done_.image_id, "sha256:1");
}

TEST_F(BuildClient, AFailureIsThrownAsItWas) {
  builder_.events_ = {api::BuildFailed{Error(ErrorKind::invalid, "Dockerfile:1:1: no").remedy("do")}};
  try {
    build({.spec = {.context = model::BuildFolder{"/src"}}, .credentials = {}}, {}, BorrowedFd{-1});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    EXPECT_EQ(error.message(), "Dockerfile:1:1: no");
    EXPECT_EQ(error.remedy_text(), "do");
  }
}

TEST_F(BuildClient, TheCacheIsListedCheckedAndPruned) {
  EngineClient client{folder_ / "s"};
  EXPECT_EQ(client.build_cache().at(0).id, "one");
  EXPECT_EQ(client.prune_build_cache({.all = true, .keep_bytes = 7}).freed_bytes, 7U);
  EXPECT_NE(client.check_build({.spec = {.context = model::BuildFolder{"/src"}}, .credentials = {}}, {}, BorrowedFd{-1})
                .find("FORM"),
            std::string::npos);
}

}  // namespace
}  // namespace stack::client
