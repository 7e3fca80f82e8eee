// The corpus: Dockerfiles of our own with what BuildKit makes of them (tests/corpus/build/record), each a test. Compared are the whole file
// tree, the configuration and the history.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <stdlib.h>

#include "base/file.h"
#include "engine/image/image_config_json.h"
#include "tests/support/build_engine.h"

namespace stack {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kCorpus = fs::path{STACK_SOURCE_DIR} / "tests/corpus/build";

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const auto& entry : fs::directory_iterator{kCorpus}) {
    if (entry.path().extension() == ".expected") result.push_back(entry.path().stem());
  }
  std::ranges::sort(result);
  return result;
}

// One engine for all of them: they share what they have in common.
class BuildCorpus : public ::testing::TestWithParam<std::string> {
 protected:
  static void SetUpTestSuite() {
    std::string pattern = ::testing::TempDir() + "stack-corpus-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    run((kCorpus / "make-context").string() + " " + (root_ / "context").string());
    run((kCorpus / "make-base").string() + " " + (root_ / "base").string());
    run("tar --owner=0 --group=0 --numeric-owner -C " + (root_ / "base").string() + " -cf " +
        (root_ / "base.tar").string() + " .");
    engine_ = std::make_unique<test::BuildEngine>(root_);
    engine_->import(root_ / "base.tar", "base");
  }
  static void TearDownTestSuite() {
    engine_.reset();
    fs::remove_all(root_);
  }
  static void run(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0) << command; }

  static model::BuildSpec spec(const std::string& name) {
    model::BuildSpec spec;
    spec.context = model::BuildFolder{root_ / "context"};
    spec.dockerfile = name;
    spec.dockerfile_text = read_file(kCorpus / (name + ".Dockerfile"));
    std::istringstream lines{*spec.dockerfile_text};
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("# corpus:")) continue;
      std::istringstream words{line.substr(9)};
      for (std::string word; words >> word;) {
        const std::size_t first = word.find('='), second = word.find('=', first + 1);
        const std::string kind = word.substr(0, first), key = word.substr(first + 1, second - first - 1);
        if (kind == "target") spec.target = key;
        if (kind == "arg") spec.args[key] = word.substr(second + 1);
        if (kind == "label") spec.labels[key] = word.substr(second + 1);
      }
    }
    return spec;
  }
  static std::string described(const std::string& id) {
    const json config = json::parse(engine_->images().read_blob(id, 8 << 20).value());
    std::string text = "config " + config.at("config").dump() + "\n";
    if (config.contains("author")) text += "author " + config.at("author").get<std::string>() + "\n";
    for (const json& step : config.at("history")) {
      if (step.value("comment", "") != "buildkit.dockerfile.v0") continue;
      text += (step.value("empty_layer", false) ? "empty " : "layer ") + step.at("created_by").dump() + "\n";
    }
    std::istringstream tree{engine_->tree_of(id)};
    for (std::string line; std::getline(tree, line);) {
      // What a compressed file holds is the host's gzip's.
      if (const std::size_t packed = line.find(".gz ");
          packed != std::string::npos && line.find(" -> ") == std::string::npos)
        line.resize(packed + 3);
      if (line.find(" bin/") == std::string::npos) text += "tree " + line + "\n";
    }
    return text;
  }

  static inline fs::path root_;
  static inline std::unique_ptr<test::BuildEngine> engine_;
};

TEST_P(BuildCorpus, GivesWhatBuildKitGives) {
  const auto result = engine_->build(spec(GetParam()));
  ASSERT_FALSE(result.failure) << result.failure->message();
  EXPECT_EQ(described(result.image_id), read_file(kCorpus / (GetParam() + ".expected")));
}

INSTANTIATE_TEST_SUITE_P(All, BuildCorpus, ::testing::ValuesIn(names()), [](const auto& tested) {
  std::string name = tested.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

}  // namespace
}  // namespace stack
