// Our loader beside a real `docker compose config`, over the same projects. Without one its recorded answers are
// replayed. To ask a real one, STACK_COMPOSE_SHELL is a command that runs the Bash script which it gets as its last argument
// where `docker compose` is, and STACK_COMPOSE_ROOT, if that sees this machine's files elsewhere, what stands before
// their paths there (STACK_COMPOSE_COMMAND: what to call instead of "docker compose"); answers that are recorded are not asked again unless STACK_DIFFERENTIAL_ANEW=1. With
// STACK_DIFFERENTIAL_RECORD=1 the answers are written to answers.xz; such a run counts as skipped.
// STACK_DIFFERENTIAL_SEED=N compares other mixtures than those that are recorded.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/file.h"
#include "compare.h"
#include "generator.h"
#include "oracle.h"
#include "recorded.h"
#include "tests/places.h"

namespace stack::compose {
namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::filesystem::path archive_path() {
  return std::filesystem::path{STACK_SOURCE_DIR} / "tests/golden/differential/answers.xz";
}

constexpr std::size_t kMixtures = 1200;

std::string show(const Sample& sample) {
  std::string text;
  for (const auto& word : sample.arguments) text += word + " ";
  text += "\n";
  for (const auto& [name, content] : sample.files) text += ">>> " + name + "\n" + content;
  return text;
}

// What is asked: generated and written by hand.
std::vector<Sample> all_samples() {
  if (const auto seed = variable("STACK_DIFFERENTIAL_SEED"); !seed.empty()) {
    return mixed_samples(kMixtures, std::stoull(seed) << 32U);
  }
  auto samples = samples_of_rows();
  for (auto& sample : mixed_samples(kMixtures, 1)) samples.push_back(std::move(sample));
  for (auto& sample : written_samples()) samples.push_back(std::move(sample));
  return samples;
}

std::string key_of(const Sample& sample) {
  std::string key;
  for (const auto& word : sample.arguments) key += word + '\0';
  for (const auto& [name, value] : sample.environment) key += name + '=' + value + '\0';
  for (const auto& [name, text] : sample.files) key += name + '\0' + text + '\0';
  return key;
}

// Answers that the archive has are taken from there, unless all are to be asked again.
std::vector<Recorded> asked(const OracleCommand& command) {
  std::map<std::string, Outcome> known;
  if (variable("STACK_DIFFERENTIAL_ANEW").empty() && std::filesystem::exists(archive_path())) {
    for (auto& one : read_recorded(archive_path())) known.emplace(key_of(one.sample), std::move(one.answer));
  }
  std::vector<Recorded> all;
  std::vector<Sample> open;
  std::vector<std::size_t> places;
  for (auto& sample : all_samples()) {
    const auto found = known.find(key_of(sample));
    if (found == known.end()) {
      open.push_back(sample);
      places.push_back(all.size());
    }
    all.push_back({std::move(sample), found == known.end() ? Outcome{} : found->second});
  }
  constexpr std::size_t kAtOnce = 500;
  for (std::size_t first = 0; first < open.size(); first += kAtOnce) {
    const auto last = std::min(first + kAtOnce, open.size());
    const auto answers = ask(
        command, {open.begin() + static_cast<std::ptrdiff_t>(first), open.begin() + static_cast<std::ptrdiff_t>(last)});
    for (std::size_t i = 0; i < answers.size(); ++i) all[places[first + i]].answer = answers[i];
    std::cout << last << " of " << open.size() << " asked" << std::endl;
  }
  return all;
}

TEST(Differential, EveryDifferenceIsExplained) {
  const std::string shell = variable("STACK_COMPOSE_SHELL");
  const bool record = variable("STACK_DIFFERENTIAL_SEED").empty() && variable("STACK_DIFFERENTIAL_RECORD") == "1";
  OracleCommand command{shell, variable("STACK_COMPOSE_ROOT")};
  if (const auto own = variable("STACK_COMPOSE_COMMAND"); !own.empty()) command.compose = own;
  const auto all = shell.empty() ? read_recorded(archive_path()) : asked(command);
  if (record) write_recorded(archive_path(), all);
  std::set<std::string> used;
  for (const auto& [sample, answer] : all) {
    const auto found = compare(sample, load_sample(sample), answer);
    used.insert(found.rules.begin(), found.rules.end());
    if (!found.unexplained.empty()) {
      ADD_FAILURE() << "##### " << sample.name << "\n" << show(sample) << "-----\n" << found.unexplained;
    }
  }
  const bool whole = variable("STACK_DIFFERENTIAL_SEED").empty();
  for (const auto& rule : whole ? all_rules() : std::span<const Rule>{}) {
    EXPECT_TRUE(used.erase(std::string{rule.name}) > 0) << "nothing needs the rule " << rule.name;
  }
  for (const auto& name : whole ? used : std::set<std::string>{})
    ADD_FAILURE() << "the rule " << name << " has no reason";
  if (record) GTEST_SKIP() << "answers recorded";
}

TEST(Differential, EachRuleIsDocumented) {
  std::string page = read_file(std::filesystem::path{STACK_SOURCE_DIR} / "docs/differences.md").value_or("");
  std::ranges::replace(page, '\n', ' ');
  for (auto at = page.find("  "); at != std::string::npos; at = page.find("  ", at)) page.erase(at, 1);
  for (const auto& rule : all_rules()) {
    EXPECT_NE(page.find(rule.reason), std::string::npos) << "docs/differences.md lacks: " << rule.reason;
  }
}

TEST(Differential, TheArchiveIsWhole) {
  std::set<std::string> known;
  std::size_t written = 0, generated = 0;
  for (const auto& one : read_recorded(archive_path())) known.insert(key_of(one.sample));
  for (const auto& sample : written_samples()) {
    ++written;
    EXPECT_TRUE(known.contains(key_of(sample))) << "record the answer to: " << sample.name;
  }
  generated = known.size() - written;
  EXPECT_GE(written, 200U);
  EXPECT_GE(generated, 2000U);
}

}  // namespace
}  // namespace stack::compose
