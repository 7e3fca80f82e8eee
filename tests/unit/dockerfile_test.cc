// The Dockerfile room: places, forms, bounds. What texts mean is compared with BuildKit in tests/golden/dockerfile.
#include <gtest/gtest.h>

#include "base/dockerfile/base_image.h"
#include "base/dockerfile/expand_instruction.h"
#include "base/dockerfile/ignore_file.h"
#include "base/dockerfile/outline.h"

namespace stack::dockerfile {
namespace {

Dockerfile parsed(std::string_view text) {
  const Parsed result = parse_dockerfile(text);
  EXPECT_FALSE(has_errors(result.problems)) << render(result.problems, "Dockerfile");
  return result.dockerfile;
}

std::string problems_of(std::string_view text) { return render(parse_dockerfile(text).problems, "Dockerfile"); }

template <typename Type>
const Type& get(const Dockerfile& file, std::size_t index) {
  return std::get<Type>(file.stages.at(0).instructions.at(index).value);
}

TEST(DockerfilePlaces, WordsKnowTheirLineAndColumn) {
  const auto file =
      parsed("# x\n\nFROM scratch AS base\n  COPY --chown=a \\\n # remark\n   b \\\n\tc/\nENV \xC3\xA9=1 N=\"x y\"\n");
  EXPECT_EQ(file.stages[0].base.range, (Range{{3, 6}, {3, 13}}));
  EXPECT_EQ(file.stages[0].name->range, (Range{{3, 17}, {3, 21}}));
  const auto& copy = get<Copy>(file, 0);
  EXPECT_EQ(copy.chown->range, (Range{{4, 8}, {4, 17}}));
  EXPECT_EQ(copy.sources[0].range, (Range{{6, 4}, {6, 5}}));
  EXPECT_EQ(copy.destination.range, (Range{{7, 2}, {7, 4}}));
  EXPECT_EQ(file.stages[0].instructions[0].range, (Range{{4, 3}, {7, 4}}));
  // Columns are characters, not bytes.
  EXPECT_EQ(get<Env>(file, 1).pairs[1].value.range, (Range{{8, 11}, {8, 16}}));
}

TEST(DockerfilePlaces, ExecFormWordsKnowTheirs) {
  const auto file = parsed("FROM scratch\nCMD [\"a\", \\\n  \"b\\\"c\"]\n");
  const auto& words = get<Cmd>(file, 0).command.words;
  EXPECT_EQ(words[0], (Word{"a", {{2, 6}, {2, 9}}}));
  EXPECT_EQ(words[1], (Word{"b\"c", {{3, 3}, {3, 9}}}));
}

TEST(DockerfilePlaces, AByteOrderMarkAndCarriageReturnsAreNoPartOfIt) {
  const auto file = parsed("\xEF\xBB\xBF# escape=`\r\nFROM scratch\r\nCMD a `\r\n  b\r\n");
  EXPECT_EQ(file.directives.escape, '`');
  EXPECT_EQ(get<Cmd>(file, 0).command.words[0].text, "a   b");
}

TEST(DockerfileDirectives, AreReadInFrontOfEverythingElse) {
  const auto file = parsed(
      "#!/usr/bin/env docker\n# syntax = docker/dockerfile:1 \n# check=skip=all;error=true\n# escape=`\nFROM "
      "scratch\n");
  EXPECT_EQ(file.directives.syntax, (Word{"docker/dockerfile:1", {{2, 12}, {2, 31}}}));
  EXPECT_EQ(file.directives.check->text, "skip=all;error=true");
  EXPECT_EQ(file.directives.escape, '\\') << "a line #! hides the escape directive, as for BuildKit";
  EXPECT_FALSE(parsed("# remark\n# syntax=x\nFROM scratch\n").directives.syntax);
  EXPECT_FALSE(parsed("# unknown=1\n# syntax=x\nFROM scratch\n").directives.syntax);
}

TEST(DockerfileMistakes, AllOfThemAreFoundInOneRun) {
  EXPECT_EQ(
      problems_of("FROM scratch AS 1\nCOPI a b\nCOPY --form=x a b\nRUN --mount=type=cash,target=/x y\nENV A\nEXPOSE\n"),
      "Dockerfile:1:17: error: \"1\" is not a valid stage name; a name begins with a letter; digits, \"-\", \"_\" and "
      "\".\" may follow\n"
      "Dockerfile:2:1: error: unknown instruction: COPI; did you mean \"COPY\"?\n"
      "Dockerfile:3:6: error: unknown flag --form of COPY; did you mean \"from\"?\n"
      "Dockerfile:4:5: error: unknown mount type \"cash\"; the types are bind, cache, tmpfs, secret or ssh\n"
      "Dockerfile:5:5: error: ENV has no value for \"A\"; write ENV NAME=value\n"
      "Dockerfile:6:1: error: EXPOSE names no port; write EXPOSE 80 or EXPOSE 53/udp\n");
  EXPECT_EQ(problems_of("RUN x\nRUN y\n"),
            "Dockerfile:1:1: error: RUN stands in front of the first FROM; put FROM IMAGE above it; only ARG may come "
            "before\n");
  EXPECT_EQ(problems_of("FROM scratch\nRUN <<A\nx\n"),
            "Dockerfile:2:5: error: the here-document \"A\" has no end; put a line \"A\" behind its content\n");
}

TEST(DockerfileMistakes, ControlCharactersComeOutEscaped) {
  EXPECT_EQ(problems_of("FROM scratch\nX\x1b[2J y\n").find('\x1b'), std::string::npos);
}

TEST(DockerfileBounds, HugeTextsAreRefused) {
  EXPECT_NE(problems_of("FROM scratch\n" + std::string(kTextMax, 'x')).find("2 MiB"), std::string::npos);
  EXPECT_NE(problems_of("FROM scratch\nRUN " + std::string(kLineMax, 'x') + "\n").find("65535"), std::string::npos);
  std::string many = "FROM scratch\n";
  for (std::size_t i = 0; i < kInstructionsMax; ++i) many += "RUN x\n";
  EXPECT_NE(problems_of(many).find("20000 instructions"), std::string::npos);
}

TEST(DockerfileBounds, ExpansionsDoNotExplode) {
  const Lookup large = [](std::string_view) { return std::string(kExpansionMax / 2 + 1, 'x'); };
  EXPECT_TRUE(expand("$A", large).text.size() > kExpansionMax / 2);
  EXPECT_TRUE(expand("$A$A", large).error);
  EXPECT_TRUE(expand("\"$A$A\"", large).error);
  EXPECT_TRUE(expand("${A//x/yyy}", large).error) << "a replacement that grows counts as well";
  EXPECT_TRUE(expand("${A##" + std::string(1000, '*') + "}", large).error) << "a pattern has a bound";
  std::string nested;
  for (std::size_t i = 0; i <= kNestingMax; ++i) nested += "${U:-";
  nested += std::string(kNestingMax + 1, '}');
  EXPECT_NE(expand(nested, [](std::string_view) { return std::nullopt; }).error.value_or("").find("deeper"),
            std::string::npos);
}

TEST(DockerfileRun, MountsWaitForTheirVariables) {
  auto file = parsed("FROM scratch\nRUN --mount=type=$T,target=/x,id=${I:-a} --device=vendor.com/c=$D y\n");
  Instruction& run = file.stages[0].instructions[0];
  EXPECT_FALSE(std::get<dockerfile::Run>(run.value).mounts[0].resolved);
  const Lookup lookup = [](std::string_view name) {
    return name == "T" ? std::optional<std::string>{"cache"} : std::nullopt;
  };
  std::vector<std::string> unset;
  EXPECT_FALSE(expand_instruction(run, lookup, '\\', &unset));
  const RunMount& mount = std::get<dockerfile::Run>(run.value).mounts[0];
  EXPECT_TRUE(mount.resolved);
  EXPECT_EQ(mount.type, MountType::cache);
  EXPECT_EQ(mount.id, "a");
  EXPECT_FALSE(mount.read_only) << "a cache can be written to";
  EXPECT_EQ(unset, (std::vector<std::string>{"I", "D"}));
}

TEST(DockerfileRun, EveryOptionOfAMountHasItsMeaning) {
  const auto file = parsed(
      "FROM scratch\nRUN --mount=type=secret,id=s,dst=/s,env=TOKEN,required,mode=0440,uid=5,gid=6 "
      "--mount=type=tmpfs,destination=/t,size=2m "
      "--mount=type=cache,target=/c,sharing=private,ro --mount=from=base,src=a,target=/b,rw=true --mount=type=ssh "
      "--security=insecure x\n");
  const auto& mounts = get<dockerfile::Run>(file, 0).mounts;
  EXPECT_EQ(mounts[0].env, "TOKEN");
  EXPECT_TRUE(mounts[0].required);
  EXPECT_EQ(mounts[0].mode, 0440u);
  EXPECT_EQ(mounts[0].gid, 6u);
  EXPECT_TRUE(mounts[0].read_only);
  EXPECT_EQ(mounts[1].size, 2u << 20);
  EXPECT_FALSE(mounts[1].read_only);
  EXPECT_EQ(mounts[2].sharing, CacheSharing::private_);
  EXPECT_TRUE(mounts[2].read_only);
  EXPECT_EQ(mounts[3].from, "base");
  EXPECT_FALSE(mounts[3].read_only);
  EXPECT_EQ(mounts[4].type, MountType::ssh);
  EXPECT_EQ(get<dockerfile::Run>(file, 0).security->text, "insecure");
}

TEST(DockerfileHeredocs, SeveralOfOneInstructionFollowEachOther) {
  const auto file = parsed("FROM scratch\nRUN cat 3<<A <<-\"B\" && x\n$one\nA\n\ttwo\n\tB\nCMD z\n");
  const auto& command = get<dockerfile::Run>(file, 0).command;
  EXPECT_EQ(command.words[0].text, "cat 3<<A <<-\"B\" && x");
  ASSERT_EQ(command.heredocs.size(), 2u);
  EXPECT_EQ(command.heredocs[0].content, "$one\n");
  EXPECT_EQ(command.heredocs[0].descriptor, 3u);
  EXPECT_TRUE(command.heredocs[0].expand);
  EXPECT_EQ(command.heredocs[0].first_line, 3u);
  EXPECT_EQ(command.heredocs[0].range, (Range{{2, 9}, {2, 13}}));
  EXPECT_EQ(command.heredocs[1].content, "\ttwo\n") << "a shell takes the tabs away";
  EXPECT_TRUE(command.heredocs[1].strip_tabs);
  EXPECT_FALSE(command.heredocs[1].expand);
  EXPECT_EQ(file.stages[0].instructions.size(), 2u);
}

TEST(DockerfileStages, DescriptionsComeFromTheCommentAbove) {
  const auto file =
      parsed("# V the version\nARG V=1\n# build compiles it\n# more\nFROM scratch AS build\n# V here\nARG V W\n");
  EXPECT_EQ(std::get<Arg>(file.global_args[0].value).declarations[0].description, "the version");
  EXPECT_EQ(file.stages[0].description, "compiles it");
  EXPECT_EQ(get<Arg>(file, 0).declarations[0].description, "here");
  EXPECT_EQ(get<Arg>(file, 0).declarations[1].description, "");
}

TEST(DockerfileStages, ABaseIsFollowedToItsImage) {
  const auto file = parsed(
      "ARG TAG=3 IMAGE=alpine:$TAG\nFROM $IMAGE AS one\nFROM One AS two\nFROM debian\nFROM two AS four\nFROM $NOTHING "
      "AS five\n");
  EXPECT_EQ(base_image(file, "four", {}, {}), "alpine:3");
  EXPECT_EQ(base_image(file, "four", {}, {{"TAG", "9"}}), "alpine:9");
  EXPECT_EQ(base_image(file, "2", {}, {}), std::nullopt);  // a target is a name
  EXPECT_EQ(base_image(file, "", {}, {}), std::nullopt) << "the last stage's base is not known";
  EXPECT_EQ(base_image(file, "six", {}, {}), std::nullopt);
  EXPECT_EQ(base_image(parsed("FROM a AS a\n"), "a", {}, {}), "a") << "a stage is not its own base";
}

TEST(DockerfileStages, ProxiesAreKnownWithoutArg) {
  EXPECT_TRUE(is_predefined_argument("HTTP_PROXY"));
  EXPECT_TRUE(is_predefined_argument("no_proxy"));
  EXPECT_FALSE(is_predefined_argument("Http_Proxy"));
  EXPECT_FALSE(is_predefined_argument("PROXY"));
}

TEST(DockerfileInstruction, StandsAlone) {
  EXPECT_EQ(std::get<Cmd>(parse_instruction("cmd [\"a\"]").instruction->value).command.words[0].text, "a");
  for (const char* bad : {"", "FROM x", "CMD a\nCMD b", "# only a comment"}) {
    const auto result = parse_instruction(bad);
    EXPECT_FALSE(result.instruction) << bad;
    EXPECT_TRUE(has_errors(result.problems)) << bad;
  }
}

TEST(DockerfileIgnore, TheFileBesideTheDockerfileComesFirst) {
  EXPECT_EQ(ignore_file_names("build/app.Dockerfile")[0], "build/app.Dockerfile.dockerignore");
  EXPECT_EQ(ignore_file_names("Dockerfile")[1], ".dockerignore");
}

TEST(DockerfileIgnore, MistakesHaveTheirLine) {
  Problems problems;
  const auto ignore = IgnoreFile::parse("# remark\n[a\n!\nb\\\n*.o\n", problems);
  EXPECT_EQ(ignore.patterns(), (std::vector<std::string>{"*.o"}));
  EXPECT_EQ(
      render(problems, ".dockerignore"),
      ".dockerignore:2:1: error: \"[a\" is not a pattern; close the brackets, and escape \"[\" and \"\\\" with \"\\\"\n"
      ".dockerignore:3:1: error: \"!\" has no pattern; write !PATH\n"
      ".dockerignore:4:1: error: \"b\\\" is not a pattern; close the brackets, and escape \"[\" and \"\\\" with "
      "\"\\\"\n");
}

// As `docker buildx build --call=outline` lists them.
std::string outlined(const std::string& text, const std::string& target,
                     const std::map<std::string, std::string>& given = {}) {
  const Outline outline = outline_of(parse_dockerfile(text).dockerfile, target, given);
  std::string all;
  for (const auto& each : outline.arguments)
    all += each.name + "=" + each.value + (each.description.empty() ? "" : " (" + each.description + ")") + " ";
  for (const auto& each : outline.secrets) all += "secret:" + each.id + " ";
  for (const auto& each : outline.agents) all += "agent:" + each.id + " ";
  return all;
}

TEST(Outline, HasWhatTheStagesBehindTheTargetTake) {
  const std::string text = R"(ARG BASE=busybox:latest
# PLAT which one
ARG PLAT=x
ARG UNUSED=1
FROM scratch AS base
# INBASE of the base
ARG INBASE=b1
RUN --mount=type=secret,id=tok true
FROM $BASE AS mid
ARG MID
RUN --mount=type=ssh true
FROM scratch AS mount1
ARG M1=3
FROM base AS lib
# LIBV version of lib
ARG LIBV=${INBASE}-2
ARG PLAT
COPY --from=mid /a /a
RUN --mount=type=bind,from=mount1,target=/m --mount=type=secret,id=req,required=true true
FROM scratch AS other
ARG OTHER
FROM lib AS final
# FIN finish
ARG FIN=$LIBV
ARG HTTP_PROXY
ENV X=$FIN
ARG LIBV
)";
  EXPECT_EQ(outlined(text, ""),
            "BASE=busybox:latest PLAT=x (which one) INBASE=b1 (of the base) MID= M1=3 FIN=b1-2 (finish) HTTP_PROXY= "
            "LIBV= secret:tok secret:req agent:default ");
  EXPECT_EQ(outlined(text, "lib"),
            "BASE=busybox:latest PLAT=x (which one) INBASE=b1 (of the base) MID= M1=3 LIBV=b1-2 (version of lib) "
            "secret:tok secret:req agent:default ");
  EXPECT_EQ(outlined(text, "mid"), "BASE=busybox:latest MID= agent:default ");
  EXPECT_EQ(outlined(text, "base"), "INBASE=b1 (of the base) secret:tok ");
  EXPECT_EQ(outlined(text, "other"), "OTHER= ");
  EXPECT_EQ(outlined(text, "final", {{"FIN", "q"}, {"LIBV", "9"}}),
            "BASE=busybox:latest PLAT=x (which one) INBASE=b1 (of the base) MID= M1=3 FIN=q (finish) HTTP_PROXY= "
            "LIBV=9 secret:tok secret:req agent:default ");
}

TEST(Outline, HasTheLastDeclarationOfAName) {
  const std::string text = R"(ARG A=1
ARG C=$A
ARG D=2
FROM scratch AS one
ARG TARGETARCH
ARG D=3
ENV Q=q
ARG Q2=$Q
FROM scratch
ARG C
ARG D
ARG D=$D-x
COPY --from=0 /a /a
RUN --mount=type=secret,id=b --mount=type=secret,id=a true
)";
  EXPECT_EQ(outlined(text, ""), "A=1 C=1 Q2=q D=2-x secret:b secret:a ");
  EXPECT_EQ(outlined(text, "one"), "D=3 Q2=q ");
}

}  // namespace
}  // namespace stack::dockerfile
