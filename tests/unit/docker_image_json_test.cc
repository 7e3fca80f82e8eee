// Images as Docker's clients read them.
#include "engine/api/docker_image_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/base64.h"

namespace stack::api {
namespace {

using nlohmann::json;

model::Image image(const std::string& name, int created, model::Labels labels = {}) {
  model::Image out;
  out.id = "sha256:" + std::string(63, 'a') + std::to_string(created);
  if (!name.empty()) out.references = {name};
  out.created = Wall{std::chrono::seconds{created}};
  out.config.labels = std::move(labels);
  return out;
}

std::vector<std::string> names(const std::vector<model::Image>& images) {
  std::vector<std::string> all;
  for (const model::Image& each : images) all.push_back(each.references.empty() ? "" : each.references.front());
  return all;
}

TEST(DockerImages, ListsNeverLackWhatClientsIterateOver) {
  const json all = json::parse(docker_images_json({image("", 1)}, {}));
  EXPECT_EQ(all.at(0).at("RepoTags"), json::array());
  EXPECT_EQ(all.at(0).at("RepoDigests"), json::array());
  EXPECT_EQ(all.at(0).at("Created"), 1);
  EXPECT_TRUE(all.at(0).at("Labels").is_null());
}

TEST(DockerImages, HistoryHasItsNameAtTheTop) {
  ImageDetails details{.image = image("a:1", 2),
                       .history = {{.created_by = "CMD x"}, {.created_by = "RUN y", .size_bytes = 7}},
                       .containers = {}};
  const json steps = json::parse(docker_history_json(details));
  EXPECT_EQ(steps.at(0).at("Tags"), json({"a:1"}));
  EXPECT_EQ(steps.at(1).at("Id"), "<missing>");
  EXPECT_EQ(steps.at(1).at("Size"), 7);
}

TEST(DockerImages, InspectShowsTheLastStepsComment) {
  ImageDetails details{.image = image("a:1", 2),
                       .history = {{.created_by = "CMD x", .comment = "last"}, {.comment = "first"}},
                       .containers = {}};
  EXPECT_EQ(json::parse(docker_image_json(details, false)).at("Comment"), "last");
  EXPECT_FALSE(json::parse(docker_image_json(details, false)).at("Config").contains("ArgsEscaped"));
  details.image.comment = "own";
  details.image.config.args_escaped = true;
  EXPECT_EQ(json::parse(docker_image_json(details, false)).at("Comment"), "own");
  EXPECT_EQ(json::parse(docker_image_json(details, false)).at("Config").at("ArgsEscaped"), true);
}

TEST(DockerImages, AreFiltered) {
  const std::vector<model::Image> all{image("a:1", 3, {{"k", "v"}}), image("lib/b:2", 2), image("", 1)};
  const auto left = [&](const char* filters) {
    return names(filter_images(all, filters, Wall{std::chrono::hours{1}}));
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(left(""), (Names{"a:1", "lib/b:2", ""}));
  EXPECT_EQ(left(R"({"dangling":["true"]})"), (Names{""}));
  EXPECT_EQ(left(R"({"reference":["lib/*"]})"), (Names{"lib/b:2"}));
  EXPECT_EQ(left(R"({"label":["k=v"]})"), (Names{"a:1"}));
  EXPECT_EQ(left(R"({"before":["a:1"]})"), (Names{"lib/b:2", ""}));
  EXPECT_EQ(left(R"({"since":["lib/b:2"]})"), (Names{"a:1"}));
  EXPECT_EQ(left(R"({"until":["2"]})"), (Names{""}));
  for (const char* wrong : {R"({"before":["nope"]})", R"({"colour":["red"]})", R"({"dangling":["x"]})"})
    EXPECT_THROW((void)left(wrong), Error) << wrong;
}

TEST(DockerImages, CredentialsComeInAHeader) {
  const auto read = parse_registry_auth(encode_base64(R"({"username":"u","password":"p","serveraddress":"s"})"));
  EXPECT_EQ(read.user, "u");
  EXPECT_EQ(read.password, "p");
  EXPECT_TRUE(parse_registry_auth("").empty());
  EXPECT_TRUE(parse_registry_auth(encode_base64("{}")).empty());
  for (const char* wrong : {"!", "eA=="}) EXPECT_THROW((void)parse_registry_auth(wrong), Error) << wrong;
}

}  // namespace
}  // namespace stack::api
