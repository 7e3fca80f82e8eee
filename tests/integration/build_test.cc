// Builds with the real kernel: what a Dockerfile gives, what the cache serves and why not, and that nothing is left behind.
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/support/build_fixture.h"

namespace stack {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

class Build : public test::BuildFixture {
 protected:
  void SetUp() override {
    BuildFixture::SetUp();
    engine_->import_busybox("busybox");
  }
  void write(const std::string& path, const std::string& content, mode_t mode = 0644) {
    fs::create_directories((context_() / path).parent_path());
    std::ofstream{context_() / path} << content;
    ASSERT_EQ(::chmod((context_() / path).c_str(), mode), 0);
  }
  model::Image image(const test::BuildResult& result) { return engine_->images().find(result.image_id).value(); }
};

TEST_F(Build, AnOrdinaryDockerfileGivesItsImage) {
  write("src/main.c", "int main;\n");
  const auto result = build(
      "FROM busybox\nENV A=1\nWORKDIR /app\nCOPY src .\nRUN echo made >out && id -u >>out\nCMD [\"cat\", \"out\"]\n");
  const std::string tree = engine_->tree_of(result.image_id);
  EXPECT_THAT(tree, HasSubstr("100644 0:0 app/main.c 10 "));
  EXPECT_THAT(tree, HasSubstr("100644 0:0 app/out 7 "));
  EXPECT_THAT(tree, Not(HasSubstr("app/src")));
  const model::Image made = image(result);
  EXPECT_THAT(made.config.env, ElementsAre("PATH=/bin", "A=1"));
  EXPECT_EQ(made.config.working_dir, "/app");
  EXPECT_THAT(made.config.command, ElementsAre("cat", "out"));
  EXPECT_EQ(made.layers.size(), 4u);
}

TEST_F(Build, ASecondBuildPlaysNothingAndGivesTheSameImage) {
  write("a", "1");
  const std::string file = "FROM busybox\nCOPY a /a\nRUN cat /a >/b\n";
  const auto first = build(file);
  EXPECT_THAT(first.played(), ElementsAre("[2/3] COPY a /a", "[3/3] RUN cat /a >/b"));
  const auto second = build(file);
  EXPECT_THAT(second.played(), IsEmpty());
  EXPECT_EQ(second.image_id, first.image_id);
  EXPECT_TRUE(std::get<api::BuildDone>(first.events.back()).is_new);
  EXPECT_FALSE(std::get<api::BuildDone>(second.events.back()).is_new);
  restart();
  const auto third = build(file);
  EXPECT_THAT(third.played(), IsEmpty());
  EXPECT_EQ(third.image_id, first.image_id);
  // Reasons survive as well.
  restart();
  write("a", "2");
  EXPECT_EQ(build(file).cause_of("COPY"), "COPY a /a: a changed");
}

TEST_F(Build, TimesAndOwnersOfTheContextCountNothingContentAndModeDo) {
  write("a", "1");
  write("b", "1");
  const std::string file = "FROM busybox\nCOPY a /a\nCOPY b /b\n";
  build(file);
  fs::last_write_time(context_() / "a", fs::file_time_type::clock::now() - std::chrono::hours{5});
  ASSERT_EQ(::chown((context_() / "a").c_str(), 12, 13), 0);
  EXPECT_THAT(build(file).played(), IsEmpty());
  write("b", "2");
  auto result = build(file);
  EXPECT_THAT(result.played(), ElementsAre("[3/3] COPY b /b"));
  EXPECT_EQ(result.cause_of("COPY b"), "COPY b /b: b changed");
  ASSERT_EQ(::chmod((context_() / "a").c_str(), 0600), 0);
  result = build(file);
  EXPECT_THAT(result.played(), ElementsAre("[2/3] COPY a /a", "[3/3] COPY b /b"));
  EXPECT_EQ(result.cause_of("COPY a"), "COPY a /a: a changed");
  EXPECT_EQ(result.cause_of("COPY b"), "COPY b /b: what it builds on changed");
}

TEST_F(Build, AttributesOfTheClientsFilesStayThere) {
  write("a", "1");
  write("d/g", "1");
  const fs::path a = context_() / "a";
  if (::setxattr(a.c_str(), "user.color", "red", 3, 0) != 0) GTEST_SKIP() << "this file system has none";
  const std::string file = "FROM busybox\nCOPY a /a\nCOPY d /d\n";
  const auto result = build(file);
  const fs::path layer = engine_->images().layer_folders(image(result))[1];
  EXPECT_LT(::getxattr((layer / "a").c_str(), "user.color", nullptr, 0), 0);
  ASSERT_EQ(::setxattr(a.c_str(), "user.color", "blu", 3, 0), 0);
  EXPECT_THAT(build(file).played(), IsEmpty());
  // The folder's content goes into a folder of the image, whose mode is its own.
  ASSERT_EQ(::chmod((context_() / "d").c_str(), 0711), 0);
  EXPECT_THAT(build(file).played(), IsEmpty());
  EXPECT_THAT(engine_->tree_of(result.image_id), HasSubstr("040755 0:0 d\n"));
}

TEST_F(Build, AnArchiveKeepsItsModesAndItsNames) {
  write("t/f", "x", 0640);
  write("t/.wh.victim", "w");
  const bool attributes = ::setxattr((context_() / "t/f").c_str(), "user.color", "red", 3, 0) == 0;
  ASSERT_EQ(std::system(("cd " + context_().string() +
                         " && ln -s /etc t/l && tar --owner=3 --group=3 --xattrs -cf a.tar -C t f .wh.victim l &&"
                         " tar --transform 's,^f,l/in,' --owner=3 --group=3 -rf a.tar -C t f && rm -r t")
                            .c_str()),
            0);
  const auto result = build(
      "FROM busybox\nRUN mkdir /a && touch /a/victim\nADD --chmod=755 a.tar /a/\nRUN test -e /a/victim && cat "
      "/a/.wh.victim\n");
  EXPECT_EQ(result.output(), "w");
  const std::string tree = engine_->tree_of(result.image_id);
  for (const char* part : {"100640 3:3 a/f 1 ", "100644 3:3 a/.wh.victim 1 ", "100644 0:0 a/victim 0 ",
                           "100640 3:3 a/etc/in 1 ", " a/l -> /etc\n"})
    EXPECT_THAT(tree, HasSubstr(part));
  EXPECT_THAT(engine_->images().check(), IsEmpty());
  if (!attributes) return;
  for (const std::string& layer : engine_->images().layer_folders(image(result)))
    EXPECT_LT(::getxattr((layer + "/a/f").c_str(), "user.color", nullptr, 0), 0);
}

TEST_F(Build, ACacheThatBeginsOtherwiseIsAnother) {
  const auto result = build(
      "FROM busybox\nRUN --mount=type=cache,id=x,mode=0700,uid=5,target=/c touch /c/a\n"
      "RUN --mount=type=cache,id=x,target=/c ls /c && touch /c/b\n"
      "RUN --mount=type=cache,id=x,from=busybox,source=/etc,target=/c ls /c\n"
      "RUN --mount=type=cache,id=x,mode=0700,uid=5,target=/c ls /c\n");
  EXPECT_EQ(result.output(), "group\npasswd\na\n");
}

TEST_F(Build, TheAddressOfAnAgentIsSetWithoutOneAsWell) {
  EXPECT_EQ(build("FROM busybox\nRUN --mount=type=ssh echo $SSH_AUTH_SOCK\n").output(), "/run/buildkit/ssh_agent.0\n");
}

TEST_F(Build, AFailingCommandSaysWhereAndWhatItPrinted) {
  const std::string text = failure("FROM busybox\nRUN true\nRUN seq 1 30 && exit 7\n");
  EXPECT_THAT(text, StartsWith("Dockerfile:3:1: RUN seq 1 30 && exit 7: the command exited with code 7\n  11\n"));
  EXPECT_THAT(text, HasSubstr("\n  30"));
  // What was complete is in the cache.
  const auto again = engine_->build(spec("FROM busybox\nRUN true\nRUN echo ok\n"));
  EXPECT_THAT(again.played(), ElementsAre("[3/3] RUN echo ok"));
  EXPECT_EQ(again.output(), "ok\n");
}

TEST_F(Build, StagesAreBuiltWhenTheyAreNeeded) {
  write("a", "x");
  const auto result = build(
      "FROM busybox AS tools\nRUN echo tool >/tool\nFROM busybox AS unused\nRUN false\n"
      "FROM scratch\nCOPY --from=tools --chown=33:50 /tool /bin/\nCOPY --from=busybox /etc/group /g\n");
  EXPECT_THAT(engine_->tree_of(result.image_id), StartsWith("040755 33:50 bin\n100644 33:50 bin/tool 5 "));
  EXPECT_THAT(result.played(), Not(::testing::Contains(HasSubstr("false"))));
}

TEST_F(Build, MountsOfRunLeaveNothingInTheImage) {
  write("src/in", "content\n");
  write("skipped", "x");
  write(".dockerignore", "skipped\n");
  model::BuildSpec wanted = spec(
      "FROM busybox AS other\nRUN echo other >/o\nFROM busybox\n"
      "RUN --mount=type=bind,target=/ctx --mount=type=bind,from=other,source=/o,target=/m/o,rw "
      "--mount=type=cache,target=/cache,id=c --mount=type=tmpfs,target=/t --mount=type=secret,id=s "
      "--mount=type=secret,id=e,env=E cat /ctx/src/in /m/o /run/secrets/s && test ! -e /ctx/skipped && echo new >/m/o "
      "&& "
      "test \"$E\" = value && echo 1 >>/cache/n && touch /t/x && cat /cache/n\n");
  wanted.secrets = {{"s", "hidden\n"}, {"e", "value"}};
  const auto result = engine_->build(wanted);
  ASSERT_FALSE(result.failure) << result.failure->message();
  EXPECT_EQ(result.output(), "content\nother\nhidden\n1\n");
  const std::string tree = engine_->tree_of(result.image_id);
  for (const char* gone : {" ctx", " m\n", " cache", " t\n", "secrets"}) EXPECT_THAT(tree, Not(HasSubstr(gone)));
  wanted.no_cache = true;
  EXPECT_THAT(engine_->build(wanted).output(), HasSubstr("1\n1\n"));
}

TEST_F(Build, TheIgnoreFileBesideTheDockerfileComesFirst) {
  for (const char* name : {"a", "b", "c"}) write(name, name);
  write(".dockerignore", "a\n");
  write("Dockerfile.dockerignore", "b\n");
  const std::string text = "FROM scratch\nCOPY ? /\n";
  write("Dockerfile", text);
  write("sub/D", text);
  write("sub/D.dockerignore", "c\n");
  fs::create_directory(root_ / "other");
  fs::copy(context_() / "sub/D", root_ / "other/D");
  std::ofstream{root_ / "other/D.dockerignore"} << "[bc]\n";
  model::BuildSpec wanted = spec({});
  const auto files = [&](const fs::path& dockerfile) {
    wanted.dockerfile_text.reset();
    if (dockerfile.empty()) wanted.dockerfile_text = text;
    wanted.dockerfile = dockerfile.empty() ? "Dockerfile" : dockerfile.string();
    const auto result = engine_->build(wanted);
    EXPECT_FALSE(result.failure) << result.failure->message();
    std::string names;
    for (const char* name : {"a", "b", "c"})
      if (engine_->tree_of(result.image_id).find(std::string{" "} + name + " 1 ") != std::string::npos) names += name;
    return names;
  };
  EXPECT_EQ(files(context_() / "Dockerfile"), "ac");
  EXPECT_EQ(files("Dockerfile"), "ac");
  EXPECT_EQ(files(context_() / "sub/D"), "ab");
  EXPECT_EQ(files("sub/D"), "ab");
  EXPECT_EQ(files(root_ / "other/D"), "a");
  EXPECT_EQ(files({}), "bc") << "a text has no file beside it";
  fs::remove(context_() / ".dockerignore");
  EXPECT_EQ(files(context_() / "sub/D"), "ab");
}

TEST_F(Build, NothingOutsideTheContextIsReached) {
  std::ofstream{root_ / "outside"} << "secret";
  fs::create_symlink("../outside", context_() / "link");
  fs::create_symlink("/etc/hostname", context_() / "absolute");
  EXPECT_THAT(failure("FROM scratch\nCOPY link /x\n"),
              HasSubstr("Dockerfile:2:1: COPY link /x: \"link\" is not in the build context"));
  EXPECT_THAT(failure("FROM scratch\nCOPY absolute /x\n"), HasSubstr("is not in the build context"));
  EXPECT_THAT(failure("FROM scratch\nCOPY ../outside /x\n"), HasSubstr("\"outside\" is not in the build context"));
  ASSERT_EQ(::mknod((context_() / "device").c_str(), S_IFCHR | 0666, makedev(1, 3)), 0);
  ASSERT_EQ(::mkfifo((context_() / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(failure("FROM scratch\nCOPY device /x\n"), HasSubstr("\"device\" of the build context is a device"));
  write("two\nlines", "x");
  EXPECT_THAT(failure("FROM scratch\nCOPY link* /x\n"), HasSubstr("\"link\" is not in the build context"));
  const auto result = build("FROM scratch\nCOPY two* pipe /all/\nCOPY --from=busybox / /b\n");
  EXPECT_THAT(engine_->tree_of(result.image_id), HasSubstr("100644 0:0 all/two\nlines 1 "));
}

TEST_F(Build, LinksOfTheImageLeadOnlyWithinIt) {
  write("f", "new");
  const auto result = build(
      "FROM busybox\nRUN ln -s / /up && ln -s ../../../../../../../tmp /out && ln -s nowhere /dangle\n"
      "COPY f /up/in-root\nCOPY f /out/\nCOPY f /dangle\n");
  const std::string tree = engine_->tree_of(result.image_id);
  EXPECT_THAT(tree, HasSubstr(" in-root 3 "));
  EXPECT_THAT(tree, HasSubstr(" tmp/f 3 "));
  EXPECT_THAT(tree, HasSubstr(" nowhere 3 "));
}

TEST_F(Build, ACancelledBuildLeavesNothing) {
  const auto result = engine_->build(spec("FROM busybox\nRUN echo started && sleep 1000\n"),
                                     [](const api::BuildEvent& event, const std::function<void()>& cancel) {
                                       if (std::holds_alternative<api::BuildStepOutput>(event)) cancel();
                                     });
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(result.failure->message(), "the build was cancelled");
  EXPECT_EQ(engine_->leftovers(), "");
}

TEST_F(Build, WhatACancelledBuildCompletedIsInTheNextEnginesCache) {
  engine_->build(spec("FROM busybox\nRUN echo kept\nRUN echo started && sleep 1000\n"),
                 [](const api::BuildEvent& event, const std::function<void()>& cancel) {
                   const auto* output = std::get_if<api::BuildStepOutput>(&event);
                   if (output != nullptr && output->bytes == "started\n") cancel();
                 });
  EXPECT_EQ(engine_->leftovers(), "");
  restart();
  EXPECT_THAT(build("FROM busybox\nRUN echo kept\n").played(), IsEmpty());
}

TEST_F(Build, MistakesAreReportedTogetherAndWithTheirPlaces) {
  const std::string text = failure("FROM busybox\nCOPI a b\nRUN --mount=type=bnd true\n");
  EXPECT_THAT(text, HasSubstr("Dockerfile:2:1: error: "));
  EXPECT_THAT(text, HasSubstr("Dockerfile:3:"));
  EXPECT_THAT(failure("FROM busybox AS a\nRUN true\n"), "");
  auto wrong = spec("FROM busybox AS build\n");
  wrong.target = "biuld";
  EXPECT_THAT(engine_->build(wrong).failure->render(), HasSubstr("did you mean \"build\""));
}

TEST_F(Build, TheCacheIsListedAndPruned) {
  const std::string file = "FROM busybox\nRUN echo 1 >/a\nRUN --mount=type=cache,target=/c echo x >/c/x\n";
  build(file);
  EXPECT_EQ(engine_->cache().size(), 3u);
  EXPECT_THAT(engine_->prune({}).ids, ElementsAre(StartsWith("mount:")));
  api::BuildPrune all;
  all.all = true;
  EXPECT_EQ(engine_->prune(all).ids.size(), 2u);
  EXPECT_THAT(engine_->cache(), IsEmpty());
  EXPECT_EQ(build(file).played().size(), 2u);
}

TEST_F(Build, IndependentStepsRunSideBySide) {
  // Each waits for the other by way of the cache mount that they share.
  const auto result = build(
      "FROM busybox AS a\nRUN --mount=type=cache,target=/c touch /c/a; while ! test -e /c/b; do sleep 0.02; done\n"
      "FROM busybox AS b\nRUN --mount=type=cache,target=/c touch /c/b; while ! test -e /c/a; do sleep 0.02; done\n"
      "FROM scratch\nCOPY --from=a /etc/passwd /a\nCOPY --from=b /etc/passwd /b\n");
  EXPECT_FALSE(result.image_id.empty());
}

TEST_F(Build, RunHasTheNetworkThatItAsksFor) {
  auto wanted = spec(
      "FROM busybox\nRUN busybox ip -o link | busybox cut -d: -f2 | busybox cut -d@ -f1 && cat /etc/resolv.conf "
      "/etc/hosts\n"
      "RUN --network=none busybox ip -o link | busybox cut -d: -f2\n");
  wanted.extra_hosts = {"registry.test=192.0.2.7"};
  const auto result = engine_->build(wanted);
  ASSERT_FALSE(result.failure) << result.failure->message();
  EXPECT_THAT(result.output(), StartsWith(" lo\n eth0\n"));
  EXPECT_THAT(result.output(), HasSubstr("nameserver 127.0.0.11\n"));
  EXPECT_THAT(result.output(), HasSubstr("192.0.2.7\tregistry.test\n"));
  EXPECT_TRUE(result.output().ends_with("\n lo\n")) << result.output();
  // The engine's DNS answers on it: a name that nobody has is denied, not waited for.
  EXPECT_THAT(failure("FROM busybox\nRUN busybox nslookup -timeout=20 nobody.invalid && exit 9\n"),
              Not(HasSubstr("no servers could be reached")));
}

TEST_F(Build, RunHasTheLimitsAndRightsThatItIsGiven) {
  auto wanted = spec(
      "FROM busybox\nRUN ulimit -n && grep CapEff /proc/self/status && ls /dev/shm && grep ' /dev/shm ' "
      "/proc/mounts\n");
  wanted.ulimits["nofile"] = {123, 456};
  wanted.shm_size = 1 << 20;
  auto result = engine_->build(wanted);
  ASSERT_FALSE(result.failure) << result.failure->message();
  EXPECT_THAT(result.output(), StartsWith("123\nCapEff:\t00000000a80425fb\n"));
  EXPECT_THAT(result.output(), HasSubstr("size=1024k"));
  // What allows more rights gives them to nobody who does not ask.
  wanted.privileged = true;
  wanted.no_cache = true;
  result = engine_->build(wanted);
  ASSERT_FALSE(result.failure) << result.failure->message();
  EXPECT_THAT(result.output(), HasSubstr("00000000a80425fb"));
  const std::string insecure = "FROM busybox\nRUN --security=insecure grep CapEff /proc/self/status\n";
  EXPECT_THAT(failure(insecure), HasSubstr("RUN --security=insecure is not allowed"));
  wanted = spec(insecure);
  wanted.entitlements = {"security.insecure"};
  result = engine_->build(wanted);
  ASSERT_FALSE(result.failure) << result.failure->message();
  EXPECT_THAT(result.output(), Not(HasSubstr("00000000a80425fb")));
}

// The engine removes the empty places of mounts after a command; a link that the command left on the way leads nowhere.
TEST_F(Build, ALinkInTheWayOfAMountsPlaceReachesNothingOfTheHost) {
  const fs::path host = root_ / "host";
  fs::create_directories(host / "mount");
  std::ofstream{host / "file"};
  build("FROM busybox\nRUN --mount=type=tmpfs,target=/gone/mount mv /gone /old && ln -s " + host.string() + " /gone\n");
  build("FROM busybox\nRUN --mount=type=bind,source=/bin/sh,from=busybox,target=/away/file mv /away /old && ln -s " +
        host.string() + " /away\n");
  EXPECT_TRUE(fs::exists(host / "mount"));
  EXPECT_TRUE(fs::exists(host / "file"));
}

TEST_F(Build, AnArchiveAndNamedContextsAreContexts) {
  write("in", "archived");
  write("named/file", "named");
  ASSERT_EQ(std::system(("cd " + context_().string() + " && tar czf ../context.tgz in").c_str()), 0);
  auto wanted =
      spec("FROM named AS n\nFROM busybox\nCOPY in /in\nCOPY --from=named file /file\nCOPY --from=n /file /again\n");
  wanted.context = model::BuildArchive{};
  wanted.named_contexts["named"] = model::BuildFolder{context_() / "named"};
  const auto result = engine_->build(wanted, UniqueFd{::open((root_ / "context.tgz").c_str(), O_RDONLY | O_CLOEXEC)});
  ASSERT_FALSE(result.failure) << result.failure->message();
  const std::string tree = engine_->tree_of(result.image_id);
  for (const char* file : {" in 8 ", " file 5 ", " again 5 "}) EXPECT_THAT(tree, HasSubstr(file));
}

TEST_F(Build, SecretsReachNoLayerNoRecordAndNoHistory) {
  auto wanted = spec(
      "FROM busybox\nRUN --mount=type=secret,id=s --mount=type=secret,id=s,env=E test ${#E} = 12 && test -s "
      "/run/secrets/s\n");
  wanted.secrets = {{"s", "hidden-value"}};
  const auto result = engine_->build(wanted);
  ASSERT_FALSE(result.failure) << result.failure->message();
  const std::string found = root_ / "found";
  ASSERT_EQ(std::system(("grep -rl hidden-value " + (root_ / "root").string() + " " + (root_ / "run").string() + " >" +
                         found + "; test ! -s " + found)
                            .c_str()),
            0);
}

// The engine is killed while a command runs; the next one ends it, and what was complete stays.
TEST_F(Build, AKilledEngineLeavesNothingToTheNextOne) {
  engine_.reset();
  const std::string file = "FROM busybox\nRUN echo kept >/kept\nRUN echo started && sleep 1000\n";
  int ready[2];
  ASSERT_EQ(::pipe2(ready, O_CLOEXEC), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto* engine = new test::BuildEngine(root_);
    engine->build(spec("FROM busybox\nRUN echo kept >/kept\n"));
    engine->build(spec(file), [&](const api::BuildEvent& event, const std::function<void()>&) {
      if (std::holds_alternative<api::BuildStepOutput>(event) && ::write(ready[1], "x", 1) != 1) ::_exit(1);
    });
    ::_exit(1);
  }
  ::close(ready[1]);
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ::close(ready[0]);
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  engine_ = std::make_unique<test::BuildEngine>(root_, "b" + std::to_string(child % 100000));
  EXPECT_EQ(engine_->leftovers(), "");
  EXPECT_THAT(engine_->build(spec("FROM busybox\nRUN echo kept >/kept\n")).played(), IsEmpty());
}

// Whatever was under way: nothing is half-made, and the next build is like any other.
TEST_F(Build, AnEngineKilledAtAnyEventLeavesAWholeStore) {
  for (int i = 0; i < 50; ++i) write("many/" + std::to_string(i), std::string(10000, 'x'));
  const auto wanted = spec(
      "FROM busybox AS a\nCOPY many /many\nRUN echo 1 >/1\nFROM busybox\nWORKDIR /w\nCOPY --from=a /many /1 ./\nRUN "
      "echo 2\n");
  engine_.reset();
  for (int events = 1; events <= 8; ++events) {
    int ready[2];
    ASSERT_EQ(::pipe2(ready, O_CLOEXEC), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto* engine = new test::BuildEngine(root_);
      int seen = 0;
      engine->build(wanted, [&](const api::BuildEvent&, const std::function<void()>&) {
        if (++seen == events && ::write(ready[1], "x", 1) != 1) ::_exit(1);
      });
      ::pause();
    }
    ::close(ready[1]);
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    test::BuildEngine next{root_, "b" + std::to_string(child % 100000)};
    EXPECT_EQ(next.leftovers(), "") << "after event " << events;
    EXPECT_THAT(next.images().check(), IsEmpty()) << "after event " << events;
    for (const auto& entry : next.cache()) EXPECT_EQ(entry.kind, "step");
    api::BuildPrune all;
    all.all = true;
    next.prune(all);
  }
  engine_ = std::make_unique<test::BuildEngine>(root_);
  const auto result = engine_->build(wanted);
  ASSERT_FALSE(result.failure) << result.failure->message();
  EXPECT_THAT(engine_->tree_of(result.image_id), HasSubstr(" w/49 10000 "));
}

}  // namespace
}  // namespace stack
