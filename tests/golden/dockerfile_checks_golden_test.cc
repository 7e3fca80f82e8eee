// What the build checks find in tests/golden/dockerfile/checks.txt, against checks.json: what BuildKit found in the same texts, with the
// .dockerignore of kIgnored beside them (`docker buildx build --call=check,format=json`).
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/dockerfile/build_checks.h"
#include "base/error.h"
#include "base/file.h"
#include "base/model/reference.h"
#include "tests/places.h"

namespace stack::dockerfile {
namespace {

using nlohmann::json;

const std::string kFolder = std::string{STACK_SOURCE_DIR} + "/tests/golden/dockerfile/";
constexpr std::string_view kIgnored = "hidden\n*.log\n!keep.log\nsub\n";

std::optional<ImageFacts> image(const std::string& /*reference*/) { return ImageFacts{}; }

bool valid(const std::string& reference) {
  try {
    static_cast<void>(model::parse_reference(reference));
    return true;
  } catch (const Error&) {
    return false;
  }
}

// A finding a line: "FromAsCasing 2-2 'as' and ...".
std::string found(const std::string& text, const Variables& arguments) {
  const Parsed parsed = parse_dockerfile(text);
  const auto given = arguments.find(kCheckArgument);
  std::string written = parsed.dockerfile.directives.check ? parsed.dockerfile.directives.check->text : "";
  if (given != arguments.end()) written = given->second;
  Problems none;
  const IgnoreFile ignored = IgnoreFile::parse(kIgnored, none);
  const Variables automatic = platform_arguments({"linux", "amd64", ""}, {"linux", "amd64", ""}, "");
  try {
    const CheckDirective directive = read_check_directive(written);
    const Problems findings = build_checks({.file = parsed.dockerfile,
                                            .reading = parsed.problems,
                                            .automatic = automatic,
                                            .build_arguments = arguments,
                                            .image = image,
                                            .valid_reference = valid,
                                            .ignored = &ignored,
                                            .only_target = {}},
                                           directive);
    std::string lines;
    for (const Problem& it : findings) {
      lines += it.code + " " + std::to_string(it.range.begin.line) + "-" + std::to_string(it.range.end.line) + " " +
               it.message + "\n";
    }
    if (directive.error) lines += violation_text(findings);
    return lines;
  } catch (const Error& error) {
    return error.message();
  }
}

TEST(DockerfileChecksGolden, FindsWhatBuildKitFinds) {
  const json answers = json::parse(read_file(kFolder + "checks.json").value());
  std::istringstream in{read_file(kFolder + "checks.txt").value()};
  std::string name, text;
  Variables arguments;
  std::size_t compared = 0;
  const auto compare = [&] {
    if (name.empty()) return;
    SCOPED_TRACE(name + "\n" + text);
    EXPECT_EQ(found(text, arguments), answers.at(name).get<std::string>());
    ++compared;
  };
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("=== ")) {
      text += line + "\n";
      continue;
    }
    compare();
    text.clear();
    arguments.clear();
    std::istringstream words{line.substr(4)};
    words >> name;
    for (std::string word; words >> word;) arguments[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
  }
  compare();
  EXPECT_EQ(compared, answers.size());
}

TEST(BuildChecks, OnlyWhatTheTargetNeedsIsLookedAt) {
  const Parsed parsed = parse_dockerfile("FROM scratch AS a\nWORKDIR x\nFROM scratch AS b\nWORKDIR y\n");
  const Variables none;
  const CheckInput input{.file = parsed.dockerfile,
                         .reading = parsed.problems,
                         .automatic = none,
                         .build_arguments = none,
                         .image = image,
                         .valid_reference = valid,
                         .ignored = nullptr,
                         .only_target = "b"};
  const Problems findings = build_checks(input, {});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings.front().range.begin.line, 4u);
}

TEST(BuildChecks, AnImageThatIsNotKnownHasNoUndefinedVariables) {
  const Parsed parsed = parse_dockerfile("FROM far\nENV a=$b\n");
  const Variables none;
  const CheckInput input{.file = parsed.dockerfile,
                         .reading = parsed.problems,
                         .automatic = none,
                         .build_arguments = none,
                         .image = [](const std::string&) { return std::optional<ImageFacts>{}; },
                         .valid_reference = valid,
                         .ignored = nullptr,
                         .only_target = {}};
  EXPECT_TRUE(build_checks(input, {}).empty());
}

}  // namespace
}  // namespace stack::dockerfile
