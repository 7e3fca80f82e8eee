#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/loaded_files.h"

namespace stack::compose {
namespace {

using testing::HasSubstr;

TEST_F(Load, AFolderWithTheNameOfAFileIsAMistake) {
  files.cwd = "/p/deep";
  files.files = {{"/p/compose.yaml", "services: {a: {image: x}}\n"}, {"/p/deep/compose.yaml/x", ""}};
  EXPECT_EQ(render(load().diagnostics), "compose.yaml: error: cannot read this file: it is a folder\n");
}

TEST_F(Load, MissingColonsBlanksAndDashesAreNamedWhereTheyAreMissing) {
  const std::string head = "services:\n  a:\n    image: x\n";
  for (const auto& [text, said] : std::vector<std::pair<std::string, std::string>>{
           {"services:\n  a:\n    image:x\n",
            "3:10: error: services.a: there is no blank behind this colon; write \"image: x\""},
           {"services:\n  a:\n    image x\n",
            "3:5: error: services.a: \"image\" has no colon behind it; write \"image: x\""},
           {"services:\n  a: {image:x}\n",
            "2:12: error: services.a.image:x: there is no blank behind this colon; write \"image: x\""},
           {head + "    environment:\n      A:1\n      B:2\n",
            "5:8: error: services.a.environment: there is no blank behind this colon; write \"A: 1\""},
           {head + "    environment:\n      A=1\n      B=2\n",
            "5:7: error: services.a.environment: must be a list or a mapping, not a string; write each of them as an "
            "item: "
            "- A=1"},
           {head + "    ports:\n      -80:80\n      -81:81\n",
            "5:7: error: services.a.ports: there is no blank behind this dash; write \"- 80:80\""},
           {head + "    extra_hosts: a:1\n",
            "4:18: error: services.a.extra_hosts: must be a list or a mapping, not a string; write it as an item: - "
            "a:1"},
           {head + "    command\n", "4:5: error: \"command\" has no colon behind it; write \"command:\""},
           {head + "    ports:\n      - target:80\n        published:81\n",
            "5:15: error: services.a.ports[0]: there is no blank behind this colon; write \"target: 80\""},
           {head + "    volumes:\n      - type:bind\n        source:.\n",
            "5:13: error: services.a.volumes[0]: there is no blank behind this colon; write \"type: bind\""},
           {"services:\n  a:\n  image: x\n",
            "3:10: error: services.image: must be a mapping, not a string; \"image\" belongs below a name; indent it "
            "further"},
           {"services:\n  - a:\n      image: x\n",
            "2:3: error: services: must be a mapping, not a list; leave out the dashes"},
           {"services:\n  a:\n    image:\n    - x\n",
            "4:5: error: services.a.image: must be a string, not a list; write only: x"},
           {"SERVICES:\n  a: {image: x}\n", "1:1: error: SERVICES: unknown key; did you mean \"services\"?"},
           {head + "    restart = always\n",
            "4:5: error: \"restart\" has no colon behind it; write \"restart: always\""},
           {head + "    command: >\n    echo hi\n",
            "5:5: error: this is no part of the text that begins above, because it is not indented further; indent it "
            "further "
            "than the key above"}}) {
    const std::string all = problems(text);
    EXPECT_EQ(all.substr(0, all.find('\n')), "compose.yaml:" + said);
  }
  // These are short forms of volumes, whatever they are called.
  EXPECT_EQ(problems(head + "    volumes: [source:/x]\nvolumes: {source: }\n"), "");
}

TEST_F(Load, WhatWasProbablyMeantIsSaid) {
  const auto first_line = [&](const std::string& text) {
    const std::string all = problems(text);
    return all.substr(0, all.find('\n'));
  };
  const std::string head = "services:\n  a:\n    image: x\n";
  EXPECT_EQ(first_line(head + "b:\n  image: y\n"),
            "compose.yaml:4:1: error: b: unknown key; services stand below services:, indented");
  EXPECT_EQ(problems("web:\n  build: .\ndb:\n  image: x\nlog:\n  command: y\n"),
            "compose.yaml:1:1: error: web: this is the old form of version 1, whose services stand at the top of the "
            "file; write services: in front of them, and indent them all below it\n");
  EXPECT_EQ(first_line(head + "    ports: 8080:80\n"),
            "compose.yaml:4:12: error: services.a.ports: must be a list, not a string; write it as an item: - 8080:80");
  EXPECT_EQ(
      first_line(head + "    environment: [A: b]\n"),
      "compose.yaml:4:19: error: services.a.environment[0]: must be a string, not a mapping; write A=b, or leave out "
      "the dashes");
  EXPECT_EQ(first_line(head + "    cpus: 0,5\n"),
            "compose.yaml:4:11: error: services.a.cpus: \"0,5\" is not a number; write a dot: 0.5");
  EXPECT_EQ(
      first_line(head + "    container_name: twin\n  b: {image: x, container_name: twin}\n"),
      "compose.yaml:5:17: error: services.b.container_name: container name \"twin\" is used by services a and b; give "
      "one of them another name");
  EXPECT_EQ(first_line(head + "    depends_on: [b]\n  b: {image: x, depends_on: [a]}\n"),
            "compose.yaml:4:18: error: services.a: dependency cycle: a -> b -> a");
}

TEST_F(Load, AnUnreadableFileAndNoFileAreDiagnostics) {
  EXPECT_THAT(render(load().diagnostics), HasSubstr("there is no Compose file in /p or"));
  options.project_directory = "sub";
  EXPECT_THAT(render(load().diagnostics), HasSubstr("there is no Compose file in /p/sub or"));
  options.project_directory.clear();
  files.unreadable = {"/p/compose.yaml"};
  EXPECT_EQ(render(load().diagnostics), "compose.yaml: error: cannot read this file: permission denied\n");
}

}  // namespace
}  // namespace stack::compose
