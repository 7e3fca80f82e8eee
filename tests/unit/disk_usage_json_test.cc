// What takes the disk, as Docker's clients read it.
#include "engine/api/disk_usage_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "engine/api/container_json.h"

namespace stack::api {
namespace {

using nlohmann::json;

DiskReport some_report() {
  DiskReport report;
  model::Image image;
  image.id = "sha256:" + std::string(64, 'b');
  image.references = {"web:1"};
  report.images = {image};
  report.usage.images.layer_bytes = 900;
  report.usage.by_image[image.id] = {.bytes = 900, .shared_bytes = 100, .containers = 1};
  report.usage.volumes["data"] = {.bytes = 50, .containers = 2};
  model::Volume data, mounted;
  data.spec.name = "data";
  mounted.spec.name = "mounted";
  mounted.spec.driver_opts = {{"type", "nfs"}};
  report.usage.volumes["mounted"] = {.bytes = 0, .containers = 1};
  report.volumes = {data, mounted};
  ContainerView view;
  auto container = std::make_shared<model::Container>();
  container->id = std::string(64, 'a');
  view.container = std::move(container);
  view.sizes = ContainerSizes{.writable_bytes = 7, .root_bytes = 907};
  report.containers = {view};
  report.build_cache = {{.id = "x", .description = "RUN make", .kind = "cache mount", .bytes = 3}};
  return report;
}

TEST(DiskUsage, IsReportedInDockersWords) {
  const json value = json::parse(disk_report_json(some_report(), Wall{}));
  EXPECT_EQ(value.at("LayersSize"), 900);
  EXPECT_EQ(value.at("Images").at(0).at("SharedSize"), 100);
  EXPECT_EQ(value.at("Images").at(0).at("Containers"), 1);
  EXPECT_EQ(value.at("Containers").at(0).at("SizeRw"), 7);
  EXPECT_EQ(value.at("Containers").at(0).at("SizeRootFs"), 907);
  EXPECT_EQ(value.at("Volumes").at(0).at("UsageData"), json({{"RefCount", 2}, {"Size", 50}}));
  EXPECT_EQ(value.at("Volumes").at(1).at("UsageData").at("Size"), -1) << "what options bring in is not measured";
  EXPECT_EQ(value.at("BuildCache").at(0).at("Type"), "exec.cachemount");
}

TEST(DiskUsage, OnlyWhatIsAskedFor) {
  DiskReport report = some_report();
  report.asked = parse_disk_question({"image"});
  const json value = json::parse(disk_report_json(report, Wall{}));
  EXPECT_EQ(value.at("Images").size(), 1U);
  for (const char* other : {"Containers", "Volumes", "BuildCache"}) EXPECT_TRUE(value.at(other).is_null()) << other;
  EXPECT_THROW((void)parse_disk_question({"image", "colour"}), Error);
}

TEST(DiskUsage, SizesStandOnlyWhereTheyWereAskedFor) {
  ContainerDetails view{some_report().containers.front(), {}, {}, {}, {}, {}};
  EXPECT_EQ(json::parse(container_inspect_json(view)).at("SizeRw"), 7);
  view.sizes = ContainerSizes{};
  EXPECT_FALSE(json::parse(container_list_json({view}, Wall{})).at(0).contains("SizeRw")) << "as Docker has a zero";
  EXPECT_EQ(json::parse(container_inspect_json(view)).at("SizeRw"), 0);
  view.sizes.reset();
  EXPECT_FALSE(json::parse(container_list_json({view}, Wall{})).at(0).contains("SizeRootFs"));
  EXPECT_FALSE(json::parse(container_inspect_json(view)).contains("SizeRootFs"));
}

TEST(Prune, FiltersAreDockers) {
  const Wall now{std::chrono::hours{100}};
  const ContainerPruneFilter filter =
      parse_container_prune_filter(R"({"until":["24h"],"label":["a=b"],"label!":["c"]})", now);
  EXPECT_EQ(filter.until, now - std::chrono::hours{24});
  EXPECT_EQ(filter.labels, std::vector<std::string>{"a=b"});
  EXPECT_EQ(filter.not_labels, std::vector<std::string>{"c"});
  for (const char* wrong : {R"({"name":["x"]})", R"({"until":["1h","2h"]})", R"({"until":["soon"]})"})
    EXPECT_THROW((void)parse_container_prune_filter(wrong, now), Error) << wrong;
}

TEST(Prune, WhatWentIsReadBack) {
  EXPECT_EQ(container_removal_json({}), R"({"ContainersDeleted":null,"SpaceReclaimed":0})");
  const ContainerRemoval back = parse_container_removal(container_removal_json({{"a", "b"}, 12}));
  EXPECT_EQ(back.deleted, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(back.freed_bytes, 12U);
}

}  // namespace
}  // namespace stack::api
