// The corpus: Dockerfiles of our own with what BuildKit makes of them (tests/corpus/build/record), each a test. Compared are the whole file
// tree, the configuration and the history; of what BuildKit refuses, that it is refused here.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <stdlib.h>

#include "base/file.h"
#include "engine/image/image_config_json.h"
#include "tests/places.h"
#include "tests/support/build_engine.h"

namespace stack {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kCorpus = fs::path{STACK_SOURCE_DIR} / "tests/corpus/build";

struct Sample {
  std::string name, text;
  std::vector<std::string> given;  // arg=NAME=VALUE, target=STAGE, label=NAME=VALUE
  std::string expected;            // "fails\n" where it is refused
};

void PrintTo(const Sample& sample, std::ostream* out) { *out << sample.name << ":\n" << sample.text; }

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream words{line};
  return {std::istream_iterator<std::string>{words}, {}};
}

// What follows each "=== HEAD" of a file, with the head.
std::vector<std::pair<std::string, std::string>> sections(const fs::path& file) {
  static const std::string kMark = "=== ";
  std::vector<std::pair<std::string, std::string>> found;
  const std::string text = read_file(file).value_or("");
  for (std::size_t at = text.find(kMark); at != std::string::npos;) {
    const std::size_t head = at + kMark.size(), body = text.find('\n', head) + 1;
    at = text.find("\n" + kMark, body - 1);
    const std::size_t end = at == std::string::npos ? text.size() : ++at;
    found.emplace_back(text.substr(head, body - 1 - head), text.substr(body, end - body));
  }
  return found;
}

Sample of_own_file(const fs::path& expected) {
  Sample sample{.name = expected.stem(), .text = {}, .given = {}, .expected = read_file(expected).value()};
  sample.text = read_file(kCorpus / (sample.name + ".Dockerfile")).value();
  std::istringstream lines{sample.text};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("# corpus:")) continue;
    for (std::string& word : words_of(line.substr(9))) sample.given.push_back(std::move(word));
  }
  return sample;
}

std::vector<Sample> samples() {
  std::vector<Sample> all;
  for (const auto& entry : fs::directory_iterator{kCorpus}) {
    if (entry.path().extension() == ".expected") all.push_back(of_own_file(entry.path()));
    if (entry.path().extension() != ".cases") continue;
    const auto cases = sections(entry.path()), given = sections(fs::path{entry.path()}.replace_extension(".given"));
    for (std::size_t i = 0; i < cases.size(); ++i) {
      std::vector<std::string> words = words_of(cases[i].first);
      Sample sample{.name = entry.path().stem().string() + "-" + words.front(),
                    .text = cases[i].second,
                    .given = {},
                    .expected = {}};
      sample.given.assign(words.begin() + 1, words.end());
      if (i < given.size() && given[i].first == words.front()) sample.expected = given[i].second;
      all.push_back(std::move(sample));
    }
  }
  std::ranges::sort(all, {}, &Sample::name);
  return all;
}

// One engine for all of them: they share what they have in common.
class BuildCorpus : public ::testing::TestWithParam<Sample> {
 protected:
  static void SetUpTestSuite() {
    std::string pattern = ::testing::TempDir() + "stack-corpus-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    run("'" + (kCorpus / "make-context").string() + "' " + (root_ / "context").string());
    run("'" + (kCorpus / "make-base").string() + "' " + (root_ / "base").string());
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

  static model::BuildSpec spec(const Sample& sample) {
    model::BuildSpec spec;
    spec.context = model::BuildFolder{root_ / "context"};
    spec.dockerfile = sample.name;
    spec.dockerfile_text = sample.text;
    for (const std::string& word : sample.given) {
      const std::size_t first = word.find('='), second = word.find('=', first + 1);
      const std::string kind = word.substr(0, first), key = word.substr(first + 1, second - first - 1);
      if (kind == "target") spec.target = key;
      if (kind == "arg") spec.args[key] = word.substr(second + 1);
      if (kind == "label") spec.labels[key] = word.substr(second + 1);
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
  const Sample& sample = GetParam();
  const auto result = engine_->build(spec(sample));
  if (sample.expected == "fails\n") {
    EXPECT_TRUE(result.failure) << "BuildKit refuses it; here it gives\n" << described(result.image_id);
    return;
  }
  ASSERT_FALSE(result.failure) << result.failure->message();
  EXPECT_EQ(described(result.image_id), sample.expected);
}

INSTANTIATE_TEST_SUITE_P(All, BuildCorpus, ::testing::ValuesIn(samples()), [](const auto& tested) {
  std::string name = tested.param.name;
  std::ranges::replace(name, '-', '_');
  return name;
});

}  // namespace
}  // namespace stack
