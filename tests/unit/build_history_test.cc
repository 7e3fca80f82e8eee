// BuildHistory: what a build reports becomes its record, which outlives the engine.
#include "engine/service/build_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/file.h"

namespace stack::service {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class History : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "stack-history-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] BuildHistory make() { return BuildHistory{folder_ / "history.json", time_, random_}; }
  static model::BuildSpec spec(const std::string& tag) {
    model::BuildSpec spec;
    spec.tags = {tag};
    return spec;
  }

  std::filesystem::path folder_;
  async::ManualTimekeeper time_;
  const RandomSource random_ = system_random();
};

TEST_F(History, ARecordHasEachStepWithWhyItWasNotCached) {
  BuildHistory history = make();
  const std::string id = history.begin(spec("shop:1"));
  history.note(id, api::BuildStepEnded{.step = 1, .name = "FROM a", .cached = true});
  history.note(id, api::BuildStepStarted{2, "COPY src .", "src/main.go changed"});
  history.note(id, api::BuildStepStarted{3, "RUN b", ""});
  history.note(id, api::BuildStepEnded{.step = 3, .name = "RUN b", .took = std::chrono::seconds{2}});
  history.note(id, api::BuildStepEnded{.step = 2, .name = "COPY src .", .took = std::chrono::seconds{1}});
  ASSERT_THAT(history.all(), SizeIs(1));
  EXPECT_EQ(history.all()[0].outcome, api::BuildOutcome::running);
  history.note(id, api::BuildDone{"sha256:1", {"shop:1"}});
  const api::BuildRecord record = history.all()[0];
  EXPECT_EQ(record.outcome, api::BuildOutcome::completed);
  EXPECT_EQ(record.name, "shop:1");
  EXPECT_EQ(record.image_id, "sha256:1");
  EXPECT_THAT(record.steps,
              ElementsAre(api::BuildRecordStep{.name = "FROM a", .cached = true},
                          api::BuildRecordStep{.name = "RUN b", .took = std::chrono::seconds{2}},
                          api::BuildRecordStep{
                              .name = "COPY src .", .cause = "src/main.go changed", .took = std::chrono::seconds{1}}));
}

TEST_F(History, WhatHasEndedIsThereForTheNextEngine) {
  BuildHistory history = make();
  const std::string failed = history.begin(spec("a")), left = history.begin(spec("b")), runs = history.begin(spec("c"));
  history.note(failed, api::BuildFailed{Error("no")});
  history.note(left, api::BuildFailed{.error = Error("left"), .cancelled = true});
  history.store(history.text());
  BuildHistory next = make();
  const std::string begun = next.begin(spec("d"));
  next.take(next.load());
  ASSERT_THAT(next.all(), SizeIs(3));
  EXPECT_EQ(next.all()[0].id, begun);
  EXPECT_EQ(next.all()[1].outcome, api::BuildOutcome::cancelled);
  EXPECT_EQ(next.all()[2].outcome, api::BuildOutcome::failed);
  EXPECT_EQ(next.all()[2].error, "no");
  replace_file(folder_ / "history.json", "[{", Durable::no);
  EXPECT_THAT(make().load(), IsEmpty());
}

TEST_F(History, OnlyWhatHasEndedIsForgotten) {
  BuildHistory history = make();
  const std::string runs = history.begin(spec("a")), ended = history.begin(spec("b")), other = history.begin(spec("c"));
  for (const std::string& id : {ended, other}) history.note(id, api::BuildDone{});
  EXPECT_THAT(history.forget({runs, ended, "unknown"}, false), ElementsAre(ended));
  EXPECT_THAT(history.forget({}, true), ElementsAre(other));
  EXPECT_THAT(history.all(), SizeIs(1));
}

TEST_F(History, ItIsBounded) {
  BuildHistory history = make();
  const std::string runs = history.begin(spec("first"));
  for (int i = 0; i < 150; ++i) history.note(history.begin(spec("a")), api::BuildDone{});
  EXPECT_THAT(history.all(), SizeIs(100));
  EXPECT_EQ(history.all().back().id, runs) << "what runs is never dropped";
  for (int i = 0; i < 400; ++i) history.note(runs, api::BuildStepEnded{.step = i, .name = std::string(100'000, 'x')});
  EXPECT_THAT(history.all().back().steps, SizeIs(300));
  EXPECT_EQ(history.all().back().more_steps, 100);
  EXPECT_LT(history.all().back().steps[0].name.size(), 400u);
}

}  // namespace
}  // namespace stack::service
