// What tests of builds begin with: a folder of their own with a context in it, and an engine that builds there and leaves nothing behind.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "tests/support/build_engine.h"

namespace stack::test {

class BuildFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "stack-build-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    std::filesystem::create_directory(context_());
    engine_ = std::make_unique<BuildEngine>(root_);
  }
  void TearDown() override {
    EXPECT_EQ(engine_->leftovers(), "");
    engine_.reset();
    std::filesystem::remove_all(root_);
  }
  void restart() {
    engine_.reset();
    engine_ = std::make_unique<BuildEngine>(root_);
  }

  [[nodiscard]] std::filesystem::path context_() const { return root_ / "context"; }
  [[nodiscard]] virtual model::BuildSpec spec(const std::string& dockerfile) const {
    model::BuildSpec spec;
    spec.context = model::BuildFolder{context_()};
    spec.dockerfile_text = dockerfile;
    return spec;
  }
  BuildResult build(const std::string& dockerfile) {
    auto result = engine_->build(spec(dockerfile));
    EXPECT_FALSE(result.failure) << result.failure->render() << result.output();
    return result;
  }
  // Rendered; empty when it does not fail.
  std::string failure(const std::string& dockerfile) {
    const auto result = engine_->build(spec(dockerfile));
    return result.failure ? result.failure->render() : "";
  }

  std::filesystem::path root_;
  std::unique_ptr<BuildEngine> engine_;
};

}  // namespace stack::test
