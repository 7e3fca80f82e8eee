// The words of BuildKit's clients: options of the frontend, failures, and what a Dockerfile needs.
#include "engine/buildkit/frontend_request.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/dockerfile/last_line.h"
#include "base/error.h"
#include "engine/api/build_failure_words.h"
#include "engine/buildkit/build_failure.h"
#include "engine/buildkit/call_result.h"
#include "engine/buildkit/dockerfile_needs.h"
#include "engine/buildkit/lint_result.h"
#include "engine/buildkit/messages/parts.pb.h"

namespace stack::buildkit {
namespace {

using ::testing::HasSubstr;

std::string refusal(const Options& options) {
  try {
    read_frontend_request(options, {});
  } catch (const Error& error) {
    return error.message();
  }
  return {};
}

TEST(FrontendRequest, ReadsWhatClientsSend) {
  const auto request = read_frontend_request({{"filename", "D"},
                                              {"target", "t"},
                                              {"build-arg:A", "1"},
                                              {"build-arg:SOURCE_DATE_EPOCH", "7"},
                                              {"label:l", "v"},
                                              {"add-hosts", "a=1.2.3.4,b=::1"},
                                              {"shm-size", "1024"},
                                              {"ulimit", "nofile=10:20,core=-1"},
                                              {"force-network-mode", "none"},
                                              {"no-cache", "x,y"},
                                              {"image-resolve-mode", "pull"},
                                              {"platform", "linux/amd64"},
                                              {"local-sessionid:context", "s1"},
                                              {"context:base", "docker-image://busybox:1"},
                                              {"context:files", "local:files"}},
                                             {"network.host"});
  EXPECT_EQ(request.spec.dockerfile, "D");
  EXPECT_EQ(request.spec.target, "t");
  EXPECT_EQ(request.spec.args.at("A"), "1");
  EXPECT_EQ(request.spec.source_date_epoch, 7);
  EXPECT_EQ(request.spec.labels.at("l"), "v");
  EXPECT_EQ(request.spec.extra_hosts, (std::vector<std::string>{"a=1.2.3.4", "b=::1"}));
  EXPECT_EQ(request.spec.shm_size, 1024);
  EXPECT_EQ(request.spec.ulimits.at("nofile"), (model::Ulimit{10, 20}));
  EXPECT_EQ(request.spec.ulimits.at("core"), (model::Ulimit{-1, -1}));
  EXPECT_EQ(request.spec.network, "none");
  EXPECT_EQ(request.spec.no_cache_stages, (std::vector<std::string>{"x", "y"}));
  EXPECT_FALSE(request.spec.no_cache);
  EXPECT_TRUE(request.spec.pull);
  EXPECT_EQ(request.spec.entitlements, (std::vector<std::string>{"network.host"}));
  EXPECT_EQ(request.context, (ContextSource{ClientFolder{"context", "s1"}}));
  EXPECT_EQ(request.dockerfile_folder, (ClientFolder{"dockerfile", ""}));
  EXPECT_EQ(request.named_contexts.at("base"), (ContextSource{model::BuildImage{"busybox:1"}}));
  EXPECT_EQ(request.named_contexts.at("files"), (ContextSource{ClientFolder{"files", ""}}));
  EXPECT_TRUE(request.warnings.empty());
}

TEST(FrontendRequest, AnArchiveBringsItsOwnDockerfile) {
  const auto request = read_frontend_request({{"context", "http://buildkit-session/abc"}}, {});
  EXPECT_EQ(request.context, (ContextSource{ClientUpload{"/abc"}}));
  EXPECT_FALSE(request.dockerfile_folder);
  EXPECT_TRUE(read_frontend_request({{"context", "http://buildkit-session/abc"}, {"dockerfilekey", "dockerfile"}}, {})
                  .dockerfile_folder);
  EXPECT_EQ(read_frontend_request({{"context", "https://x/y.git#main"}}, {}).context,
            (ContextSource{model::BuildGit{"https://x/y.git#main"}}));
}

TEST(FrontendRequest, RefusesByName) {
  EXPECT_NE(refusal({{"cgroup-parent", "x"}}).find("cgroup-parent"), std::string::npos);
  EXPECT_NE(refusal({{"shm-size", "many"}}).find("shm-size"), std::string::npos);
  EXPECT_NE(refusal({{"ulimit", "nofile"}}).find("ulimit"), std::string::npos);
  EXPECT_NE(refusal({{"ulimit", "nofile=1:b"}}).find("ulimit"), std::string::npos);
  EXPECT_NE(refusal({{"force-network-mode", "mine"}}).find("force-network-mode"), std::string::npos);
  EXPECT_NE(refusal({{"attest:sbom", ""}}).find("attest:sbom"), std::string::npos);
  const std::string once = R"([{"Type":"registry","Attrs":{"ref":"a/b"}}])";
  EXPECT_EQ(read_frontend_request({{"cache-imports", once}, {"cache-from", "a/b,c"}}, {}).spec.cache_from,
            (std::vector<model::CachePlace>{{.reference = "a/b"}, {.reference = "c"}}));
  EXPECT_TRUE(read_frontend_request({{"cache-imports", "null"}, {"cache-from", ""}}, {}).spec.cache_from.empty());
  for (const char* bad : {R"([{"Type":"gha"}])", R"([{"Type":"local","Attrs":{"src":"/x"}}])", "[1]", "{",
                          R"([{"Type":"registry"}])", R"([{"Type":"registry","Attrs":{"ref":1}}])"})
    EXPECT_THROW(read_frontend_request({{"cache-imports", bad}}, {}), Error) << bad;
  EXPECT_NE(refusal({{"context", "ftp://x/y.tar.gz"}}).find("ftp://x/y.tar.gz"), std::string::npos);
  EXPECT_NE(refusal({{"context:a", "oci-layout://x"}}).find("context:a"), std::string::npos);
  EXPECT_EQ(read_frontend_request({{"of-tomorrow", "x"}}, {}).warnings.size(), 1U);
}

TEST(BuildFailure, ACommandThatFailsIsToldAsBuildKitTellsIt) {
  const GrpcStatus status =
      build_failure(Error{"Dockerfile:2:1: RUN exit 3: the command exited with code 3\n  last words"}, "Dockerfile",
                    "FROM a\nRUN exit 3\n");
  EXPECT_EQ(status.message, "process \"/bin/sh -c exit 3\" did not complete successfully: exit code: 3");
  wire::Status details;
  ASSERT_TRUE(details.ParseFromString(status.details));
  ASSERT_EQ(details.details_size(), 1);
  EXPECT_EQ(details.details(0).type_url(), "github.com/moby/buildkit/errdefs.Source+json");
  EXPECT_NE(details.details(0).value().find("\"ranges\":[{\"end\":{\"line\":2},\"start\":{\"line\":2}}]"),
            std::string::npos);
  EXPECT_EQ(api::step_failure("[2/2] RUN --mount=type=cache,target=/c [\"a\", \"b c\"]",
                              "the command exited with code 1 (out of memory)"),
            "process \"a b c\" did not complete successfully: exit code: 1 (out of memory)");
  EXPECT_EQ(api::step_failure("[2/2] COPY x /", "no such file"), "no such file");
}

TEST(BuildFailure, MistakesAreToldInBuildKitsWords) {
  EXPECT_EQ(api::build_failure_words({3, "COPY a /: \"a\" is not in the build context; there are: b"}),
            "failed to compute cache key: failed to calculate checksum of the build context: \"/a\": not found; there "
            "are: b");
  EXPECT_EQ(api::build_failure_words({2, "error: unknown instruction: FOO\nmore"}),
            "dockerfile parse error on line 2: unknown instruction: FOO");
  EXPECT_EQ(api::build_failure_words({0, "error: target stage \"x\" could not be found"}),
            "target stage \"x\" could not be found");
}

TEST(BuildFailure, AnInstructionEndsWithItsHeredocs) {
  const std::string text = "FROM a\nRUN b && \\\n  c\nRUN <<EOF\nd\nEOF\nRUN e";
  EXPECT_EQ(dockerfile::last_line_of(text, 1), 1);
  EXPECT_EQ(dockerfile::last_line_of(text, 2), 3);
  EXPECT_EQ(dockerfile::last_line_of(text, 4), 6);
  EXPECT_EQ(dockerfile::last_line_of(text, 7), 7);
  EXPECT_EQ(dockerfile::last_line_of(text, 9), 9);
}

TEST(BuildFailure, WhatHasNoPlaceHasNoLines) {
  EXPECT_TRUE(build_failure(Error{"no disk"}, "Dockerfile", "FROM a").details.empty());
  EXPECT_EQ(api::split_place("Dockerfile:x:1: b", "Dockerfile").line, 0);
  EXPECT_EQ(api::split_place("Dockerfile:12:3: b", "Dockerfile").text, "b");
  EXPECT_EQ(api::split_place("Other:12:3: b", "Dockerfile").line, 0);
}

TEST(CallResult, OutlineAndTargetsAsClientsReadThem) {
  const SourceText source{
      "Dockerfile",
      "# A what it is\nARG A=1\nFROM x:$A AS base\nARG B\nRUN --mount=type=secret,id=t,required=true true\n"
      "FROM base\n"};
  const CallResult outline = outline_result(source, "base", {{"B", "2"}});
  EXPECT_THAT(outline.json, HasSubstr(R"("name": "base")"));
  EXPECT_THAT(outline.json, HasSubstr(R"("description": "what it is")"));
  EXPECT_THAT(outline.json, HasSubstr(R"("value": "2")"));
  EXPECT_THAT(outline.json, HasSubstr(R"("required": true)"));
  EXPECT_THAT(outline.json, HasSubstr(R"("line": 5)"));
  const CallResult targets = targets_result(source);
  EXPECT_THAT(targets.json, HasSubstr(R"("name": "base")"));
  EXPECT_THAT(targets.json, HasSubstr(R"("default": true)"));
  EXPECT_THAT(targets.json, HasSubstr(R"("base": "base")"));
  EXPECT_THROW(outline_result(source, "bass", {}), Error);
  EXPECT_THROW(targets_result({"Dockerfile", "FORM x\n"}), Error);
}

TEST(LintResult, MistakesAndDoubts) {
  const SourceText source{"Dockerfile", "FROM a\nMAINTAINER x\nCOPI\n"};
  const LintResult both = lint_result(
      "Dockerfile:3:1: error: unknown instruction \"COPI\"\nDockerfile:2:1: warning: MaintainerDeprecated: Maintainer "
      "instruction is deprecated\n",
      source);
  EXPECT_FALSE(both.clean);
  EXPECT_NE(both.json.find("\"buildError\":{\"location\":"), std::string::npos) << both.json;
  EXPECT_NE(both.json.find("\"detail\":\"Maintainer instruction is deprecated\""), std::string::npos) << both.json;
  EXPECT_NE(both.json.find("\"line\":3"), std::string::npos) << both.json;
  EXPECT_TRUE(lint_result("", source).clean);
  EXPECT_EQ(lint_result("", source).json.find("buildError"), std::string::npos);
}

TEST(DockerfileNeeds, SecretsForRepositories) {
  const std::set<std::string> all{"GIT_AUTH_HEADER", "GIT_AUTH_TOKEN"};
  std::set<std::string> with_host = all;
  with_host.insert({"GIT_AUTH_HEADER.h:8", "GIT_AUTH_TOKEN.h:8"});
  EXPECT_EQ(needs_of("FROM scratch\nADD https://h:8/a.git#main /a\n").secrets, with_host);
  EXPECT_EQ(needs_of("FROM scratch\nARG A\nADD $A /a\n").secrets, all);
  EXPECT_TRUE(needs_of("FROM scratch\nADD https://h/a.tar b /a\n").secrets.empty());
}

TEST(DockerfileNeeds, SecretsAgentsAndRegistries) {
  const auto needs = needs_of(
      "FROM registry.example/a AS one\n"
      "RUN --mount=type=secret,id=tok --mount=type=secret,target=/run/key cat /run/secrets/tok\n"
      "RUN --mount=type=ssh ssh x\nRUN --mount=type=ssh,id=other ssh x\n"
      "FROM $BASE\nCOPY --from=busybox /a /\nCOPY --from=one /a /\n");
  EXPECT_EQ(needs.secrets, (std::set<std::string>{"key", "tok"}));
  EXPECT_EQ(needs.agents, (std::set<std::string>{"default", "other"}));
  EXPECT_TRUE(needs.registries.contains("registry.example"));
  EXPECT_TRUE(needs.registries.contains("docker.io"));
}

}  // namespace
}  // namespace stack::buildkit
