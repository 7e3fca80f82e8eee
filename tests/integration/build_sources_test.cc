// Builds that fetch: what lands in the image, what is asked of a server the next time, and what a server cannot do.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "engine/image/digest.h"
#include "tests/support/build_fixture.h"
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

class BuildSources : public test::BuildFixture {
 protected:
  static void SetUpTestSuite() {
    if (test::leave_the_host()) test::raise_loopback();
  }
  [[nodiscard]] model::BuildSpec spec(const std::string& dockerfile) const override {
    return BuildFixture::spec("FROM scratch\n" + dockerfile);
  }
  // What the step that adds was, in a word.
  static std::string outcome(const test::BuildResult& result) {
    for (const std::string& name : result.cached()) {
      if (name.find("] ADD ") != std::string::npos) return "cached";
    }
    return result.cause_of("] ADD ");
  }
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

TEST_F(BuildSources, WhatTwoStagesWantAtOnceIsFetchedOnce) {
  ScriptedServer server{[](const ScriptedRequest&) { return ScriptedServer::answer(200, "one"); }};
  const std::string url = " http://" + server.authority() + "/tool ";
  build("ADD" + url + "/a\nFROM scratch AS other\nADD" + url +
        "/b\nFROM scratch\nCOPY --from=0 / /\nCOPY --from=other / /\n");
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(BuildSources, WhatIsTooLargeIsNotFetched) {
  ScriptedServer server{[](const ScriptedRequest&) {
    return std::string{"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\nConnection: close\r\n\r\nx"};
  }};
  EXPECT_THAT(failure("ADD http://" + server.authority() + "/x /x\n"), HasSubstr("/x: it has more than 64"));
}

TEST_F(BuildSources, AFileThatHasNotChangedIsNoOtherOne) {
  ScriptedServer server{Shelf{}};
  const std::string url = " http://" + server.authority() + "/tool /tool\n";
  const std::string right = image::sha256_digest("one"), wrong = image::sha256_digest("two");
  build("ADD" + url);
  EXPECT_THAT(failure("ADD --checksum=" + wrong + url), HasSubstr("its digest is " + right + ", not " + wrong));
  ASSERT_EQ(server.requests().size(), 2u);
  EXPECT_EQ(header(server.requests()[1], "if-none-match"), "");
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
  EXPECT_THAT(failure(url + "/large /x\n"), HasSubstr("it has more than 64GB, the most that is fetched"));
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

TEST_F(BuildSources, TheProxyOfTheBuildIsUsedWhereTheEngineHasNone) {
  ScriptedServer proxy{[](const ScriptedRequest& request) { return ScriptedServer::answer(200, request.target); }};
  model::BuildSpec behind = spec("ADD http://files.example/a /got\n");
  behind.proxies["http_proxy"] = "http://" + proxy.authority();
  const auto result = engine_->build(behind);
  ASSERT_FALSE(result.failure) << result.failure->render();
  EXPECT_EQ(proxy.requests().at(0).target, "http://files.example/a");
}

TEST_F(BuildSources, ACertificateThatNobodyKnowsIsRefused) {
  const test::TlsAuthority authority{"the test's authority"};
  ScriptedServer server{Shelf{}, authority.context({.names = {"localhost"}})};
  const std::string message = failure("ADD https://localhost:" + std::to_string(server.port()) + "/tool /tool\n");
  EXPECT_THAT(message, HasSubstr("its certificate is not trusted"));
  EXPECT_THAT(message, HasSubstr("among the machine's"));
}

// --- git -------------------------------------------------------------------------------------------------------------------------------

// Repositories behind a web server that only knows files.
class BuildRepositories : public BuildSources {
 protected:
  void SetUp() override {
    BuildSources::SetUp();
    fs::create_directories(root_ / "www");
    work("x", "git init -q -b main . && mkdir sub && echo one >sub/f && echo top >top && " + commit("first"));
    publish("x");
  }
  static std::string commit(const std::string& message) {
    return "git add -A && git -c user.name=a -c user.email=a@b commit -q -m " + message;
  }
  void work(const std::string& name, const std::string& script) {
    const fs::path folder = root_ / "work" / name;
    fs::create_directories(folder);
    ASSERT_EQ(::system(("cd " + folder.string() + " && { " + script + "; } >/dev/null 2>&1").c_str()), 0) << script;
  }
  void publish(const std::string& name) {
    const std::string bare = (root_ / "www" / (name + ".git")).string();
    work(name, "rm -rf " + bare + " && git clone -q --bare . " + bare + " && git -C " + bare + " update-server-info");
  }
  // The repository y is one of x.
  void add_submodule() {
    work("y", "git init -q -b main . && echo inner >inner && " + commit("inner"));
    publish("y");
    work("x",
         "git config --file .gitmodules submodule.y.path y && git config --file .gitmodules submodule.y.url ../y.git "
         "&& git clone -q ../y y && git update-index --add --cacheinfo 160000," +
             head("y") + ",y && " + commit("module"));
    publish("x");
  }
  std::string head(const std::string& name) {
    work(name, "git rev-parse HEAD >../head");
    std::ifstream file{root_ / "work/head"};
    std::string text;
    file >> text;
    return text;
  }
  std::string answer(const ScriptedRequest& request) const {
    const std::string path = request.target.substr(0, request.target.find('?'));
    std::ifstream file{root_ / "www" / path.substr(1), std::ios::binary};
    if (!file || fs::is_directory(root_ / "www" / path.substr(1))) return ScriptedServer::answer(404, "");
    return ScriptedServer::answer(200, {std::istreambuf_iterator<char>{file}, {}});
  }
  std::string url(const std::string& name) const { return "http://" + server_.authority() + "/" + name + ".git"; }

  ScriptedServer server_{[this](const ScriptedRequest& request) { return answer(request); }};
};

TEST_F(BuildRepositories, AddCopiesWhatTheCommitHolds) {
  const std::string line = "ADD " + url("x") + "#main /src/\nADD " + url("x") + "?branch=main&subdir=sub /sub\n";
  const auto first = build(line);
  const std::string tree = engine_->tree_of(first.image_id);
  EXPECT_THAT(tree, HasSubstr("100644 0:0 src/sub/f 4 "));
  EXPECT_THAT(tree, HasSubstr("100644 0:0 src/top 4 "));
  EXPECT_THAT(tree, HasSubstr("100644 0:0 sub/f 4 "));
  EXPECT_THAT(tree, Not(HasSubstr(".git")));
  EXPECT_EQ(outcome(build(line)), "cached");
  work("x", "echo changed >top && " + commit("second"));
  publish("x");
  const auto second = build(line);
  EXPECT_THAT(second.cause_of("] ADD " + url("x") + "#main"), HasSubstr(": top changed"));
  // Another commit with the same folder.
  EXPECT_THAT(engine_->tree_of(second.image_id), HasSubstr("100644 0:0 sub/f 4 "));
}

TEST_F(BuildRepositories, AWholeCommitIdAsksNobodyWhenItIsHere) {
  const std::string line = "ADD " + url("x") + "#" + head("x") + " /src/\n";
  build(line);
  const std::size_t asked = server_.requests().size();
  EXPECT_EQ(outcome(build(line)), "cached");
  build("WORKDIR /elsewhere\n" + line);
  restart();
  EXPECT_EQ(outcome(build(line)), "cached");
  EXPECT_EQ(server_.requests().size(), asked);
}

TEST_F(BuildRepositories, AChecksumIsTheCommit) {
  const std::string other(40, 'a');
  build("ADD --checksum=" + head("x") + " " + url("x") + "#main /src/\n");
  EXPECT_THAT(failure("ADD --checksum=" + other + " " + url("x") + "#main /src/\n"),
              HasSubstr("its commit is " + head("x") + ", not " + other));
  EXPECT_THAT(failure("ADD " + url("x") + "#nothing /src/\n"), HasSubstr("has no branch or tag \"nothing\""));
}

TEST_F(BuildRepositories, TheFolderOfGitStaysWhenItIsAskedFor) {
  work("x", "git -c user.name=a -c user.email=a@b tag -m t v1 && echo more >more && " + commit("second"));
  publish("x");
  for (const char* line : {"ADD --keep-git-dir=true URL#v1 /src/\n", "ADD URL?tag=v1&keep-git-dir=1 /src/\n"}) {
    std::string text = line;
    text.replace(text.find("URL"), 3, url("x"));
    const std::string tree = engine_->tree_of(build(text).image_id);
    EXPECT_THAT(tree, HasSubstr(" src/.git/HEAD "));
    // For `git describe`.
    EXPECT_THAT(tree, HasSubstr(" src/.git/refs/tags/v1 "));
    EXPECT_THAT(tree, Not(HasSubstr(" src/more ")));
  }
  EXPECT_THAT(engine_->tree_of(build("ADD --keep-git-dir=true " + url("x") + "#main /src/\n").image_id),
              HasSubstr(" src/.git/refs/heads/main "));
}

TEST_F(BuildRepositories, SubmodulesAreThere) {
  add_submodule();
  const std::string tree = engine_->tree_of(build("ADD " + url("x") + " /src/\n").image_id);
  EXPECT_THAT(tree, HasSubstr("100644 0:0 src/y/inner 6 "));
  EXPECT_THAT(tree, Not(HasSubstr(".git ")));
  EXPECT_THAT(engine_->tree_of(build("ADD " + url("x") + "?submodules=false /src/\n").image_id),
              Not(HasSubstr("inner")));
}

// Git derives the addresses of submodules from the repository's own.
TEST_F(BuildRepositories, PasswordsAreNowhere) {
  add_submodule();
  const std::string secret = "http://me:secretpw@" + server_.authority();
  const auto result =
      build("ADD --keep-git-dir=true " + secret + "/x.git#main /src/\nADD " + secret + "/x.git/HEAD /head\n");
  EXPECT_THAT(engine_->tree_of(result.image_id), HasSubstr(" src/.git/modules/y/config "));
  EXPECT_THAT(result.played(), Not(::testing::Contains(HasSubstr("secretpw"))));
  EXPECT_NE(::system(("grep -rqa secretpw " + root_.string()).c_str()), 0);
  for (const char* wrong : {"/x.git#nope", "/x.git#main:nope", "/nope.git", "/nope"})
    EXPECT_THAT(failure("ADD " + secret + wrong + " /src/\n"), Not(::testing::AnyOf(HasSubstr("secretpw"), IsEmpty())));
}

TEST_F(BuildRepositories, SecretsLetGitIn) {
  model::BuildSpec with_secret = spec("ADD " + url("x") + " /src/\n");
  with_secret.secrets = {{"GIT_AUTH_TOKEN." + server_.authority(), "t"}};
  ASSERT_FALSE(engine_->build(with_secret).failure);
  EXPECT_EQ(header(server_.requests().at(0), "authorization"), "basic eC1hY2Nlc3MtdG9rZW46dA==");
}

// They would say who runs the engine, and open what is open to it.
TEST_F(BuildRepositories, KeysOfTheEngineAreNotShown) {
  fs::create_directory(root_ / "bin");
  std::ofstream{root_ / "bin/ssh"} << "#!/bin/sh\necho \"$@\" >>" << (root_ / "words").string() << "\nexit 1\n";
  fs::permissions(root_ / "bin/ssh", fs::perms::all);
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", ((root_ / "bin").string() + ":" + path).c_str(), 1);
  EXPECT_NE(failure("ADD git@127.0.0.1:x.git /src/\n"), "");
  ::setenv("PATH", path.c_str(), 1);
  std::ifstream file{root_ / "words"};
  EXPECT_THAT((std::string{std::istreambuf_iterator<char>{file}, {}}), HasSubstr("-o IdentityFile=none"));
}

TEST_F(BuildRepositories, OfATagAndABranchTheTagIsMeant) {
  work("x", "git tag both && echo more >more && " + commit("second") + " && git branch both");
  publish("x");
  EXPECT_THAT(engine_->tree_of(build("ADD " + url("x") + "#both /src/\n").image_id), Not(HasSubstr(" src/more ")));
  EXPECT_THAT(engine_->tree_of(build("ADD " + url("x") + "?branch=both /src/\n").image_id), HasSubstr(" src/more "));
}

TEST_F(BuildRepositories, LinksLeadNowhereElse) {
  work("x", "ln -s /etc/passwd out && ln -s /etc etc && ln -s sub inside && " + commit("links"));
  publish("x");
  const std::string tree = engine_->tree_of(build("ADD " + url("x") + " /src/\n").image_id);
  EXPECT_THAT(tree, HasSubstr(" src/out -> /etc/passwd"));
  EXPECT_THAT(failure("ADD " + url("x") + "#main:etc /src/\n"), HasSubstr("has no folder \"etc\""));
  EXPECT_THAT(engine_->tree_of(build("ADD " + url("x") + "#main:inside /src/\n").image_id), HasSubstr(" src/f 4 "));
  model::BuildSpec with_context = spec("COPY . /\n");
  with_context.context = model::BuildGit{url("x") + "#main:etc"};
  EXPECT_TRUE(engine_->build(with_context).failure);
}

TEST_F(BuildRepositories, AreContexts) {
  work("x", "printf 'FROM scratch\\nCOPY . /\\nCOPY --from=more inner /more/\\n' >sub/Dockerfile && " + commit("file"));
  publish("x");
  work("y", "git init -q -b main . && echo inner >inner && " + commit("inner"));
  publish("y");
  model::BuildSpec with_context;
  with_context.context = model::BuildGit{url("x") + "#main:sub"};
  with_context.named_contexts["more"] = model::BuildGit{url("y")};
  const auto result = engine_->build(with_context);
  ASSERT_FALSE(result.failure) << result.failure->render();
  const std::string tree = engine_->tree_of(result.image_id);
  EXPECT_THAT(tree, HasSubstr("100644 0:0 f 4 "));
  EXPECT_THAT(tree, HasSubstr("100644 0:0 more/inner 6 "));
  EXPECT_EQ(engine_->check(with_context), "");
}

TEST_F(BuildSources, AnArchiveOrADockerfileOfTheWebIsAContext) {
  ASSERT_EQ(::system(("cd " + root_.string() +
                      " && mkdir c && echo x >c/f && printf 'FROM scratch\\nCOPY f /g\\n' "
                      ">c/Dockerfile && tar -C c -czf c.tar.gz .")
                         .c_str()),
            0);
  std::ifstream file{root_ / "c.tar.gz", std::ios::binary};
  const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
  ScriptedServer server{[&](const ScriptedRequest& request) {
    return ScriptedServer::answer(200, request.target == "/c.tar.gz" ? bytes : "FROM scratch\nCOPY . /\n");
  }};
  model::BuildSpec archive, text, named = spec("COPY --from=more f.txt /\n");
  archive.context = model::BuildUrl{"http://" + server.authority() + "/c.tar.gz"};
  text.context = model::BuildUrl{"http://" + server.authority() + "/Dockerfile.txt"};
  named.named_contexts["more"] = model::BuildUrl{"http://" + server.authority() + "/f.txt"};
  auto result = engine_->build(archive);
  ASSERT_FALSE(result.failure) << result.failure->render();
  EXPECT_THAT(engine_->tree_of(result.image_id), HasSubstr(" g 2 "));
  result = engine_->build(text);
  ASSERT_FALSE(result.failure) << result.failure->render();
  EXPECT_THAT(engine_->tree_of(result.image_id), HasSubstr("100600 0:0 context 22 "));
  result = engine_->build(named);
  ASSERT_FALSE(result.failure) << result.failure->render();
  EXPECT_THAT(engine_->tree_of(result.image_id), HasSubstr("100600 0:0 f.txt 22 "));
}

// --- a server that takes its time ------------------------------------------------------------------------------------------------------

// Takes connections and never answers.
class SilentSources : public BuildSources {
 protected:
  void SetUp() override {
    BuildSources::SetUp();
    listener_ = test::listen_tcp("127.0.0.1", kPort);
  }
  // Cancels once the fetch has begun, and waits for the end.
  std::string cancelled(const std::string& dockerfile) {
    std::string began;
    const auto result =
        engine_->build(spec(dockerfile), [&](const api::BuildEvent& event, const std::function<void()>& cancel) {
          const auto* started = std::get_if<api::BuildStepStarted>(&event);
          if (started == nullptr) return;
          began = started->name;
          cancel();
        });
    EXPECT_THAT(began, ::testing::StartsWith("[internal] fetch "));
    return result.failure ? result.failure->message() : "";
  }

  static constexpr std::uint16_t kPort = 8419;
  UniqueFd listener_;
};

TEST_F(SilentSources, ACancelledBuildLeavesThem) {
  EXPECT_EQ(cancelled("ADD http://127.0.0.1:8419/file /x\n"), "the build was cancelled");
  EXPECT_EQ(cancelled("ADD http://127.0.0.1:8419/x.git /x\n"), "the build was cancelled");
  EXPECT_EQ(cancelled("ADD git://127.0.0.1:8419/x /x\n"), "the build was cancelled");
  EXPECT_THAT(engine_->cache(), IsEmpty());
}

}  // namespace
}  // namespace stack
