// Builds that fetch: what lands in the image, what is asked of a server the next time, and what a server cannot do.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "engine/image/digest.h"
#include "tests/support/build_engine.h"
#include "tests/support/launch_player.h"
#include "tests/support/namespaces.h"
#include "tests/support/scripted_server.h"

namespace stack {
namespace {

namespace fs = std::filesystem;
using test::ScriptedRequest;
using test::ScriptedServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kDate = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

std::string header(const ScriptedRequest& request, const std::string& name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? "" : found->second;
}

class BuildSources : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (test::leave_the_host()) test::raise_loopback();
  }
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "stack-sources-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    fs::create_directory(root_ / "context");
    engine_ = std::make_unique<test::BuildEngine>(root_);
  }
  void TearDown() override {
    EXPECT_EQ(engine_->leftovers(), "");
    engine_.reset();
    fs::remove_all(root_);
  }
  void restart() {
    engine_.reset();
    engine_ = std::make_unique<test::BuildEngine>(root_);
  }
  model::BuildSpec spec(const std::string& dockerfile) const {
    model::BuildSpec spec;
    spec.context = model::BuildFolder{root_ / "context"};
    spec.dockerfile_text = "FROM scratch\n" + dockerfile;
    return spec;
  }
  test::BuildResult build(const std::string& dockerfile) {
    auto result = engine_->build(spec(dockerfile));
    EXPECT_FALSE(result.failure) << result.failure->render();
    return result;
  }
  std::string failure(const std::string& dockerfile) {
    const auto result = engine_->build(spec(dockerfile));
    return result.failure ? result.failure->render() : "";
  }
  // What the step that adds was, in a word.
  static std::string outcome(const test::BuildResult& result) {
    for (const std::string& name : result.cached()) {
      if (name.find("] ADD ") != std::string::npos) return "cached";
    }
    return result.cause_of("] ADD ");
  }

  fs::path root_;
  std::unique_ptr<test::BuildEngine> engine_;
};

// A file that knows its etag, as most servers' do.
struct Shelf {
  std::string content = "one", etag = "\"1\"";
  std::string operator()(const ScriptedRequest& request) const {
    const std::string fields = "ETag: " + etag + "\r\n" + kDate;
    if (header(request, "if-none-match") == etag)
      return "HTTP/1.1 304 Not Modified\r\n" + fields + "Connection: close\r\n\r\n";
    return ScriptedServer::answer(200, content, fields);
  }
};

TEST_F(BuildSources, AFileLandsAsItsServerDescribesIt) {
  ScriptedServer server{Shelf{}};
  const std::string url = "http://" + server.authority();
  const auto result = build("ADD " + url + "/a/tool?x=1 /opt/\nADD --chmod=755 --chown=7:8 " + url + "/a /b\n");
  const std::string tree = engine_->tree_of(result.image_id);
  EXPECT_THAT(tree, HasSubstr("100600 0:0 opt/tool 3 "));
  EXPECT_THAT(tree, HasSubstr("100755 7:8 b 3 "));
  EXPECT_THAT(result.played(), ElementsAre("[internal] fetch " + url + "/a/tool?x=1", HasSubstr("ADD " + url),
                                           "[internal] fetch " + url + "/a", HasSubstr("ADD --chmod")));
}

TEST_F(BuildSources, AnArchiveIsUnpackedOnlyWhenThatIsAskedFor) {
  const fs::path archive = root_ / "context/a.tar";
  ASSERT_EQ(
      ::system(("cd " + root_.string() + " && mkdir d && echo x >d/f && tar -cf " + archive.string() + " d").c_str()),
      0);
  std::ifstream file{archive, std::ios::binary};
  const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
  ScriptedServer server{[&](const ScriptedRequest&) { return ScriptedServer::answer(200, bytes); }};
  const std::string url = "http://" + server.authority() + "/x.tar";
  const auto result =
      build("ADD " + url + " /as/it/is/\nADD --unpack " + url + " /open/\nADD a.tar " + url + " /both/\n");
  const std::string tree = engine_->tree_of(result.image_id);
  EXPECT_THAT(tree, HasSubstr(" as/it/is/x.tar "));
  EXPECT_THAT(tree, HasSubstr(" open/d/f 2 "));
  EXPECT_THAT(tree, HasSubstr(" both/d/f 2 "));
  EXPECT_THAT(tree, HasSubstr(" both/x.tar "));
  // One build asks once.
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(BuildSources, WhatHasNotChangedIsNotSentAgain) {
  Shelf shelf;
  ScriptedServer server{[&shelf](const ScriptedRequest& request) { return shelf(request); }};
  const std::string line = "ADD http://" + server.authority() + "/tool /tool\n";
  EXPECT_EQ(outcome(build(line)), "");
  EXPECT_EQ(outcome(build(line)), "cached");
  restart();
  EXPECT_EQ(outcome(build(line)), "cached");
  ASSERT_EQ(server.requests().size(), 3u);
  EXPECT_EQ(header(server.requests()[1], "if-none-match"), "\"1\"");
  EXPECT_EQ(header(server.requests()[2], "if-none-match"), "\"1\"");
  // The server has the last word on what it sends, the content on what is built.
  shelf.etag = "\"2\"";
  EXPECT_EQ(outcome(build(line)), "cached");
  shelf = {"two", "\"3\""};
  EXPECT_THAT(outcome(build(line)), HasSubstr(": tool changed"));
}

TEST_F(BuildSources, AChecksumSaysWhatTheFileIs) {
  ScriptedServer server{[](const ScriptedRequest&) { return ScriptedServer::answer(200, "one"); }};
  const std::string url = " http://" + server.authority() + "/tool /tool\n";
  const std::string right = image::sha256_digest("one"), wrong = image::sha256_digest("two");
  const std::string message = failure("ADD --checksum=" + wrong + url);
  EXPECT_THAT(message, HasSubstr("Dockerfile:2:1: ADD --checksum="));
  EXPECT_THAT(message, HasSubstr("/tool: its digest is " + right + ", not " + wrong));
  build("ADD --checksum=" + right + url);
  // Who knows what it is need not ask; neither for the same step nor for another one.
  const std::size_t asked = server.requests().size();
  EXPECT_EQ(outcome(build("ADD --checksum=" + right + url)), "cached");
  build("WORKDIR /elsewhere\nADD --checksum=" + right + url);
  EXPECT_EQ(server.requests().size(), asked);
}

TEST_F(BuildSources, ARedirectIsFollowedWithinBoundsAndWithoutThePassword) {
  ScriptedServer other{
      [](const ScriptedRequest& request) { return ScriptedServer::answer(200, header(request, "authorization")); }};
  ScriptedServer server{[&](const ScriptedRequest& request) {
    if (request.target == "/circle") return ScriptedServer::answer(302, "", "Location: circle\r\n");
    if (request.target == "/file") return ScriptedServer::answer(302, "", "Location: file:///etc/passwd\r\n");
    if (header(request, "authorization").empty()) return ScriptedServer::answer(401, "");
    return ScriptedServer::answer(307, "", "Location: http://" + other.authority() + "/there\r\n");
  }};
  const std::string url = "http://me:secret@" + server.authority();
  const auto result = build("ADD " + url + "/here /got\n");
  EXPECT_THAT(engine_->tree_of(result.image_id), HasSubstr(" got 0 "));
  EXPECT_EQ(header(server.requests().at(0), "authorization"), "Basic bWU6c2VjcmV0");
  EXPECT_THAT(result.played().at(0), Not(HasSubstr("secret")));
  EXPECT_THAT(failure("ADD http://" + server.authority() + "/circle /x\n"), HasSubstr("more than 10 redirects"));
  EXPECT_THAT(failure("ADD http://" + server.authority() + "/file /x\n"), HasSubstr("which is no web address"));
  EXPECT_THAT(failure("ADD http://" + server.authority() + "/here /x\n"), HasSubstr("the server answers 401"));
}

TEST_F(BuildSources, AnAnswerThatBreaksOffLeavesNothing) {
  ScriptedServer server{[](const ScriptedRequest& request) -> std::string {
    if (request.target == "/short") return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this";
    if (request.target == "/large") return "HTTP/1.1 200 OK\r\nContent-Length: 900000000000000000\r\n\r\n";
    return ScriptedServer::answer(404, "");
  }};
  const std::string url = "ADD http://" + server.authority();
  EXPECT_THAT(failure(url + "/short /x\n"), HasSubstr("the other side has ended the connection"));
  EXPECT_THAT(failure(url + "/large /x\n"), HasSubstr("and the engine's disk has room for "));
  EXPECT_THAT(failure(url + "/none /x\n"), HasSubstr("Dockerfile:2:1: ADD http"));
  EXPECT_THAT(engine_->cache(), IsEmpty());
}

TEST_F(BuildSources, WhatWasFetchedIsListedAndPruned) {
  ScriptedServer server{Shelf{}};
  build("ADD http://me:secret@" + server.authority() + "/tool /tool\n");
  std::vector<std::string> kinds;
  for (const auto& entry : engine_->cache()) {
    kinds.push_back(entry.kind);
    if (entry.kind != "download") continue;
    EXPECT_THAT(entry.description, ::testing::EndsWith("/tool"));
    EXPECT_THAT(entry.description, Not(HasSubstr("secret")));
  }
  EXPECT_THAT(kinds, ::testing::UnorderedElementsAre("step", "download"));
  engine_->prune({.all = true, .older_than = {}, .keep_bytes = 0, .ids = {}});
  EXPECT_THAT(engine_->cache(), IsEmpty());
  restart();
  EXPECT_THAT(engine_->cache(), IsEmpty());
}

}  // namespace
}  // namespace stack
