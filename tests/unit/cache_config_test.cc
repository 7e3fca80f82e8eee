// Caches of other places: their descriptions, what leads to them, and what is not read.
#include "engine/build/cache_config.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/error.h"
#include "engine/build/cache_export.h"
#include "engine/image/digest.h"
#include "engine/image/image_config_json.h"
#include "engine/image/manifest_json.h"

namespace stack::build {
namespace {

std::string digest(const std::string& text) { return image::sha256_digest(text); }

CacheConfig::Layer layer(const std::string& name, std::optional<std::size_t> below) {
  return {.blob = {.media_type = std::string{image::kOciLayer} + "+gzip", .digest = digest(name), .size = 7},
          .diff_id = digest("diff " + name),
          .below = below,
          .created = Wall{std::chrono::seconds{1'700'000'000}}};
}

CacheConfig two_stages() {
  CacheConfig config;
  config.layers = {layer("base", std::nullopt), layer("a", 0), layer("b", 0)};
  config.steps = {{digest("define a"), digest("key a"), 1, Wall{std::chrono::seconds{5}}},
                  {digest("define b"), digest("key b"), 2, Wall{std::chrono::seconds{6}}}};
  return config;
}

TEST(CacheConfig, SurvivesItsText) {
  const CacheConfig config = two_stages();
  EXPECT_EQ(read_cache_config(write_cache_config(config)), config);
  EXPECT_EQ(config.stack(2), (std::vector<std::size_t>{0, 2}));
}

TEST(CacheConfig, OfAnotherBuilderGivesLayersAndNoSteps) {
  const std::string blob = digest("x");
  const CacheConfig config = read_cache_config(
      R"({"layers":[{"blob":")" + blob + R"(","parent":-1,"annotations":{"mediaType":"m","diffID":")" + blob +
      R"(","size":3,"createdAt":"2026-01-02T03:04:05Z"}},{"blob":")" + blob + R"("}],)" + R"("records":[{"digest":")" +
      blob + R"(","inputs":[[{"link":1,"selector":"s"}]],"layers":[{"layer":0}]},)" + R"({"digest":")" + blob +
      R"(","chains":[{"layers":[0,1]}]}]})");
  ASSERT_EQ(config.layers.size(), 2U);
  EXPECT_EQ(config.layers[0].below, std::nullopt);
  EXPECT_EQ(config.layers[1].below, 0U);
  EXPECT_TRUE(config.steps.empty());
}

TEST(CacheConfig, ADamagedOneIsRefused) {
  for (const char* text : {"", "[]", "{\"layers\":{}}", "{\"layers\":[1]}", "{\"layers\":[{\"blob\":\"../x\"}]}",
                           "{\"records\":[{\"digest\":5}]}", "{\"layers\":[{\"parent\":\"x\"}]}"})
    EXPECT_THROW(read_cache_config(text), Error) << text;
}

TEST(CacheConfig, LayersInCirclesAreNoStack) {
  CacheConfig config = two_stages();
  config.layers[0].below = 1;
  EXPECT_TRUE(config.stack(1).empty());
  EXPECT_TRUE(config.stack(9).empty());
  config.layers[0].below = 7;
  EXPECT_TRUE(config.stack(2).empty());
}

TEST(CacheConfig, AnImageCarriesTheStepsOfItsOwnLayers) {
  const model::Image about{.layers = {digest("diff base"), digest("diff a")}};
  const std::vector<ExportedStep> steps{
      {digest("define a"), digest("key a"), about.layers, {}},
      {digest("define b"), digest("key b"), {digest("diff base"), digest("diff b")}, {}}};
  const std::string plain = image::write_config_blob(about);
  const std::string config = add_inline_cache(plain, steps_of_image(steps, about.layers));
  EXPECT_EQ(image::read_config_blob(config).layers, about.layers);
  const std::vector<image::Descriptor> blobs{{.digest = digest("base"), .size = 7}, {.digest = digest("a"), .size = 7}};
  const auto carried = read_inline_cache(config, blobs);
  ASSERT_TRUE(carried);
  ASSERT_EQ(carried->steps.size(), 1U);
  EXPECT_EQ(carried->steps[0].definition, digest("define a"));
  EXPECT_EQ(carried->stack(carried->steps[0].layer), (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(carried->layers[1].diff_id, digest("diff a"));
  EXPECT_FALSE(read_inline_cache(plain, blobs));
  EXPECT_THROW(read_inline_cache(config, {blobs[0]}), Error);
}

TEST(CacheManifest, HasTheFormThatIsWanted) {
  CacheConfig cache = two_stages();
  cache.layers.push_back(layer("a", 2));
  const std::string config = write_cache_config(cache);
  const CacheManifest manifest = make_cache_manifest(cache, config, {});
  EXPECT_EQ(manifest.media_type, image::kOciManifest);
  const auto parsed = std::get<image::Manifest>(image::parse_manifest(manifest.text, ""));
  EXPECT_EQ(parsed.config.media_type, kCacheConfigType);
  EXPECT_EQ(parsed.config.digest, digest(config));
  EXPECT_EQ(parsed.layers.size(), 3U);  // each blob once
  const CacheManifest index = make_cache_manifest(cache, config, {.as_index = true, .docker_types = true});
  EXPECT_EQ(index.media_type, image::kDockerList);
  const auto entries = std::get<image::Index>(image::parse_manifest(index.text, "")).manifests;
  EXPECT_EQ(entries.front().media_type, "application/vnd.docker.image.rootfs.diff.tar.gzip");
  EXPECT_EQ(entries.back().media_type, kCacheConfigType);
}

TEST(CacheManifest, HasNoMoreLayersThanAManifestMay) {
  CacheConfig cache;
  for (std::size_t i = 0; i <= image::kLayersMax; ++i) cache.layers.push_back(layer(std::to_string(i), std::nullopt));
  EXPECT_THROW(make_cache_manifest(cache, "{}", {}), Error);
  EXPECT_NO_THROW(make_cache_manifest(cache, "{}", {.as_index = true}));
}

}  // namespace
}  // namespace stack::build
