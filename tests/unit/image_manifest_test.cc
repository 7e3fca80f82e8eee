// image: platforms, manifests and indexes as registries give them, and what is refused.
#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/image/manifest.h"
#include "engine/image/manifest_json.h"
#include "engine/image/platform.h"
#include "engine/image/store_table.h"

namespace stack::image {
namespace {

const std::string kA = "sha256:" + std::string(64, 'a'), kB = "sha256:" + std::string(64, 'b');

TEST(Platform, IsNormalised) {
  const auto text = [](const char* given) { return parse_platform(given).text(); };
  EXPECT_EQ(text("linux/amd64"), "linux/amd64");
  EXPECT_EQ(text("Linux/X86_64"), "linux/amd64");
  EXPECT_EQ(text("aarch64"), "linux/arm64");
  EXPECT_EQ(text("linux/arm64/v8"), "linux/arm64");
  EXPECT_EQ(text("linux/arm"), "linux/arm/v7");
  EXPECT_EQ(text("linux/armel"), "linux/arm/v6");
  EXPECT_EQ(text("linux/amd64/v3"), "linux/amd64/v3");
  EXPECT_EQ(text("linux"), host_platform().text());
  EXPECT_EQ(platform_of_machine("armv6l").text(), "linux/arm/v6");
  for (const char* bad : {"nonsense", "", "/", "linux/", "linux/a/b/c", "linux/a b"})
    EXPECT_THROW(parse_platform(bad), Error) << bad;
}

TEST(Platform, TheNearestVariantServes) {
  const auto far = [](const char* wanted, const char* offer) {
    return distance(parse_platform(wanted), parse_platform(offer));
  };
  EXPECT_EQ(far("linux/amd64", "linux/amd64"), 0);
  EXPECT_EQ(far("linux/arm64", "linux/arm64/v8"), 0);
  EXPECT_EQ(far("linux/arm/v7", "linux/arm/v6"), 1);
  EXPECT_EQ(far("linux/amd64/v3", "linux/amd64"), 2);
  EXPECT_FALSE(far("linux/arm/v6", "linux/arm/v7"));
  EXPECT_FALSE(far("linux/amd64", "linux/amd64/v3"));
  EXPECT_FALSE(far("linux/amd64", "linux/arm64"));
}

std::string descriptor(const std::string& digest, const std::string& extra = {}) {
  return R"({"mediaType":"x","digest":")" + digest + R"(","size":7)" + extra + "}";
}

TEST(Manifest, IsReadAndWritten) {
  const std::string text = R"({"schemaVersion":2,"mediaType":")" + std::string{kDockerManifest} + R"(","config":)" +
                           descriptor(kA) + R"(,"layers":[)" + descriptor(kB) + "," + descriptor(kA) + "]}";
  const auto read = std::get<Manifest>(parse_manifest(text, ""));
  EXPECT_EQ(read.config.digest, kA);
  ASSERT_EQ(read.layers.size(), 2u);
  EXPECT_EQ(read.layers[0].size, 7u);
  EXPECT_EQ(std::get<Manifest>(parse_manifest(write_manifest(read), kDockerManifest)), read);
}

TEST(Manifest, AnIndexGivesTheEntryForThePlatform) {
  const auto entry = [](const std::string& digest, const char* architecture, const char* more = "") {
    return descriptor(digest,
                      R"(,"platform":{"os":"linux","architecture":")" + std::string{architecture} + "\"" + more + "}");
  };
  const std::string attestation = descriptor(
      kA, R"(,"platform":{"os":"unknown","architecture":"unknown"},"annotations":{"vnd.docker.reference.type":)"
          R"("attestation-manifest"})");
  const std::string text =
      R"({"schemaVersion":2,"manifests":[)" + attestation + "," + entry(kA, "arm64") + "," + entry(kB, "amd64") + "]}";
  const auto index = std::get<Index>(parse_manifest(text, std::string{kOciIndex} + "; charset=utf-8"));
  EXPECT_EQ(choose(index, parse_platform("linux/amd64"))->digest, kB);
  EXPECT_EQ(choose(index, parse_platform("linux/arm64/v8"))->digest, kA);
  EXPECT_FALSE(choose(index, parse_platform("linux/s390x")));
  EXPECT_EQ(offered(index), "linux/amd64, linux/arm64");
  EXPECT_EQ(std::get<Index>(parse_manifest(write_index(index), kOciIndex)), index);
}

TEST(Manifest, WhatIsNoneIsRefused) {
  const std::string good = R"("config":)" + descriptor(kA) + R"(,"layers":[])";
  EXPECT_NO_THROW(parse_manifest("{" + good + "}", kOciManifest));
  for (const std::string& bad : std::vector<std::string>{
           std::string{}, std::string{"[]"}, std::string{"{}"}, std::string{"{\"config\":3,\"layers\":[]}"},
           "{\"config\":" + descriptor("sha256:../../etc") + ",\"layers\":[]}",
           "{\"config\":" + descriptor("md5:00") + ",\"layers\":[]}", "{\"layers\":[]}",
           "{\"config\":" + descriptor(kA) + "}", "{" + good + ",\"manifests\":[]}",
           "{\"mediaType\":\"" + std::string{kOciIndex} + "\"," + good + "}",
           std::string{R"({"schemaVersion":1,"fsLayers":[]})"},
           R"({"config":{"digest":")" + kA + R"(","size":-1},"layers":[]})",
           R"({"config":{"digest":")" + kA + R"(","size":1e30},"layers":[]})"}) {
    EXPECT_THROW(parse_manifest(bad, kOciManifest), Error) << bad;
  }
  std::string many = "{\"config\":" + descriptor(kA) + ",\"layers\":[" + descriptor(kA);
  for (std::size_t i = 0; i < kLayersMax; ++i) many += "," + descriptor(kA);
  EXPECT_THROW(parse_manifest(many + "]}", kOciManifest), Error);
  EXPECT_THROW(parse_manifest(std::string(kManifestBytesMax + 1, ' '), kOciManifest), Error);
  EXPECT_THROW(parse_manifest(std::string(1 << 20, '['), kOciManifest), Error);
}

TEST(Manifest, LayersAreToldByTheirType) {
  EXPECT_EQ(layer_kind("application/vnd.oci.image.layer.v1.tar+zstd"), LayerKind::tar);
  EXPECT_EQ(layer_kind("application/vnd.docker.image.rootfs.diff.tar.gzip"), LayerKind::tar);
  EXPECT_EQ(layer_kind("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"), LayerKind::foreign);
  EXPECT_EQ(layer_kind("application/vnd.cncf.helm.chart.content.v1.tar+gzip"), LayerKind::other);
}

TEST(StoreTable, SurvivesTheRoundTrip) {
  StoreTable table;
  table.images[kA] = {kB};
  table.names["docker.io/library/x:latest"] = {kA, Wall{std::chrono::seconds{5}}};
  table.layers[kB] = {kA, 3, 9};
  EXPECT_EQ(read_store_table(write_store_table(table)), table);
  for (const char* bad : {"", "{}", R"({"version":2,"images":{},"names":{},"layers":{}})",
                          R"({"version":1,"images":{"../x":{"manifest":"y"}},"names":{},"layers":{}})"}) {
    EXPECT_THROW(read_store_table(bad), Error) << bad;
  }
}

}  // namespace
}  // namespace stack::image
