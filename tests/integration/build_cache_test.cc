// Caches that builds leave in a folder, and what an engine without a cache of its own makes of them.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/build_fixture.h"

namespace stack {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class BuildCache : public test::BuildFixture {
 protected:
  void SetUp() override {
    BuildFixture::SetUp();
    engine_->import_busybox("busybox");
    write("a", "1");
  }
  void write(const std::string& path, const std::string& content) { std::ofstream{context_() / path} << content; }
  // Everything but the base image goes.
  void empty_engine() {
    const std::string base = engine_->images().find("busybox").value().id;
    for (const model::Image& image : engine_->images().list()) {
      if (image.id != base)
        engine_->images().remove(image.id, true,
                                 [](const std::string&) { return std::optional<image::Store::User>{}; });
    }
    engine_->prune({.all = true});
    engine_->images().collect();
    engine_->images().sweep();
    ASSERT_THAT(engine_->cache(), IsEmpty());
  }
  test::BuildResult build_with(const std::string& file, bool read, bool write, bool all = false) {
    model::BuildSpec wanted = spec(file);
    if (read) wanted.cache_from = {{.folder = folder()}};
    if (write) wanted.cache_to = {{.place = {.folder = folder()}, .all_steps = all}};
    auto result = engine_->build(wanted);
    EXPECT_FALSE(result.failure) << result.failure->render() << result.output();
    return result;
  }
  [[nodiscard]] std::string folder() const { return root_ / "cache/one"; }
  // The steps of the plan that were played.
  static std::vector<std::string> steps(const test::BuildResult& result) {
    std::vector<std::string> names;
    for (const std::string& name : result.played()) {
      if (name.starts_with("[")) names.push_back(name);
    }
    return names;
  }
};

constexpr const char* kTwoStages =
    "FROM busybox AS made\nCOPY a /a\nRUN cat /a /proc/sys/kernel/random/uuid >/out\n"
    "FROM busybox\nRUN echo first >/first\nCOPY --from=made /out /out\nRUN cat /out >/copy\n";

TEST_F(BuildCache, AnEngineWithoutItsOwnPlaysNothing) {
  const auto first = build_with(kTwoStages, false, true);
  const std::string tree = engine_->tree_of(first.image_id);
  EXPECT_TRUE(fs::exists(folder() + "/oci-layout"));
  empty_engine();
  const auto second = build_with(kTwoStages, true, false);
  // The first stage is not even in the cache, and not needed.
  EXPECT_THAT(steps(second), IsEmpty()) << ::testing::PrintToString(second.warnings());
  EXPECT_EQ(second.image_id, first.image_id);
  EXPECT_EQ(engine_->tree_of(second.image_id), tree);
}

TEST_F(BuildCache, WhatChangedIsPlayedOnTopOfIt) {
  build_with(kTwoStages, false, true, true);
  empty_engine();
  const std::string changed = std::string{kTwoStages} + "RUN echo more >/more\n";
  const auto result = build_with(changed, true, false);
  EXPECT_THAT(steps(result), ElementsAre(HasSubstr("RUN echo more")));
  // What came from elsewhere is for builds that name it.
  empty_engine();
  build_with(kTwoStages, true, false);
  EXPECT_THAT(steps(build_with(kTwoStages, false, false)).size(), 5);
}

TEST_F(BuildCache, OfAllStepsHasTheOtherStagesToo) {
  build_with(kTwoStages, false, true, true);
  empty_engine();
  const std::string changed =
      "FROM busybox AS made\nCOPY a /a\nRUN cat /a /proc/sys/kernel/random/uuid >/out\n"
      "FROM busybox\nCOPY --from=made /out /elsewhere\n";
  EXPECT_THAT(steps(build_with(changed, true, true, true)), ElementsAre(HasSubstr("COPY --from=made")));
  // An export of a build that was served has all that it had.
  empty_engine();
  EXPECT_THAT(steps(build_with(changed, true, true, true)), IsEmpty());
  empty_engine();
  EXPECT_THAT(steps(build_with(changed + "COPY --from=made /out /again\n", true, false)),
              ElementsAre(HasSubstr("/again")));
}

TEST_F(BuildCache, OtherFilesAreNotServed) {
  build_with(kTwoStages, false, true, true);
  empty_engine();
  write("a", "2");
  const auto result = build_with(kTwoStages, true, false);
  EXPECT_THAT(steps(result), Contains(HasSubstr("COPY a /a")));
  EXPECT_THAT(steps(result), Not(Contains(HasSubstr("RUN echo first"))));
}

TEST_F(BuildCache, WithoutTheCacheNothingIsServed) {
  build_with(kTwoStages, false, true, true);
  empty_engine();
  model::BuildSpec wanted = spec(kTwoStages);
  wanted.cache_from = {{.folder = folder()}};
  wanted.no_cache_stages = {"made"};
  EXPECT_THAT(steps(engine_->build(wanted)),
              ::testing::UnorderedElementsAre(HasSubstr("COPY a"), HasSubstr("random/uuid"),
                                              HasSubstr("COPY --from=made"), HasSubstr("RUN cat /out")));
}

TEST_F(BuildCache, OneThatIsDamagedOrNotThereIsAWarning) {
  model::BuildSpec wanted = spec(kTwoStages);
  wanted.cache_from = {{.folder = root_ / "nowhere"}};
  const auto result = engine_->build(wanted);
  EXPECT_FALSE(result.failure);
  EXPECT_THAT(result.warnings(), ElementsAre(HasSubstr("is not used: ")));
  build_with(kTwoStages, false, true);
  empty_engine();
  for (const auto& blob : fs::directory_iterator{folder() + "/blobs/sha256"}) {
    // What is not JSON is a layer.
    if (std::ifstream{blob.path()}.get() != '{') std::ofstream{blob.path(), std::ios::app} << "x";
  }
  const auto again = build_with(kTwoStages, true, false);
  EXPECT_THAT(steps(again), Not(IsEmpty()));
  EXPECT_THAT(again.warnings(), Not(IsEmpty()));
}

TEST_F(BuildCache, TheEnginesOwnComesFirst) {
  build_with(kTwoStages, false, true, true);
  // Made anew: other bytes than those of the cache.
  model::BuildSpec fresh = spec(kTwoStages);
  fresh.no_cache = true;
  const auto own = engine_->build(fresh);
  const auto result = build_with(kTwoStages, true, false);
  EXPECT_THAT(steps(result), IsEmpty());
  EXPECT_EQ(result.image_id, own.image_id);
}

TEST_F(BuildCache, AFolderThatCannotBeWrittenFailsTheBuildOrIsAWarning) {
  write("file", "x");
  model::BuildSpec wanted = spec(kTwoStages);
  wanted.cache_to = {{.place = {.folder = context_() / "file/below"}}};
  EXPECT_TRUE(engine_->build(wanted).failure);
  wanted.cache_to.front().may_fail = true;
  const auto result = engine_->build(wanted);
  EXPECT_FALSE(result.failure);
  EXPECT_THAT(result.warnings(), ElementsAre(HasSubstr("exporting cache to ")));
}

}  // namespace
}  // namespace stack
