#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compose/interp/dotenv.h"
#include "compose/interp/template.h"

namespace stack::compose {
namespace {

using testing::HasSubstr;
using Map = std::map<std::string, std::string>;

Lookup from(const Map& map) {
  return [map](std::string_view name) -> std::optional<std::string> {
    const auto found = map.find(std::string{name});
    return found == map.end() ? std::nullopt : std::optional{found->second};
  };
}

const Map kVariables{{"A", "one"}, {"EMPTY", ""}, {"D", "$A"}};
std::string expand(std::string_view text) {
  const auto done = interpolate(text, from(kVariables));
  return done.error ? "error: " + *done.error : done.text;
}

TEST(ComposeTemplate, KnowsEveryOperator) {
  for (const auto& [text, expected] :
       std::vector<std::pair<const char*, const char*>>{{"$A ${A} x$A-y", "one one xone-y"},
                                                        {"$$A $ $1 a$", "$A $ $1 a$"},
                                                        {"${A:-d} ${EMPTY:-d} ${N:-d}", "one d d"},
                                                        {"${A-d}|${EMPTY-d}|${N-d}", "one||d"},
                                                        {"${A:+alt} ${EMPTY:+alt}|${EMPTY+alt} ${N+alt}", "alt |alt "},
                                                        {"${A:?m} ${A?m}", "one one"},
                                                        {"${N:-${M:-${A}}}-c", "one-c"},
                                                        {"${N:-{\"x\":{}}}", "{\"x\":{}}"},
                                                        {"${N-x?y}", "x?y"},
                                                        {"${N:-a:b}", "a:b"},
                                                        {"${A:-${N:?never}}", "one"},
                                                        {"${N:+${M:?never}}", ""},
                                                        {"$D ${D}", "$A $A"},
                                                        {"${N:-$$A}", "$A"},
                                                        {"${N:-two\nlines}", "two\nlines"}}) {
    EXPECT_EQ(expand(text), expected) << text;
  }
}

TEST(ComposeTemplate, NamesWhatIsUnset) {
  EXPECT_THAT(interpolate("$X ${Y} ${Z:-} ${W:+}", from({})).unset, testing::ElementsAre("X", "Y"));
}

TEST(ComposeTemplate, RefusesWhatIsMalformed) {
  for (const char* text :
       {"${", "${}", "${ x}", "${x!}", "${A/b/c}", "${#A}", "${A%x}", "${A:}", "${A:-", "${1}", "${N:-${}}"}) {
    EXPECT_THAT(expand(text), HasSubstr("error: ")) << text;
  }
  EXPECT_EQ(expand("${N:?say $A}"), "error: the required variable N has no value: say one");
  EXPECT_EQ(expand("${EMPTY:?}"), "error: the required variable EMPTY has no value");
}

TEST(ComposeTemplate, BoundsNesting) {
  std::string deep;
  for (int i = 0; i < 10000; ++i) deep += "${N:-";
  deep += std::string(10000, '}');
  EXPECT_THAT(expand(deep), HasSubstr("nested too deep"));
}

TEST(ComposeTemplate, ListsVariables) {
  const auto uses = variables_in("$A ${B:-x$C} ${D:?m} $$E ${F:+alt}");
  std::vector<std::string> names;
  for (const auto& use : uses) names.push_back(use.name);
  EXPECT_THAT(names, testing::ElementsAre("A", "B", "C", "D", "F"));
  EXPECT_EQ(uses[1].default_value, "x$C");
  EXPECT_TRUE(uses[3].required);
}

TEST(ComposeDotenv, WhatStandsInTheFileWinsOverFilesBefore) {
  const Map outside{{"A", "out"}}, before{{"A", "before"}, {"B", "before"}, {"C", "before"}};
  const auto parsed = parse_dotenv("B=own\nALL=$A-$B-$C", "f", from(outside), from(before));
  EXPECT_EQ(parsed.values.at("ALL"), "out-own-before");
}

Map dotenv(std::string_view text, const Map& outside = {}) {
  const auto parsed = parse_dotenv(text, ".env", from(outside));
  EXPECT_EQ(render(parsed.diagnostics), "") << text;
  return parsed.values;
}
std::string dotenv_problem(std::string_view text) { return render(parse_dotenv(text, ".env", from({})).diagnostics); }

TEST(ComposeDotenv, ReadsEveryForm) {
  EXPECT_EQ(
      dotenv("\xEF\xBB\xBF# comment\n\n  A=1\nexport B = two words  \nC: x\nD=\nE=a #b\nF=a#b\nG= # x\nexport_x=1\r\n"),
      (Map{{"A", "1"},
           {"B", "two words"},
           {"C", "x"},
           {"D", ""},
           {"E", "a"},
           {"F", "a#b"},
           {"G", "# x"},
           {"export_x", "1"}}));
}

TEST(ComposeDotenv, ReadsQuotes) {
  EXPECT_EQ(dotenv("A='$x \\n \\' y' # c\nB=\"a\\tb\\\"\\$x\\q\\0101\"\nC=\"l1\nl2\"\nD='m1\nm2'\n"),
            (Map{{"A", "$x \\n ' y"}, {"B", "a\tb\"$x\\qA"}, {"C", "l1\nl2"}, {"D", "m1\nm2"}}));
}

TEST(ComposeDotenv, PutsInVariablesFromOutsideFirst) {
  EXPECT_EQ(dotenv("O=1\nP=$O\nQ=${N:-d}\nR='$O'\n", {{"O", "5"}}),
            (Map{{"O", "1"}, {"P", "5"}, {"Q", "d"}, {"R", "$O"}}));
  EXPECT_EQ(dotenv("A=1\nB=${A}2\nBARE\nNOPE\n", {{"BARE", "b"}}), (Map{{"A", "1"}, {"B", "12"}, {"BARE", "b"}}));
}

TEST(ComposeDotenv, PointsAtMistakes) {
  EXPECT_THAT(dotenv_problem("A=1\nB C=2\n"), HasSubstr(".env:2:1: error: a variable's name cannot contain a space"));
  EXPECT_THAT(dotenv_problem("A+B=2\n"), HasSubstr(".env:1:2: error: unexpected character"));
  EXPECT_THAT(dotenv_problem("A=1\nB=\"x\n"), HasSubstr(".env:2:3: error: the quoted value of B does not end"));
  EXPECT_THAT(dotenv_problem("A='x\\'"), HasSubstr("does not end"));
  EXPECT_THAT(dotenv_problem("=x\n"), HasSubstr("error"));
  EXPECT_THAT(dotenv_problem("A=${B\n"), HasSubstr("not a valid variable expression"));
}

TEST(ComposeDotenv, RawTakesEverythingAsItIs) {
  const auto parsed = parse_raw_env("A='x' #y\nB=$A\n# c\nBARE\nC=\r\n", "f", from({{"BARE", "1"}}));
  EXPECT_EQ(parsed.values, (Map{{"A", "'x' #y"}, {"B", "$A"}, {"BARE", "1"}, {"C", ""}}));
  EXPECT_THAT(render(parse_raw_env("a b=1\n=x\n", "f", from({})).diagnostics), HasSubstr("f:2:1: error"));
}

TEST(DotenvText, IsUtf8WithoutZeroBytes) {
  const auto nothing = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
  for (const std::string& text : {std::string{"A=1\nB=\xFFx\n"}, std::string{"A=1\nB=\"\\0377\"\n"}}) {
    const auto read = parse_dotenv(text, "f", nothing);
    ASSERT_EQ(read.diagnostics.size(), 1U) << text;
    EXPECT_EQ(render(read.diagnostics), "f:2:1: error: the value of B is not UTF-8 text\n");
    EXPECT_EQ(read.values.size(), 1U);
  }
  EXPECT_EQ(parse_raw_env(std::string_view{"A=a\0b\nB=c\n", 10}, "f", nothing).values.size(), 1U);
}

}  // namespace
}  // namespace stack::compose
