#include "base/model/effective_config.h"

#include <gtest/gtest.h>

namespace stack::model {
namespace {

using Words = std::vector<std::string>;

TEST(EffectiveConfig, TheContainersWordsCount) {
  Container container;
  container.spec.entrypoint = Words{"own"};
  container.spec.environment = {{"A", "1"}, {"GONE", std::nullopt}};
  container.spec.user = "u";
  container.spec.labels = {{"x", "own"}};
  const ImageConfig config = config_of(container, {.entrypoint = {"e"},
                                                   .command = {"c"},
                                                   .env = {"PATH=/bin", "A=0", "GONE=x"},
                                                   .working_dir = "/w",
                                                   .labels = {{"x", "image"}, {"y", "image"}},
                                                   .on_build = {"RUN x"}});
  EXPECT_EQ(config.entrypoint, Words{"own"});
  EXPECT_TRUE(config.command.empty());
  EXPECT_EQ(config.env, (Words{"A=1", "GONE", "PATH=/bin"}));
  EXPECT_EQ(config.user, "u");
  EXPECT_EQ(config.working_dir, "/w");
  EXPECT_EQ(config.labels, (Labels{{"x", "own"}, {"y", "image"}}));
  EXPECT_TRUE(config.on_build.empty());
}

TEST(EffectiveConfig, AContainersTimingGoesOverAnImagesTest) {
  using namespace std::chrono_literals;
  Container container;
  container.spec.healthcheck = Healthcheck{.interval = 1s, .timeout = 0s, .retries = 0};
  const Healthcheck image{.test = {"CMD", "true"}, .interval = 7s, .timeout = 3s, .retries = 5};
  const auto both = config_of(container, {.healthcheck = image}).healthcheck.value_or(Healthcheck{});
  EXPECT_EQ(both, (Healthcheck{.test = image.test, .interval = 1s, .timeout = 3s, .retries = 5}));
  EXPECT_EQ(config_of(container, {}).healthcheck, (Healthcheck{.interval = 1s}));
  EXPECT_TRUE(merged_healthcheck(std::nullopt, std::nullopt).test.empty());
}

TEST(EffectiveConfig, AnEmptyCommandIsTheImages) {
  Container container;
  container.spec.command = Words{};
  container.spec.working_dir = "/a//b/";
  const ImageConfig config = config_of(container, {.entrypoint = {"e"}, .command = {"c"}});
  EXPECT_EQ(config.command, Words{"c"});
  EXPECT_EQ(config.working_dir, "/a/b");
  container.spec.entrypoint = Words{"own"};
  EXPECT_TRUE(config_of(container, {.entrypoint = {"e"}, .command = {"c"}}).command.empty());
}

// As dockerd 28.5 merged the same.
TEST(EffectiveConfig, WhatIsLeftOutIsTheContainers) {
  const ImageConfig merged = merged_config({.env = {"B=c", "X=1"}, .user = "daemon", .exposed_ports = {"80/tcp"}},
                                           {.command = {"sleep"}, .env = {"A=b", "X=0"}, .user = "root"});
  EXPECT_EQ(merged.env, (Words{"B=c", "X=1", "A=b"}));
  EXPECT_EQ(merged.user, "daemon");
  EXPECT_EQ(merged.command, Words{"sleep"});
  EXPECT_EQ(merged.exposed_ports, Words{"80/tcp"});
  EXPECT_TRUE(merged_config({.entrypoint = {"e"}}, {.command = {"c"}}).command.empty());
}

}  // namespace
}  // namespace stack::model
