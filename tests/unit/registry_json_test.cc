// What registries are asked and answer, as Docker's clients write and read it.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "engine/api/registry_answers.h"

namespace stack::api {
namespace {

using nlohmann::json;

TEST(Registries, AnImageIsDescribedAsDockerDoes) {
  const json value = json::parse(registry_image_json({.media_type = "m",
                                                      .digest = "sha256:a",
                                                      .size = 7,
                                                      .platforms = {{"amd64", "linux", ""}, {"arm", "linux", "v7"}}}));
  EXPECT_EQ(value.at("Descriptor"), json({{"mediaType", "m"}, {"digest", "sha256:a"}, {"size", 7}}));
  EXPECT_EQ(value.at("Platforms").at(0), json({{"architecture", "amd64"}, {"os", "linux"}}));
  EXPECT_EQ(value.at("Platforms").at(1).at("variant"), "v7");
}

TEST(Registries, WhatASearchFoundIsFiltered) {
  const auto found = parse_search_results(
      R"({"num_results":2,"results":[{"name":"a","star_count":3,"is_official":true,"description":null},{"name":"b","star_count":9}]})");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(filter_search(found, R"({"is-official":["true"]})").front().name, "a");
  EXPECT_EQ(filter_search(found, R"({"stars":["5"]})").front().name, "b");
  EXPECT_EQ(json::parse(search_json(found)).at(0).at("star_count"), 3);
  for (const char* wrong : {R"({"stars":["many"]})", R"({"colour":["red"]})", R"({"is-official":["perhaps"]})"})
    EXPECT_THROW((void)filter_search(found, wrong), Error) << wrong;
  EXPECT_THROW((void)parse_search_results("<html>"), Error);
}

TEST(Registries, ALoginNamesItsRegistry) {
  const auto [registry, credentials] =
      parse_auth_request(R"({"username":"u","password":"p","serveraddress":"https://registry.example/v2/"})");
  EXPECT_EQ(registry, "registry.example");
  EXPECT_EQ(credentials.user, "u");
  EXPECT_EQ(parse_auth_request(R"({"serveraddress":"https://index.docker.io/v1/"})").first, "docker.io");
  EXPECT_EQ(parse_auth_request("{}").first, "docker.io");
  EXPECT_THROW((void)parse_auth_request("[]"), Error);
}

}  // namespace
}  // namespace stack::api
