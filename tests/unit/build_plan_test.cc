// Plans, cache keys and their reasons, modes, owners: the pure half of the builder.
#include "engine/build/build_plan.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/build/cache_key.h"
#include "engine/build/cache_prune.h"
#include "engine/build/cache_record.h"
#include "engine/build/digest_memo.h"
#include "engine/build/image_document.h"
#include "engine/build/mode_change.h"
#include "engine/build/owner_names.h"
#include "engine/image/digest.h"

namespace stack::build {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const image::Platform kHost{"linux", "amd64", ""};

BaseImages images(std::vector<std::string> on_build = {}) {
  BaseImage base;
  base.image.os = "linux";
  base.image.architecture = "amd64";
  base.image.layers = {image::sha256_digest("base")};
  base.image.config.env = {"PATH=/bin"};
  base.image.config.on_build = std::move(on_build);
  return {{WantedImage{"base", kHost}.key(), base}};
}

Planned plan(const std::string& text, const model::BuildSpec& spec = {}, const BaseImages& base = images()) {
  return plan_build(dockerfile::parse_dockerfile(text).dockerfile, spec, base, {.host = kHost, .emulated = {}});
}

// "name <- inputs", one a node of the result.
std::string drawn(const Planned& planned) {
  if (!planned.plan) return dockerfile::render(planned.problems, "Dockerfile");
  std::string text;
  for (const NodeId id : needed_nodes(*planned.plan)) {
    text += std::to_string(id) + " " + planned.plan->nodes[id].name;
    for (const NodeId input : inputs_of(planned.plan->nodes[id])) text += " <- " + std::to_string(input);
    text += "\n";
  }
  return text;
}

TEST(BuildPlan, RunsProgramsOfOtherPlatformsWhereThereIsAnInterpreter) {
  const image::Platform arm{"linux", "arm64", ""};
  model::BuildSpec spec;
  spec.platforms = {"linux/arm64"};
  const auto text = dockerfile::parse_dockerfile("FROM base\nRUN make\n").dockerfile;
  const BaseImages base{{WantedImage{"base", arm}.key(), images().begin()->second}};
  EXPECT_TRUE(plan_build(text, spec, base, {.host = kHost, .emulated = {arm}}).plan);
}

TEST(BuildPlan, HoldsWhatTheTargetNeeds) {
  EXPECT_EQ(drawn(plan("FROM base AS one\nRUN make\nFROM base AS unused\nRUN nothing\n"
                       "FROM scratch\nCOPY --from=one /a /b\nENV A=1\nWORKDIR /w\n")),
            "0 FROM scratch\n"
            "1 [one 1/2] FROM docker.io/library/base:latest\n"
            "2 [one 2/2] RUN make <- 1\n"
            "3 [stage-2 1/2] COPY --from=one /a /b <- 0 <- 2\n"
            "4 [stage-2 2/2] WORKDIR /w <- 3\n");
  EXPECT_EQ(drawn(plan("ARG NAME=base\nFROM $NAME AS only\nRUN make\n")),
            "0 [1/2] FROM docker.io/library/base:latest\n"
            "1 [2/2] RUN make <- 0\n");
}

TEST(BuildPlan, SaysWhichImagesAreMissing) {
  const Planned planned =
      plan("FROM base\nCOPY --from=tools:1 /a /\nRUN --mount=type=bind,from=other,target=/o true\n");
  EXPECT_FALSE(planned.plan);
  ASSERT_EQ(planned.missing.size(), 2u);
  EXPECT_EQ(planned.missing.front().reference, "tools:1");
}

TEST(BuildPlan, PlaysTriggersOfTheBase) {
  const Planned planned = plan("FROM base\nRUN own\n", {}, images({"RUN triggered", "ENV T=1"}));
  ASSERT_TRUE(planned.plan);
  EXPECT_THAT(drawn(planned), HasSubstr("[2/3] RUN triggered <- 0\n2 [3/3] RUN own <- 1"));
  EXPECT_THAT(planned.plan->image.config.on_build, IsEmpty());
  EXPECT_EQ(std::get<RunCommand>(planned.plan->nodes[2].what).environment.at("T"), "1");
}

TEST(BuildPlan, BeginsAStageWithTheEnvironmentOfItsBase) {
  const std::string text =
      "ARG G=g\nFROM base AS one\nENV A=e\nARG A=a\nARG B=b\nARG G\nRUN parent\n"
      "FROM one\nRUN child\nARG A\nRUN again\n";
  for (const std::string given : {"", "cli"}) {
    model::BuildSpec spec;
    if (!given.empty()) spec.args["A"] = given;
    const Planned planned = plan(text, spec);
    ASSERT_TRUE(planned.plan);
    const auto seen = [&](std::size_t node) {
      const auto& all = std::get<RunCommand>(planned.plan->nodes[node].what).environment;
      return all.at("A") + all.at("B") + all.at("G");
    };
    EXPECT_EQ(seen(1), given.empty() ? "abg" : "clibg");
    EXPECT_EQ(seen(2), "ebg");
    EXPECT_EQ(seen(3), given.empty() ? "ebg" : "clibg");
    const auto& history = planned.plan->history;
    ASSERT_GE(history.size(), 3u);
    EXPECT_EQ(history[history.size() - 2].created_by, given.empty() ? "ARG A" : "ARG A=cli");
    EXPECT_THAT(history[history.size() - 3].created_by, HasSubstr("RUN |3 A=e B=b G=g "));
  }
}

TEST(BuildPlan, NotesPortsAndCommandsAsBuildKitDoes) {
  const Planned planned = plan("FROM base AS one\nCMD x\nFROM one\nEXPOSE 90/sctp 1000 7-9 53/udp 8\n");
  ASSERT_TRUE(planned.plan);
  EXPECT_TRUE(planned.plan->image.config.args_escaped);
  EXPECT_FALSE(plan("FROM base\nENTRYPOINT [\"x\"]\n").plan->image.config.args_escaped);
  EXPECT_EQ(planned.plan->history.back().created_by, "EXPOSE [1000/tcp 53/udp 7/tcp 8/tcp 9/tcp 8/tcp 90/sctp]");
}

TEST(BuildPlan, RefusesWhatCannotBeWithItsPlace) {
  const auto wrong = [](const std::string& text, const model::BuildSpec& spec = {}) { return drawn(plan(text, spec)); };
  EXPECT_THAT(wrong("FROM base\nCOPY --from=1 a b\n"),
              HasSubstr("Dockerfile:2:6: error: stage 1 does not stand above"));
  EXPECT_THAT(wrong("FROM base AS own\nCOPY --from=OWN a b\n"),
              HasSubstr("Dockerfile:2:6: error: circular dependency detected on stage: own"));
  EXPECT_THAT(wrong("FROM base\nCOPY https://x.test/a /a\n"),
              HasSubstr("Dockerfile:2:6: error: COPY fetches nothing: \"https://x.test/a\""));
  EXPECT_THAT(wrong("FROM base\nRUN --network=host true\n"), HasSubstr("allow the entitlement network.host"));
  EXPECT_THAT(wrong("FROM base\nRUN --security=insecure true\n"), HasSubstr("allow the entitlement security.insecure"));
  EXPECT_THAT(wrong("FROM $NOTHING\n"), HasSubstr("is empty once its variables are put in"));
  model::BuildSpec other;
  other.platforms = {"linux/arm64"};
  BaseImages arm = images();
  arm[WantedImage{"base", {"linux", "arm64", ""}}.key()] = arm.begin()->second;
  EXPECT_THAT(drawn(plan("FROM base\nRUN true\n", other, arm)),
              HasSubstr("no interpreter for linux/arm64 (binfmt_misc)"));
  EXPECT_TRUE(plan("FROM base\nCOPY a b\n", other, arm).plan);
}

TEST(BuildPlan, HasOneSyntax) {
  EXPECT_THAT(plan("# syntax=docker/dockerfile:1.7-labs\nFROM base\n").problems, IsEmpty());
  EXPECT_THAT(drawn(plan("# syntax=other.test/buildpack:1\nFROM base\n")),
              HasSubstr("Dockerfile:1:10: error: the syntax"));
  const Planned fork = plan("# syntax=other.test/dockerfile:2\nFROM base\n");
  EXPECT_TRUE(fork.plan);
  ASSERT_EQ(fork.problems.size(), 1u);
  EXPECT_THAT(fork.problems.front().message, HasSubstr("has no effect"));
}

TEST(BuildPlan, KnowsNamedContexts) {
  model::BuildSpec spec;
  spec.named_contexts["files"] = model::BuildFolder{"/files"};
  spec.named_contexts["alias"] = model::BuildImage{"base"};
  const Planned planned = plan("FROM alias\nCOPY --from=files a /\n", spec);
  ASSERT_TRUE(planned.plan);
  EXPECT_EQ(std::get<std::string>(std::get<CopyFiles>(planned.plan->nodes[1].what).from), "files");
}

// --- keys ------------------------------------------------------------------------------------------------------------------------------

StepKey key_of(const std::string& text, std::size_t node, const model::BuildSpec& spec = {},
               const std::vector<ContentDigest>& reads = {}) {
  const Planned planned = plan(text, spec);
  return step_key(planned.plan->nodes.at(node), "before", reads);
}

TEST(CacheKey, DependsOnWhatTheStepSees) {
  const std::string file = "FROM base\nARG A=1\nUSER web\nWORKDIR /w\nRUN make\n";
  const std::string key = key_of(file, 2).key;
  EXPECT_EQ(key_of("# other\n" + file + "CMD x\n", 2).key, key);
  EXPECT_NE(key_of("FROM base\nARG A=2\nUSER web\nWORKDIR /w\nRUN make\n", 2).key, key);
  EXPECT_NE(key_of("FROM base\nARG A=1\nWORKDIR /w\nRUN make\n", 2).key, key);
  EXPECT_NE(key_of("FROM base\nARG A=1\nUSER web\nWORKDIR /v\nRUN make\n", 2).key, key);
  EXPECT_NE(key_of("FROM base\nARG A=1\nUSER web\nWORKDIR /w\nRUN make \n", 2).key.size(), 0u);
}

TEST(CacheKey, DependsOnTheOrderInWhichFilesLand) {
  const std::vector<ContentDigest> reads{{.digest = "context", .files = {}}, {.digest = "web", .files = {}}};
  const std::string key = key_of("FROM base\nADD a http://host/a /d/\n", 1, {}, reads).key;
  EXPECT_NE(key_of("FROM base\nADD http://host/a a /d/\n", 1, {}, reads).key, key);
  EXPECT_EQ(key_of("FROM base\nADD a http://host/a /d/\n", 1, {}, reads).key, key);
}

TEST(CacheKey, DoesNotDependOnSecretsAndProxies) {
  const std::string file = "FROM base\nRUN --mount=type=secret,id=s make\n";
  model::BuildSpec other;
  other.secrets = {{"s", "value"}};
  other.proxies = {{"http_proxy", "http://p"}};
  other.args = {{"HTTPS_PROXY", "http://q"}};
  EXPECT_EQ(key_of(file, 1).key, key_of(file, 1, other).key);
}

TEST(CacheKey, HidesValuesInItsParts) {
  const StepKey key = key_of("FROM base\nARG TOKEN=topsecret\nRUN make\n", 1);
  for (const KeyPart& part : key.parts) EXPECT_EQ(part.value.find("topsecret"), std::string::npos) << part.name;
}

TEST(CacheKey, SaysWhyAStepIsPlayed) {
  const Planned planned = plan("FROM base\nCOPY src /app\n");
  const Node& node = planned.plan->nodes[1];
  const auto with = [&](ListedFiles files) {
    return step_key(node, "before",
                    {{image::sha256_digest(std::to_string(files.size()) + files.begin()->second), files, true}});
  };
  const StepKey old = with({{"src/a", "1"}, {"src/b", "1"}});
  const auto reason = [&](const StepKey& now) { return miss_reason(node, old.parts, old.files, now); };
  EXPECT_EQ(reason(with({{"src/a", "2"}, {"src/b", "1"}})), "COPY src /app: src/a changed");
  EXPECT_EQ(reason(with({{"src/a", "1"}})), "COPY src /app: src/b is gone");
  EXPECT_EQ(reason(with({{"src/a", "2"}, {"src/b", "2"}, {"src/c", "1"}})), "COPY src /app: src/a changed, and 2 more");
  EXPECT_EQ(reason(step_key(node, "other", {})), "COPY src /app: what it builds on changed");
  EXPECT_EQ(reason(old), "COPY src /app: its result is not in the cache any more");
}

TEST(CacheRecord, IsReadAsItWasWritten) {
  CacheRecord record{
      .key = image::sha256_digest("k"), .slot = "s", .description = "d \xff", .layers = {image::sha256_digest("l")}};
  record.parts = {{"the command", "x"}};
  record.files = {{"a", "1"}};
  record.description = "d";
  EXPECT_EQ(read_cache_record(write_cache_record(record)), record);
  EXPECT_ANY_THROW(read_cache_record("{}"));
  EXPECT_ANY_THROW(read_cache_record("{\"version\":1,\"key\":\"../x\"}"));
}

TEST(CachePrune, TakesTheLongestUnusedFirst) {
  const auto at = [](int hours) { return Wall{std::chrono::hours{hours}}; };
  const std::vector<Prunable> entries{
      {"new", 10, at(9)}, {"old", 10, at(1)}, {"used", 10, at(2), true}, {"shared", 10, at(3), false, true}};
  EXPECT_THAT(choose_prunable(entries, {}, at(10)), ElementsAre("old", "new"));
  EXPECT_THAT(choose_prunable(entries, {.all = true}, at(10)), ElementsAre("old", "shared", "new"));
  EXPECT_THAT(choose_prunable(entries, {.older_than = std::chrono::hours{5}}, at(10)), ElementsAre("old"));
  EXPECT_THAT(choose_prunable(entries, {.keep_bytes = 30}, at(10)), ElementsAre("old"));
  EXPECT_THAT(choose_prunable(entries, {.ids = {"sha"}}, at(10)), ElementsAre("shared"));
}

TEST(CachePrune, EndsWhenEnoughIsFreeOrLittleEnoughIsUsed) {
  std::vector<Prunable> entries;
  for (const char* id : {"1", "2", "3", "4"}) entries.push_back({id, 10, Wall{std::chrono::hours{id[0] - '0'}}});
  const auto chosen = [&](const PruneWish& wish) {
    return choose_prunable(entries, wish, Wall{std::chrono::hours{9}});
  };
  EXPECT_THAT(chosen({.most_bytes = 25}), ElementsAre("1", "2"));
  EXPECT_THAT(chosen({.most_bytes = 100}), testing::IsEmpty());
  EXPECT_THAT(chosen({.free_bytes = 50, .free_now = 35}), ElementsAre("1", "2"));
  EXPECT_THAT(chosen({.free_bytes = 50, .free_now = 50}), testing::IsEmpty());
  EXPECT_THAT(chosen({.free_bytes = 500, .free_now = 50}), ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(chosen({.keep_bytes = 30, .free_bytes = 500, .free_now = 50}), ElementsAre("1"));
  EXPECT_THAT(chosen({.keep_bytes = 30, .most_bytes = 10}), ElementsAre("1"));
}

// --- values ----------------------------------------------------------------------------------------------------------------------------

TEST(ModeChange, IsWhatChmodSays) {
  const auto applied = [](const char* text, mode_t mode, bool folder = false) {
    return ModeChange::parse(text)->apply(mode, folder);
  };
  EXPECT_EQ(applied("0750", 0644), 0750u);
  EXPECT_EQ(applied("u+x,go-r", 0644), 0700u);
  EXPECT_EQ(applied("a=rX", 0644), 0444u);
  EXPECT_EQ(applied("a=rX", 0644, true), 0555u);
  EXPECT_EQ(applied("g=u,o=g", 0740), 0777u);
  for (const char* wrong : {"", "9", "u", "x+r", "u+q", "77777", "u+x,"}) {
    EXPECT_FALSE(ModeChange::parse(wrong)) << wrong;
  }
}

TEST(OwnerNames, AreTheImages) {
  const std::string passwd = "root:x:0:0::/:/bin/sh\nweb:x:33:44::/:/bin/sh\nbroken\n", group = "staff:x:50:\n";
  EXPECT_EQ(parse_owner("web", passwd, group), (Owner{33, 44, ""}));
  EXPECT_EQ(parse_owner("web:staff", passwd, group), (Owner{33, 50, ""}));
  EXPECT_EQ(parse_owner("7", passwd, group), (Owner{7, 7, ""}));
  EXPECT_EQ(parse_owner(":staff", passwd, group), (Owner{0, 50, ""}));
  EXPECT_EQ(parse_owner("nobody", passwd, group), (Owner{0, 0, "nobody"}));
}

TEST(ImageHistory, GivesStepsWithoutALayerTheTimeOfTheOneBefore) {
  const auto at = [](int seconds) { return Wall{std::chrono::seconds{seconds}}; };
  BuildPlan planned;
  planned.base_history = {{.created = at(1), .created_by = "base"}};
  planned.history = {{"ENV", "", {}}, {"RUN a", "", 0}, {"CMD", "", {}}, {"RUN b", "", 1}, {"USER", "", {}}};
  std::vector<Wall> times;
  for (const auto& step : complete_history(planned, {at(5), at(9)}, at(100))) times.push_back(step.created);
  EXPECT_THAT(times, ElementsAre(at(1), at(5), at(5), at(5), at(9), at(9)));
}

TEST(DigestMemo, RemembersWhatHasNotChangedAndIsNotFresh) {
  const std::string folder = ::testing::TempDir() + "digest-memo";
  struct stat about {};
  about.st_ino = 7;
  about.st_size = 3;
  about.st_mtim.tv_sec = about.st_ctim.tv_sec = 100;
  const auto at = [](int seconds) { return Wall{std::chrono::seconds{seconds}}; };
  {
    DigestMemo memo;
    memo.put("old\nname", about, "d1", at(110));
    memo.put("fresh", about, "d2", at(101));
    memo.save(folder);
  }
  DigestMemo memo;
  memo.load(folder);
  EXPECT_EQ(memo.find("old\nname", about), "d1");
  EXPECT_EQ(memo.find("fresh", about), std::nullopt);
  about.st_ctim.tv_nsec = 1;
  EXPECT_EQ(memo.find("old\nname", about), std::nullopt);
  std::ofstream{folder} << "digests 2\n7 0 broken";
  memo.load(folder);
  EXPECT_EQ(memo.find("old\nname", about), std::nullopt);
  std::filesystem::remove(folder);
}

// Its digests were of the contents alone.
TEST(DigestMemo, DoesNotReadThatOfAnOlderEngine) {
  const std::string file = ::testing::TempDir() + "digest-memo-older";
  struct stat about {};
  about.st_ino = 7;
  for (const char* version : {"1", "2"}) {
    std::ofstream{file} << "digests " << version << "\n7 0 0 0 0 d1 1 a\n";
    DigestMemo memo;
    memo.load(file);
    EXPECT_EQ(memo.find("a", about).has_value(), version == std::string_view{"2"});
  }
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace stack::build
