#include "engine/service/commit_config.h"

#include <gtest/gtest.h>

#include "engine/service/container_paths.h"

namespace stack::service {
namespace {

using Words = std::vector<std::string>;

TEST(CommitConfig, TheContainersWordsCount) {
  model::Container container;
  container.spec.entrypoint = Words{"own"};
  container.spec.environment = {{"A", "1"}, {"GONE", std::nullopt}};
  container.spec.user = "u";
  container.spec.labels = {{"x", "own"}};
  const model::ImageConfig config = config_of(container, {.entrypoint = {"e"},
                                                          .command = {"c"},
                                                          .env = {"PATH=/bin", "A=0", "GONE=x"},
                                                          .working_dir = "/w",
                                                          .labels = {{"x", "image"}, {"y", "image"}},
                                                          .on_build = {"RUN x"}});
  EXPECT_EQ(config.entrypoint, Words{"own"});
  EXPECT_TRUE(config.command.empty());
  EXPECT_EQ(config.env, (Words{"A=1", "PATH=/bin"}));
  EXPECT_EQ(config.user, "u");
  EXPECT_EQ(config.working_dir, "/w");
  EXPECT_EQ(config.labels, (model::Labels{{"x", "own"}, {"y", "image"}}));
  EXPECT_TRUE(config.on_build.empty());
}

// As dockerd 28.5 merged the same.
TEST(CommitConfig, WhatIsLeftOutIsTheContainers) {
  const model::ImageConfig merged =
      merged_config({.env = {"B=c", "X=1"}, .user = "daemon", .exposed_ports = {"80/tcp"}},
                    {.command = {"sleep"}, .env = {"A=b", "X=0"}, .user = "root"});
  EXPECT_EQ(merged.env, (Words{"B=c", "X=1", "A=b"}));
  EXPECT_EQ(merged.user, "daemon");
  EXPECT_EQ(merged.command, Words{"sleep"});
  EXPECT_EQ(merged.exposed_ports, Words{"80/tcp"});
  EXPECT_TRUE(merged_config({.entrypoint = {"e"}}, {.command = {"c"}}).command.empty());
}

TEST(ContainerPath, IsCleanedAsText) {
  const auto path = [](const char* given) {
    const ContainerPath it = container_path(given);
    return it.absolute + "|" + it.name + (it.means_folder ? "|folder" : "");
  };
  EXPECT_EQ(path("d/e/../f"), "/d/f|f");
  EXPECT_EQ(path("../../d"), "/d|d");
  EXPECT_EQ(path("/d/"), "/d|d|folder");
  EXPECT_EQ(path("/d/."), "/d|.|folder");
  EXPECT_EQ(path("/"), "/|/|folder");
  EXPECT_EQ(path("."), "/|.|folder");
  EXPECT_EQ(path("/d/.."), "/|/");
}

}  // namespace
}  // namespace stack::service
