// What the Dockerfile room and the changes of an image make of tests/golden/dockerfile/cases.txt, against answers.json: what BuildKit
// made of the same texts (tests/golden/dockerfile/record). problems.txt holds our own words for the mistakes; STACK_GOLDEN_ACCEPT=1
// writes it again, and such a run counts as skipped.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/dockerfile/base_image.h"
#include "base/dockerfile/expand_instruction.h"
#include "base/dockerfile/ignore_file.h"
#include "base/error.h"
#include "base/file.h"
#include "engine/image/change.h"
#include "engine/image/image_config_json.h"
#include "tests/places.h"

namespace stack::dockerfile {
namespace {

using nlohmann::json;

const std::string kFolder = std::string{STACK_SOURCE_DIR} + "/tests/golden/dockerfile/";
const std::string kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct Case {
  std::string name, text;
  Variables arguments;
};

std::vector<Case> cases(const std::string& file = "cases.txt") {
  std::vector<Case> result;
  std::istringstream in{read_file(kFolder + file).value_or("")};
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("=== ")) {
      result.back().text += line + "\n";
      continue;
    }
    std::istringstream words{line.substr(4)};
    Case& next = result.emplace_back();
    words >> next.name;
    for (std::string word; words >> word;)
      next.arguments[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
  }
  return result;
}

struct Outcome {
  model::ImageConfig config;
  json files = json::object();
  Problems problems;
};

// Goes through a stage and those that it is made from, as a builder would, without running anything.
class Walk {
 public:
  Walk(const Case& it, const Parsed& parsed)
      : case_(it),
        file_(parsed.dockerfile),
        automatic_(platform_arguments({"linux", "amd64", ""}, {"linux", "amd64", ""}, "")),
        global_(global_scope(file_, automatic_, case_.arguments)) {
    outcome_.problems = parsed.problems;
    outcome_.problems.insert(outcome_.problems.end(), global_.problems.begin(), global_.problems.end());
  }

  Outcome run() {
    if (!has_errors(outcome_.problems) && !file_.stages.empty()) stage(file_.stages.size() - 1);
    return std::move(outcome_);
  }

 private:
  void stage(std::size_t number) {
    const Stage& it = file_.stages[number];
    const Lookup lookup = [&](std::string_view name) -> std::optional<std::string> {
      const auto found = global_.values.find(name);
      return found == global_.values.end() ? std::nullopt : std::optional{found->second};
    };
    Word base = it.base;
    if (auto problem = expand_word(base, lookup, file_.directives.escape)) return outcome_.problems.push_back(*problem);
    if (base.text.empty())
      return outcome_.problems.push_back({Severity::error, "base", "the stage has no base", "", base.range});
    if (const auto earlier = earlier_stage(file_, number, base.text)) {
      stage(*earlier);
    } else {
      outcome_.config.env = {kPath};
      outcome_.config.working_dir = "/";
    }
    instructions(it);
  }

  void instructions(const Stage& it) {
    image::ConfigChanges changes{outcome_.config};
    for (Instruction instruction : it.instructions) {
      const auto* arg = std::get_if<Arg>(&instruction.value);
      auto problem = arg != nullptr ? scope_.declare(*arg, file_.directives.escape)
                                    : expand_instruction(instruction, scope_.lookup(), file_.directives.escape);
      if (problem) {
        outcome_.problems.push_back(std::move(*problem));
        return;
      }
      if (const auto* env = std::get_if<Env>(&instruction.value)) scope_.set(*env);
      if (const auto* copy = std::get_if<Copy>(&instruction.value)) put(*copy);
      if (const auto* add = std::get_if<Add>(&instruction.value)) put(*add);
      try {
        changes.apply(instruction);
      } catch (const Error& error) {
        outcome_.problems.push_back({Severity::error, "config", error.message(), "", instruction.range});
        return;
      }
    }
  }

  void put(const FileTransfer& it) {
    for (const Heredoc& file : it.inline_files) {
      const std::string& to = it.destination.text;
      outcome_.files[to.ends_with('/') ? to + file.name : to] = file.content;
    }
  }

  const Case& case_;
  const Dockerfile& file_;
  Variables automatic_;
  GlobalScope global_;
  StageScope scope_{global_.values, case_.arguments, {{"PATH", kPath.substr(5)}}};
  Outcome outcome_;
};

json config_of(const model::ImageConfig& config) {
  model::Image image;
  image.config = config;
  return json::parse(image::write_config_blob(image))["config"];
}

TEST(DockerfileGolden, MeansWhatBuildKitMeans) {
  const json answers = json::parse(read_file(kFolder + "answers.json").value());
  std::size_t compared = 0;
  for (const Case& it : cases()) {
    SCOPED_TRACE(it.name + "\n" + it.text);
    ASSERT_TRUE(answers.contains(it.name));
    const json& answer = answers[it.name];
    const Parsed parsed = parse_dockerfile(it.text);
    const Outcome outcome = Walk{it, parsed}.run();
    const std::string problems = render(outcome.problems, "Dockerfile");
    EXPECT_EQ(has_errors(outcome.problems), answer.contains("error")) << problems << answer.value("error", "");
    if (answer.contains("config")) {
      EXPECT_EQ(config_of(outcome.config), answer["config"]);
    }
    if (answer.contains("files")) {
      EXPECT_EQ(outcome.files, answer["files"]);
    }
    ++compared;
  }
  EXPECT_EQ(compared, answers.size());
}

TEST(DockerfileGolden, IgnoresWhatBuildKitIgnores) {
  const json answers = json::parse(read_file(kFolder + "ignored.json").value());
  for (const Case& it : cases("ignore.txt")) {
    SCOPED_TRACE(it.name + "\n" + it.text);
    Problems problems;
    const IgnoreFile ignore = IgnoreFile::parse(it.text, problems);
    const json& answer = answers.at(it.name);
    EXPECT_EQ(has_errors(problems), answer.contains("error")) << render(problems, ".dockerignore");
    if (!answer.contains("kept")) continue;
    json kept = json::array();
    std::istringstream tree{read_file(kFolder + "tree.txt").value()};
    for (std::string path; std::getline(tree, path);) {
      if (!ignore.ignores(path)) kept.push_back(path);
    }
    EXPECT_EQ(kept, answer["kept"]);
  }
}

TEST(DockerfileGolden, MistakesReadAsExpected) {
  std::string actual;
  for (const Case& it : cases()) {
    const std::string problems = render(Walk{it, parse_dockerfile(it.text)}.run().problems, "Dockerfile");
    if (!problems.empty()) actual += "=== " + it.name + "\n" + problems;
  }
  const char* const wish = std::getenv("STACK_GOLDEN_ACCEPT");
  if (wish != nullptr && std::string_view{wish} == "1") {
    std::ofstream{kFolder + "problems.txt", std::ios::binary} << actual;
    GTEST_SKIP() << "expected output written again";
  }
  EXPECT_EQ(read_file(kFolder + "problems.txt").value_or(""), actual)
      << "run with STACK_GOLDEN_ACCEPT=1 when the change is meant";
}

}  // namespace
}  // namespace stack::dockerfile
