#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compose/check/sensitive.h"
#include "compose/print/config_output.h"
#include "tests/support/loaded_files.h"

namespace stack::compose {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(Load, WithoutInterpolationTheTreeKeepsItsVariables) {
  options.interpolate = false;
  const auto result = load("services: {a: {image: \"x:${T}\", ports: [\"${P}:80\", \"81:81\"], scale: \"${N}\"}}\n");
  EXPECT_EQ(render(result.diagnostics), "");
  EXPECT_THAT(config_yaml(result.tree), HasSubstr("image: x:${T}"));
  EXPECT_THAT(config_yaml(result.tree), HasSubstr("- ${P}:80"));
}

TEST_F(Load, WithoutInterpolationAnItemThatBeginsWithAVariableStaysAsItIs) {
  options.interpolate = false;
  const auto result = load(R"(services: {a: {build: {context: ., additional_contexts: ["${A}=x", "${B}"],
                                             args: ["${C}=1"], labels: ["${D}=2"]}}}
)");
  EXPECT_EQ(render(result.diagnostics), "");
  for (const char* item : {"- ${A}=x", "- ${B}", "- ${C}=1", "- ${D}=2"})
    EXPECT_THAT(config_yaml(result.tree), HasSubstr(item));
}

TEST_F(Load, WithoutInterpolationNoSecretIsInTheTree) {
  options.interpolate = false;
  environment = {{"TOKEN", "ghp_0123456789abcdefghijABCDEFGHIJ012345$LATER"}};
  const auto result = load(R"(services:
  a: {image: x, environment: [TOKEN], secrets: [s], configs: [c]}
secrets: {s: {environment: TOKEN}}
configs: {c: {environment: TOKEN}}
)");
  EXPECT_EQ(render(result.diagnostics), "");
  for (const std::string& printed : {config_yaml(result.tree), config_json(result.tree)}) {
    EXPECT_THAT(printed.substr(printed.find("secrets")), Not(HasSubstr("content")));
  }
  EXPECT_TRUE(find_sensitive(result.tree).empty());
  EXPECT_TRUE(referenced_variables(result.tree).empty());
  options.interpolate = true;
  const auto full = load(files.files.at("/p/compose.yaml"));
  EXPECT_EQ(full.project->secrets.at("s").content, environment.at("TOKEN"));
  EXPECT_THAT(config_yaml(*full.project), Not(HasSubstr("content")));
}

TEST_F(Load, WithoutInterpolationEveryItemStays) {
  options.interpolate = false;
  const auto result = load(R"(services:
  a:
    image: x
    ports: ["${A:-1}:80", "${B:-2}:443"]
    volumes: ["${D}/a:/a", "${D}/b:/b", "./${D}:/c"]
    devices: ["${I}:/dev/a", "${J}:/dev/b"]
    environment: ["${Q}=${R}", "X=1"]
    labels: ["${L:-a=b}"]
    extra_hosts: ["${H:-x}:1.2.3.4"]
    env_file: ["a.env", "sub/${E}.env", "${E}/b.env"]
    networks: ["${N}"]
    links: [b]
  b: {image: x}
)");
  EXPECT_EQ(render(result.diagnostics), "");
  const std::string printed = config_yaml(result.tree);
  for (const char* text :
       {"- ${A:-1}:80\n", "- ${B:-2}:443\n", "- ${D}/a:/a\n", "- ${D}/b:/b\n", "- /p/${D}:/c\n", "- ${I}:/dev/a\n",
        "- ${J}:/dev/b\n", "- ${Q}=${R}\n", "- X=1\n", "- ${L:-a=b}\n", "- ${H:-x}:1.2.3.4\n", "- path: /p/a.env\n",
        "- path: /p/sub/${E}.env\n", "- path: ${E}/b.env\n", "- ${N}\n", "depends_on:\n      b:\n"}) {
    EXPECT_THAT(printed, HasSubstr(text));
  }
  std::string names;
  for (const auto& use : referenced_variables(result.tree)) names += use.name;
  EXPECT_EQ(names, "ABDEHIJLNQR");
  // What is printed means the same when it is read.
  options.interpolate = true;
  environment = {{"Q", "K"}, {"R", "v"}, {"D", "/d"}, {"I", "/i"}, {"J", "/j"}, {"E", "/e"}, {"N", "default"}};
  for (const char* file : {"/p/a.env", "/p/sub/e.env", "/e/b.env"}) files.files[file] = "";
  const auto again = load(printed);
  ASSERT_TRUE(again.project) << render(again.diagnostics);
  const Service& service = again.project->services.at("a");
  EXPECT_EQ(service.environment.at("K"), "v");
  EXPECT_EQ(service.labels.at("a"), "b");
  EXPECT_EQ(service.extra_hosts.at("x"), Strings{"1.2.3.4"});
  EXPECT_EQ(service.ports.size(), 2U);
}

TEST_F(Load, AdviceIsNotWhatWasWritten) {
  EXPECT_THAT(problems("services: {web: {image: x, depends_on: [wbe]}}\n"), Not(HasSubstr("did you mean")));
  EXPECT_THAT(problems("services: {web: {image: x, depends_on: [appp]}, app: {image: x}}\n"),
              HasSubstr("did you mean \"app\"?"));
  const std::string told = problems("services: {a: {image: \"${PORT:?set PORT}\"}}\n");
  EXPECT_THAT(told, HasSubstr("has no value: set PORT; variables come from the environment or from .env"));
  EXPECT_THAT(problems("services: {a: {image: \"${PORT:?no port}\"}}\n"),
              HasSubstr("has no value: no port; set PORT in the environment or in .env"));
}

TEST_F(Load, ListsTheVariablesOfAModel) {
  options.interpolate = false;
  const auto uses = referenced_variables(load("services: {a: {image: \"${T:-x}${R:?}\", command: [$T, $$N]}}\n").tree);
  ASSERT_EQ(uses.size(), 2U);
  EXPECT_TRUE(uses[0].name == "R" && uses[0].required);
  EXPECT_EQ(uses[1].default_value, "x");
}

TEST_F(Load, DollarsAreDoubledSoThatOutputCanBeLoaded) {
  const auto first = load("services: {a: {image: x, command: [\"$$HOME\"]}}\n");
  EXPECT_EQ(first.project->services.at("a").command, Strings{"$HOME"});
  const std::string printed = config_yaml(*first.project);
  EXPECT_THAT(printed, HasSubstr("$$HOME"));
  EXPECT_EQ(config_yaml(*load(printed).project), printed);
}

}  // namespace
}  // namespace stack::compose
