// cli: the build sections of a project as builds for the engine.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/error.h"
#include "cli/commands/service_builds.h"

namespace stack::cli {
namespace {

namespace fs = std::filesystem;

class ServiceBuilds : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "stack-build-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    std::ofstream{folder_ / "Dockerfile"} << "FROM scratch\n";
    project_.name = "shop";
  }
  void TearDown() override { fs::remove_all(folder_); }

  compose::Service& add(const std::string& name) {
    compose::Service& service = project_.services[name];
    service.name = name;
    service.build.emplace().context = folder_;
    service.places["build"] = {"compose.yaml", 3, 5};
    return service;
  }
  std::vector<model::ProjectBuild> builds(const std::set<std::string>& services, const BuildOverrides& overrides = {}) {
    return service_builds(project_, services, overrides,
                          {.environment = [](const std::string& name) -> std::optional<std::string> {
                             if (name == "TOKEN") return "secret";
                             if (name == "SSH_AUTH_SOCK") return "/run/agent";
                             return std::nullopt;
                           },
                           .read = [](const std::string& path) { return "content of " + path; },
                           .is_socket = [](const std::string& path) { return path == "/run/agent"; }});
  }
  std::string mistakes(const std::set<std::string>& services) {
    try {
      builds(services);
    } catch (const Error& error) {
      return error.message();
    }
    return "no mistake";
  }

  fs::path folder_;
  compose::Project project_;
};

TEST_F(ServiceBuilds, EveryKeyFindsItsPlace) {
  compose::Service& web = add("web");
  compose::Build& b = *web.build;
  b.dockerfile = "Dockerfile";
  b.args = {{"A", "1"}, {"GONE", std::nullopt}};
  b.target = "prod";
  b.labels = {{"l", "v"}};
  b.cache_from = {"busybox", "type=registry,ref=cache"};
  b.cache_to = {"type=inline"};
  b.no_cache = true;
  b.no_cache_filter = {"prod"};
  b.pull = true;
  b.network = "none";
  b.extra_hosts["db"] = {"10.0.0.1", "10.0.0.2"};
  b.shm_size = {1 << 20};
  b.ulimits["nofile"] = {.soft = 1, .hard = 2};
  b.privileged = true;
  b.entitlements = {"network.host"};
  b.tags = {"registry.example/web:1", "shop-web"};
  b.platforms = {"linux/amd64", "linux/arm64"};
  b.secrets = {{.source = "file"}, {.source = "variable", .target = "token"}};
  b.ssh["default"] = "";
  b.additional_contexts = {{"base", "docker-image://busybox"}, {"more", folder_.string()}};
  b.provenance = "false";
  b.isolation = "default";
  project_.secrets["file"].file = "/run/s";
  project_.secrets["variable"].environment = "TOKEN";
  const auto all = builds({"web"}, {.args = {"A=2", "TOKEN"}, .ssh = {}});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].reference, "shop-web");
  EXPECT_EQ(all[0].spec,
            (model::BuildSpec{
                .context = model::BuildFolder{folder_},
                .named_contexts = {{"base", model::BuildImage{"busybox"}},
                                   {"more", model::BuildFolder{fs::canonical(folder_)}}},
                .dockerfile = folder_ / "Dockerfile",
                .target = "prod",
                .args = {{"A", "2"}, {"TOKEN", "secret"}},
                .tags = {"shop-web", "registry.example/web:1"},
                .labels = {{"l", "v"}, {"com.docker.compose.project", "shop"}, {"com.docker.compose.service", "web"}},
                .platforms = {"linux/amd64", "linux/arm64"},
                .no_cache = true,
                .no_cache_stages = {"prod"},
                .pull = true,
                .cache_from = {{.reference = "busybox"}, {.reference = "cache"}},
                .cache_to = {{.in_image = true}},
                .network = "none",
                .extra_hosts = {"db=10.0.0.1", "db=10.0.0.2"},
                .shm_size = 1 << 20,
                .ulimits = {{"nofile", {.soft = 1, .hard = 2}}},
                .privileged = true,
                .entitlements = {"network.host"},
                .secrets = {{"file", "content of /run/s"}, {"token", "secret"}},
                .ssh = {{"default", "/run/agent"}},
                .builder_of = "service web of project shop"}));
}

TEST_F(ServiceBuilds, MistakesAreAllToldWithTheirPlaces) {
  compose::Service& web = add("web");
  web.build->context = "/nowhere";
  web.build->cache_to = {"type=gha"};
  web.places["build.cache_to"] = {"compose.yaml", 5, 7};
  compose::Service& api = add("api");
  api.build->dockerfile = "Nofile";
  api.build->sbom = "true";
  api.build->isolation = "hyperv";
  api.build->additional_contexts = {{"x", "target:y"}};
  const std::string text = mistakes({"web", "api"});
  for (const char* wanted :
       {"compose.yaml:3:5: services.web.build.context: there is no folder /nowhere",
        "compose.yaml:5:7: services.web.build.cache_to: ", "services.api.build.dockerfile: there is no file ",
        "services.api.build.sbom: ", "services.api.build.isolation: ", "services.api.build.additional_contexts: "}) {
    EXPECT_NE(text.find(wanted), std::string::npos) << wanted << "\n" << text;
  }
}

TEST_F(ServiceBuilds, ServicesThatShareABuildBuildOnce) {
  add("web").image = "registry.example/web";
  add("worker");
  add("other").build->target = "other";
  const auto all = builds({"web", "worker", "other"});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].services, (std::vector<std::string>{"web", "worker"}));
  EXPECT_EQ(all[1].spec.tags, (std::vector<std::string>{"registry.example/web", "shop-worker"}));
}

TEST_F(ServiceBuilds, WhatAContextNamesIsBuiltFirst) {
  add("app").build->additional_contexts = {{"base", "service:zbase"}};
  add("zbase").build->target = "base";
  const auto all = builds({"app"});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].reference, "shop-zbase");
  EXPECT_EQ(all[1].needs, std::vector<std::string>{"shop-zbase"});
  EXPECT_EQ(all[1].spec.named_contexts.at("base"), model::BuildSource{model::BuildStage{"shop-zbase"}});
  project_.services.at("zbase").build->additional_contexts = {{"app", "service:app"}};
  EXPECT_NE(mistakes({"app"}).find("dependency cycle of builds: app, zbase"), std::string::npos);
}

TEST_F(ServiceBuilds, AnUpBuildsForItsOwnPlatformOnly) {
  compose::Service& web = add("web");
  web.build->platforms = {"linux/amd64", "linux/arm64"};
  EXPECT_TRUE(builds({"web"}, {.local_only = true})[0].spec.platforms.empty());
  web.platform = "linux/arm64";
  EXPECT_EQ(builds({"web"}, {.local_only = true})[0].spec.platforms, std::vector<std::string>{"linux/arm64"});
}

TEST_F(ServiceBuilds, PrintsABakeFileWithoutSecrets) {
  compose::Service& web = add("web");
  web.build->dockerfile_inline = "FROM scratch\n";
  web.build->secrets = {{.source = "file"}};
  project_.secrets["file"].file = "/run/s";
  const std::string text = bake_json(builds({"web"}));
  EXPECT_NE(text.find("\"dockerfile-inline\": \"FROM scratch\\n\""), std::string::npos) << text;
  EXPECT_NE(text.find("\"id=file\""), std::string::npos) << text;
  EXPECT_EQ(text.find("content of"), std::string::npos) << text;
}

}  // namespace
}  // namespace stack::cli
