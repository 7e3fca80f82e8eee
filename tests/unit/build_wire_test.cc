// A build's request, events and Docker's dialect of both, as texts.
#include <gtest/gtest.h>

#include "base/base64.h"
#include "engine/api/build_wire_json.h"
#include "engine/api/docker_build_json.h"

namespace stack::api {
namespace {

using namespace std::chrono_literals;

model::BuildSpec full_spec() {
  return {.context = model::BuildFolder{"/src"},
          .named_contexts = {{"base", model::BuildImage{"busybox"}},
                             {"git", model::BuildGit{"https://git.example/a.git#main:sub"}},
                             {"file", model::BuildUrl{"https://web.example/a.tar"}},
                             {"tar", model::BuildArchive{}},
                             {"web", model::BuildStage{"sha256:12"}}},
          .dockerfile = "build/Dockerfile",
          .dockerfile_text = "FROM scratch\n",
          .target = "prod",
          .args = {{"A", "1"}, {"EMPTY", ""}},
          .proxies = {{"http_proxy", "http://proxy:3128"}},
          .tags = {"shop-web", "shop-web:2"},
          .labels = {{"l", "v"}},
          .platforms = {"linux/amd64", "linux/arm64"},
          .no_cache = true,
          .no_cache_stages = {"prod"},
          .pull = true,
          .cache_from = {{.reference = "shop-web"}, {.folder = "/cache", .name = "main"}},
          .cache_to = {{.in_image = true}, {.place = {.reference = "shop/cache"}, .all_steps = true, .as_index = true}},
          .network = "none",
          .extra_hosts = {"db=10.0.0.1"},
          .shm_size = 1 << 20,
          .ulimits = {{"nofile", {.soft = 10, .hard = -1}}},
          .privileged = true,
          .entitlements = {"network.host"},
          .secrets = {{"token", std::string{"a\0\xff", 3}}},
          .ssh = {{"default", "/run/agent"}},
          .source_date_epoch = 0,
          .output = model::BuildOutput::nothing,
          .builder_of = "service web of project shop"};
}

TEST(BuildWire, ARequestComesBackAsItWas) {
  const BuildRequest request{.spec = full_spec(), .credentials = {{"docker.io", {.user = "u", .password = "p"}}}};
  const BuildRequest back = parse_build_request(build_request_json(request));
  EXPECT_EQ(back.spec, request.spec);
  EXPECT_EQ(back.credentials, request.credentials);
  EXPECT_EQ(parse_build_request(build_request_json({})).spec, model::BuildSpec{});
}

TEST(BuildWire, AnotherShapeIsRefused) {
  for (const char* text :
       {"", "[]", "{}", "{\"spec\":[]}", "{\"spec\":{\"tags\":\"x\"}}", "{\"spec\":{\"args\":[1]}}",
        "{\"spec\":{\"context\":{}}}", "{\"spec\":{\"context\":{\"folder\":1}}}", "{\"spec\":{\"output\":\"tape\"}}",
        "{\"spec\":{\"secrets\":[{\"id\":\"a\",\"content\":\"*\"}]}}"}) {
    EXPECT_THROW(parse_build_request(text), Error) << text;
  }
}

TEST(BuildWire, EventsComeBackAsTheyWere) {
  const std::vector<BuildEvent> events{BuildWarning{"Dockerfile:4:1: warning: x"},
                                       BuildStepStarted{1, "[1/2] RUN make", "COPY src: src/main.go changed"},
                                       BuildStepOutput{1, 2, std::string{"half \xc3"}},
                                       BuildStepOutput{1, 1, "whole \xc3\xa4\n"},
                                       BuildStepBytes{2, 10, 20},
                                       BuildStepEnded{1, "[1/2] RUN make", false, 400ms, "exit code 2"},
                                       BuildStepEnded{2, "[2/2] COPY a b", true, Nanos{0}, ""},
                                       BuildDone{"sha256:12", {"a:1"}}};
  for (const BuildEvent& event : events) {
    const std::string line = build_event_line(event);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const BuildEvent back = parse_build_event(line);
    ASSERT_EQ(back.index(), event.index()) << line;
    EXPECT_EQ(build_event_line(back), line);
  }
  EXPECT_EQ(std::get<BuildStepOutput>(parse_build_event(build_event_line(events[2]))).bytes, "half \xc3");
  const BuildEvent failed =
      parse_build_event(build_event_line(BuildFailed{Error(ErrorKind::invalid, "no").remedy("do")}));
  EXPECT_EQ(std::get<BuildFailed>(failed).error.remedy_text(), "do");
  EXPECT_TRUE(is_last(failed));
  EXPECT_THROW(parse_build_event("{\"event\":\"tea\"}"), Error);
}

TEST(BuildWire, TheCacheAndItsPruning) {
  const std::vector<BuildCacheEntry> entries{{.id = "abc",
                                              .description = "[2/3] RUN make",
                                              .kind = "step",
                                              .bytes = 12,
                                              .in_use = true,
                                              .shared = true,
                                              .uses = 3,
                                              .created = Wall{5s},
                                              .last_used = Wall{6s}}};
  EXPECT_EQ(parse_build_cache(build_cache_json(entries)), entries);
  const BuildPrune prune =
      parse_build_prune(build_prune_json({.all = true, .older_than = 24h, .keep_bytes = 1 << 30, .ids = {"abc"}}));
  EXPECT_TRUE(prune.all);
  EXPECT_EQ(prune.older_than, Nanos{24h});
  EXPECT_EQ(prune.keep_bytes, 1U << 30);
  EXPECT_EQ(prune.ids, std::vector<std::string>{"abc"});
  EXPECT_FALSE(parse_build_prune("").older_than);
  const BuildPruned pruned = parse_build_pruned(build_pruned_json({.ids = {"abc"}, .freed_bytes = 7}));
  EXPECT_EQ(pruned.freed_bytes, 7U);
}

model::BuildSpec docker_spec(const std::string& query) {
  Request request;
  parse_target("/v1.44/build?" + query, request);
  return docker_build_spec(request);
}

TEST(DockerBuild, TheQueryOfDockersClient) {
  const model::BuildSpec spec = docker_spec(
      "buildargs=%7B%22A%22%3A%221%22%2C%22B%22%3Anull%7D&cachefrom=%5B%22busybox%22%5D&cpuquota=0&cpuperiod=0&"
      "cpushares=0&"
      "dockerfile=dir%2FDockerfile&extrahosts=db%3A10.0.0.1%2Cv6%3A%3A%3A1&labels=%7B%22a%22%3A%22b%22%7D&memory=0&"
      "memswap=0&"
      "networkmode=default&nocache=1&pull=1&rm=1&shmsize=1048576&t=a%3A1&t=b&target=prod&"
      "ulimits=%5B%7B%22Name%22%3A%22nofile%22%2C%22Hard%22%3A20%2C%22Soft%22%3A10%7D%5D&version=1&platform=linux%"
      "2Famd64");
  EXPECT_EQ(spec, (model::BuildSpec{.dockerfile = "dir/Dockerfile",
                                    .target = "prod",
                                    .args = {{"A", "1"}},
                                    .tags = {"a:1", "b"},
                                    .labels = {{"a", "b"}},
                                    .platforms = {"linux/amd64"},
                                    .no_cache = true,
                                    .pull = true,
                                    .cache_images = {"busybox"},
                                    .network = "default",
                                    .extra_hosts = {"db=10.0.0.1", "v6=::1"},
                                    .shm_size = 1048576,
                                    .ulimits = {{"nofile", {.soft = 10, .hard = 20}}}}));
  EXPECT_EQ(docker_spec(""), model::BuildSpec{});
  EXPECT_EQ(docker_spec("remote=https%3A%2F%2Fgit.example%2Fa.git%23main").context,
            model::BuildSource{model::BuildGit{"https://git.example/a.git#main"}});
  EXPECT_EQ(docker_spec("remote=https%3A%2F%2Fgit.example%2Fa.git%3Fbranch%3Dmain").context,
            model::BuildSource{model::BuildGit{"https://git.example/a.git?branch=main"}});
  EXPECT_EQ(docker_spec("remote=https%3A%2F%2Fweb.example%2Fa.tar").context,
            model::BuildSource{model::BuildUrl{"https://web.example/a.tar"}});
}

TEST(DockerBuild, WhatCannotBeHonouredIsRefused) {
  for (const char* query : {"remote=client-session", "squash=1", "memory=1000", "cpusetcpus=0", "cgroupparent=x",
                            "isolation=hyperv", "remote=ftp%3A%2F%2Fweb.example%2Fa.tar", "buildargs=x",
                            "labels=%5B1%5D", "shmsize=x", "ulimits=%5B%7B%7D%5D", "cachefrom=%7B%7D"}) {
    EXPECT_THROW(docker_spec(query), Error) << query;
  }
}

TEST(DockerBuild, CredentialsOfTheHeader) {
  const auto all = docker_credentials(
      encode_base64(R"({"https://index.docker.io/v1/":{"username":"u","password":"p"},"r.example":{"auth":")" +
                    encode_base64("a:b:c") + R"("},"none.example":{}})"));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all.at("docker.io").user, "u");
  EXPECT_EQ(all.at("r.example").password, "b:c");
  EXPECT_TRUE(docker_credentials("").empty());
  EXPECT_THROW(docker_credentials("*"), Error);
  EXPECT_THROW(docker_credentials(encode_base64("[]")), Error);
}

TEST(DockerBuild, RecordsAsDockerdWritesThem) {
  DockerBuildWords words{false};
  EXPECT_EQ(words.take(BuildStepStarted{1, "[build 2/5] RUN make", ""}), "{\"stream\":\"Step 2/5 : RUN make\\n\"}\r\n");
  EXPECT_EQ(words.take(BuildStepStarted{2, "[internal] load build context", ""}),
            "{\"stream\":\"[internal] load build context\\n\"}\r\n");
  EXPECT_EQ(words.take(BuildStepEnded{3, "[3/5] COPY a b", true, Nanos{0}, ""}),
            "{\"stream\":\"Step 3/5 : COPY a b\\n\"}\r\n{\"stream\":\" ---> Using cache\\n\"}\r\n");
  EXPECT_EQ(
      words.take(BuildDone{"sha256:0123456789abcdef", {"a:1", "r:5000/b"}}),
      "{\"aux\":{\"ID\":\"sha256:0123456789abcdef\"}}\r\n{\"stream\":\"Successfully built 0123456789ab\\n\"}\r\n"
      "{\"stream\":\"Successfully tagged a:1\\n\"}\r\n{\"stream\":\"Successfully tagged r:5000/b:latest\\n\"}\r\n");
  EXPECT_EQ(words.take(BuildFailed{Error("no")}), "{\"error\":\"no\",\"errorDetail\":{\"message\":\"no\"}}\r\n");
  // What it printed is output already.
  for (const auto& [instruction, command] : {std::pair{"RUN exit 3", "/bin/sh -c exit 3"},
                                             {"RUN --network=none [\"sh\", \"-c\", \"exit 3\"]", "sh -c exit 3"}}) {
    const std::string told = "The command '" + std::string{command} + "' returned a non-zero code: 3";
    EXPECT_EQ(words.take(BuildFailed{Error("Dockerfile:2:1: " + std::string{instruction} +
                                           ": the command exited with code 3\nlast words")}),
              "{\"error\":\"" + told + "\",\"errorDetail\":{\"code\":3,\"message\":\"" + told + "\"}}\r\n");
  }
  DockerBuildWords quiet{true};
  EXPECT_EQ(quiet.take(BuildStepOutput{1, 1, "text"}), "");
  EXPECT_EQ(quiet.take(BuildDone{"sha256:01", {}}), "{\"stream\":\"sha256:01\\n\"}\r\n");
}

TEST(DockerBuild, Pruning) {
  Request request;
  parse_target("/build/prune?all=1&keep-storage=100&filters=%7B%22until%22%3A%5B%2224h%22%5D%7D", request);
  const BuildPrune prune = docker_prune(request, Wall{Nanos{48h}});
  EXPECT_TRUE(prune.all);
  EXPECT_EQ(prune.keep_bytes, 100U);
  EXPECT_EQ(prune.older_than, Nanos{24h});
  EXPECT_EQ(docker_pruned_json({.ids = {"a"}, .freed_bytes = 3}), "{\"CachesDeleted\":[\"a\"],\"SpaceReclaimed\":3}");
}

}  // namespace
}  // namespace stack::api
