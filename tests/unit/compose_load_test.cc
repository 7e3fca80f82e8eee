#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/path_text.h"
#include "compose/check/sensitive.h"
#include "compose/load/normalise.h"
#include "compose/load/short_forms.h"
#include "compose/model/project_names.h"
#include "compose/print/config_output.h"
#include "compose/remote/remote_reference.h"
#include "tests/support/loaded_files.h"

namespace stack::compose {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

TEST_F(Load, FindsTheFileUpwardsWithItsOverrideAndItsEnv) {
  files.cwd = "/p/deep/er";
  files.files = {{"/p/compose.yaml", "services: {a: {image: \"x:${T}\"}}\n"},
                 {"/p/compose.override.yml", "services: {a: {command: run}}\n"},
                 {"/p/.env", "T=7\n"}};
  const auto result = load();
  ASSERT_TRUE(result.project) << render(result.diagnostics);
  EXPECT_EQ(result.project->services.at("a").image, "x:7");
  EXPECT_EQ(result.project->services.at("a").command, Strings{"run"});
  EXPECT_EQ(result.project->name, "p");
  EXPECT_EQ(result.project->working_dir, "/p");
  EXPECT_THAT(result.project->config_files, ElementsAre("/p/compose.yaml", "/p/compose.override.yml"));
}

TEST_F(Load, TakesFilesFromFlagsThenFromVariables) {
  files.files = {{"/p/one.yaml", "services: {a: {image: one}}\n"}, {"/p/two.yaml", "services: {a: {image: two}}\n"}};
  environment = {{"COMPOSE_FILE", "one.yaml:two.yaml"}};
  EXPECT_EQ(load().project->services.at("a").image, "two");
  environment["STACK_FILE"] = "one.yaml";
  EXPECT_EQ(load().project->services.at("a").image, "one");
  options.files = {"two.yaml"};
  EXPECT_EQ(load().project->services.at("a").image, "two");
  options.files = {"-"};
  files.files["-"] = "services: {a: {image: stdin}}\n";
  EXPECT_EQ(load().project->services.at("a").image, "stdin");
}

TEST_F(Load, EnvironmentBeatsEnvFilesAndLaterFilesBeatEarlierOnes) {
  files.files = {{"/p/compose.yaml", "services: {a: {image: \"${A}-${B}-${C}\"}}\n"},
                 {"/p/1.env", "A=1\nB=1\nC=1\n"},
                 {"/p/2.env", "B=2\nC=2\n"}};
  environment = {{"C", "os"}};
  options.env_files = {"1.env", "2.env"};
  EXPECT_EQ(load().project->services.at("a").image, "1-2-os");
  options.env_files = {"nope.env"};
  EXPECT_THAT(render(load().diagnostics), HasSubstr("nope.env: error: cannot read this file: there is no such file"));
}

TEST_F(Load, TheProjectNameHasItsOrder) {
  const std::string text = "name: From-${X:-File}\nservices: {a: {image: \"i:${COMPOSE_PROJECT_NAME}\"}}\n";
  EXPECT_EQ(load(text).project->name, "from-file");
  EXPECT_EQ(load(text).project->services.at("a").image, "i:from-file");
  environment["COMPOSE_PROJECT_NAME"] = "env";
  EXPECT_EQ(load(text).project->name, "env");
  options.project_name = "flag";
  EXPECT_EQ(load(text).project->name, "flag");
  options.project_name = "Not Valid";
  EXPECT_THAT(problems(text), HasSubstr("\"Not Valid\" cannot be a project's name"));
  EXPECT_EQ(normal_project_name("__My Proj.1"), "myproj1");
}

TEST_F(Load, ShortPortsBecomeLongOnes) {
  const auto show = [](std::string_view text) {
    std::string out;
    const auto parsed = parse_ports(text);
    for (const auto& it : parsed.value.value_or(std::vector<ShortPort>{})) {
      out += it.host_ip + "|" + it.published + "|" + std::to_string(it.target) + "/" + it.protocol + " ";
    }
    return parsed.value ? out : "error";
  };
  EXPECT_EQ(show("80"), "||80/tcp ");
  EXPECT_EQ(show("127.0.0.1:8080:80/UDP"), "127.0.0.1|8080|80/udp ");
  EXPECT_EQ(show("[::1]:1:2"), "::1|1|2/tcp ");
  EXPECT_EQ(show("127.0.0.1::80"), "127.0.0.1||80/tcp ");
  EXPECT_EQ(show("8000-8005:90"), "|8000-8005|90/tcp ");
  EXPECT_EQ(show("9-10:19-20"), "|9|19/tcp |10|20/tcp ");
  for (const char* text :
       {"", ":", "a", "1:2:3:4", "1-2:3-5", "70000", "80/xyz", "5-4", "0", "300.1.1.1:1:2", "-", "1-", "80:"}) {
    EXPECT_EQ(show(text), "error") << text;
  }
}

TEST_F(Load, ShortVolumesBecomeLongOnes) {
  const auto bind = parse_volume("./a:/b/../c:ro,Z,rslave").value;
  ASSERT_TRUE(bind);
  EXPECT_TRUE(bind->bind && bind->read_only);
  EXPECT_EQ(bind->target, "/c");
  EXPECT_EQ(bind->selinux + bind->propagation, "Zrslave");
  EXPECT_FALSE(parse_volume("d:/data").value->bind);
  for (const char* text : {"", "a:b:c:d", "a::b", ":a"}) EXPECT_FALSE(parse_volume(text).value) << text;
}

TEST_F(Load, CommandsAreSplitAsAShellSplitsWords) {
  EXPECT_THAT(*split_command("a 'b c' \"d \\\"e\\\" \\x\" f\\ g '' h\"i\"'j'").value,
              ElementsAre("a", "b c", "d \"e\" x", "f g", "", "hij"));
  // A folded script: "\ cd /x && \ run".
  EXPECT_THAT(*split_command("sh -c \"\\ cd /x && \\ run\"").value, ElementsAre("sh", "-c", " cd /x &&  run"));
  EXPECT_THAT(*split_command("sh -c (x|y)").value, ElementsAre("sh", "-c", "(x|y)"));
  EXPECT_FALSE(split_command("a 'b").value);
  EXPECT_FALSE(split_command("a \\").value);
}

TEST_F(Load, AnUnknownOptionOfAVolumeIsAWarning) {
  const auto result = load("services: {a: {image: x, volumes: ['d:/x:roz', 'd:/y:rw,what']}}\nvolumes: {d: }\n");
  EXPECT_EQ(
      render(result.diagnostics),
      "compose.yaml:1:36: warning: services.a.volumes[0]: the option \"roz\" is unknown and has no effect; did you "
      "mean \"ro\"?\n"
      "compose.yaml:1:48: warning: services.a.volumes[1]: the option \"what\" is unknown and has no effect; the "
      "options are ro, rw, nocopy, z, Z, private, rprivate, shared, rshared, slave, rslave\n");
  ASSERT_TRUE(result.project);
  EXPECT_FALSE(result.project->services.at("a").volumes.at(0).read_only);
}

TEST_F(Load, OptionsOfAnotherKindOfMountArePrinted) {
  const auto printed = config_yaml(
      *load("services: {a: {image: x, volumes: ['d:/x:Z', 'd:/y:rshared', './b:/z:nocopy']}}\nvolumes: {d: }\n")
           .project);
  EXPECT_THAT(printed, HasSubstr("target: /x\n        bind:\n          selinux: Z"));
  EXPECT_THAT(printed, HasSubstr("target: /y\n        bind:\n          propagation: rshared"));
  EXPECT_THAT(printed, HasSubstr("volume:\n          nocopy: true"));
}

TEST_F(Load, AnEmptyDeviceOfABoundVolumeIsTheProjectsFolder) {
  const auto result = load(
      "services: {a: {image: x, volumes: ['d:/x']}}\n"
      "volumes: {d: {driver: local, driver_opts: {type: none, o: bind, device: ''}}}\n");
  EXPECT_EQ(result.project->volumes.at("d").driver_opts.at("device"), "/p");
}

TEST_F(Load, AnEmptyProfileIsOnWhenNoneIsChosen) {
  const auto names = [&] {
    const auto result =
        load("services: {a: {image: x, profiles: ['', prod]}, b: {image: x, profiles: ['']}, c: {image: x}}");
    std::set<std::string> out;
    for (const auto& [name, service] : result.project->services) out.insert(name);
    return out;
  };
  EXPECT_EQ(names(), (std::set<std::string>{"a", "b", "c"}));
  options.profiles = {"other"};
  EXPECT_EQ(names(), std::set<std::string>{"c"});
  options.profiles = {"prod"};
  EXPECT_EQ(names(), (std::set<std::string>{"a", "c"}));
}

TEST_F(Load, AProfileThatNoServiceHasIsAWarning) {
  options.profiles = {"prd", "*", ""};
  EXPECT_EQ(problems("services: {a: {image: x, profiles: [prod]}}"),
            "warning: no service has the profile \"prd\"; did you mean \"prod\"?\n");
  options.profiles = {"prod"};
  EXPECT_EQ(problems("services: {a: {image: x, profiles: [prod]}}"), "");
}

TEST_F(Load, AnOverrideThatDoesNotSayRequiredKeepsIt) {
  options.files = {"compose.yaml", "more.yaml"};
  const std::string base =
      "services: {a: {image: x, depends_on: {b: {condition: service_healthy, required: false}}}, b: {image: y}}\n";
  files.files["/p/more.yaml"] = "services: {a: {depends_on: {b: {condition: service_started}}}}\n";
  EXPECT_FALSE(load(base).project->services.at("a").depends_on.at("b").required);
  files.files["/p/more.yaml"] = "services: {a: {depends_on: [b]}}\n";
  EXPECT_TRUE(load(base).project->services.at("a").depends_on.at("b").required);
}

TEST_F(Load, ALaterEnvFileReadsItsOwnValuesBeforeEarlierOnes) {
  files.files = {{"/p/compose.yaml", "services: {a: {image: \"x:${C}\"}}\n"},
                 {"/p/one.env", "A=1\nB=1\n"},
                 {"/p/two.env", "B=2\nC=${A}${B}\n"},
                 {"/p/outer.yaml", "include: [{path: compose.yaml, env_file: [one.env, two.env]}]\n"}};
  options.env_files = {"one.env", "two.env"};
  EXPECT_EQ(load().project->services.at("a").image, "x:12");
  environment = {{"B", "3"}};
  EXPECT_EQ(load().project->services.at("a").image, "x:13");
  environment.clear();
  options = {.files = {"outer.yaml"}};
  EXPECT_EQ(load().project->services.at("a").image, "x:12");
}

TEST_F(Load, UnsetAndEmptyCommandsDiffer) {
  EXPECT_FALSE(service("restart: always").command.has_value());
  EXPECT_FALSE(service("command: null").command.has_value());
  EXPECT_EQ(service("command: []").command, Strings{});
  EXPECT_EQ(service("entrypoint: ''").entrypoint, Strings{});
}

TEST_F(Load, EnvironmentKnowsValuesNothingAndNames) {
  environment = {{"FROM_OS", "os"}};
  const auto list = service("environment: [A=1, B=, FROM_OS, NOWHERE]");
  EXPECT_EQ(list.environment, (Environment{{"A", "1"}, {"B", ""}, {"FROM_OS", "os"}, {"NOWHERE", std::nullopt}}));
  EXPECT_EQ(service("environment: {A: 1, B: '', FROM_OS: , NOWHERE: }").environment, list.environment);
}

TEST_F(Load, EnvFilesComeUnderTheEnvironment) {
  files.files["/p/a.env"] = "A=file\nB=file\nC=${A}x\n";
  files.files["/p/raw.env"] = "R='raw'\n";
  const auto it = service(
      "env_file: [a.env, {path: raw.env, format: raw}, {path: none.env, required: false}]\n    environment: {A: own, "
      "B: }");
  EXPECT_EQ(it.environment, (Environment{{"A", "own"}, {"B", std::nullopt}, {"C", "ownx"}, {"R", "'raw'"}}));
  EXPECT_TRUE(it.env_file.empty());
}

TEST_F(Load, NumbersInQuotesAndVariablesAreCast) {
  environment = {{"N", "3"}, {"ON", "true"}};
  const auto it =
      service("scale: ${N}\n    init: '${ON}'\n    mem_limit: 1.5g\n    cpus: '0.5'\n    stop_grace_period: 1m30s");
  EXPECT_EQ(it.replicas(), 3);
  EXPECT_EQ(it.init, true);
  EXPECT_EQ(it.mem_limit.value, 1610612736);
  EXPECT_EQ(it.cpus, 0.5);
  EXPECT_EQ(it.stop_grace_period, std::chrono::seconds{90});
}

TEST_F(Load, LaterFilesMergeByTheRulesOfEachAttribute) {
  files.files["/p/compose.override.yaml"] =
      "services: {a: {ports: [\"81:80\"], volumes: [\"./new:/b/\"], dns: [1.1.1.1], environment: [B=2], command: y, "
      "logging: {driver: local, options: {c: d}}, extra_hosts: {h: 2.2.2.2}, security_opt: [s]}}\n";
  const auto it = service(
      "ports: [\"80:80\"]\n    volumes: [\"./old:/b\", \"data:/c\"]\n    dns: 1.1.1.1\n    environment: {A: 1, B: 1}\n"
      "    command: x\n    logging: {driver: json-file, options: {a: b}}\n    extra_hosts: [\"h:1.1.1.1\"]\n    "
      "security_opt: [s]");
  EXPECT_EQ(it.ports.size(), 2U);
  ASSERT_EQ(it.volumes.size(), 2U);
  EXPECT_EQ(it.volumes[0].source, "/p/new");
  EXPECT_THAT(it.dns, ElementsAre("1.1.1.1"));
  EXPECT_EQ(it.environment.at("B"), "2");
  EXPECT_EQ(it.command, Strings{"y"});
  EXPECT_EQ(it.logging->options, (Mapping{{"c", "d"}}));
  EXPECT_THAT(it.extra_hosts.at("h"), ElementsAre("1.1.1.1", "2.2.2.2"));
  EXPECT_THAT(it.security_opt, ElementsAre("s"));
}

TEST_F(Load, AKeyWithoutAValueLeavesTheEarlierOne) {
  files.files["/p/compose.override.yaml"] = "services: {a: {image: , init: , restart: always}}\n";
  const auto it = service("init: true");
  EXPECT_EQ(it.image, "x");
  EXPECT_EQ(it.init, true);
  EXPECT_THAT(problems("services: {a: {image: x, ports: }}\n"),
              HasSubstr("services.a.ports: has no value; it must be a list"));
}

TEST_F(Load, LaterSubnetsReplaceEarlierOnes) {
  files.files["/p/compose.override.yaml"] =
      "networks: {n: {ipam: {config: [{subnet: 10.1.0.0/24, gateway: 10.1.0.9}]}}}\n";
  const auto result = load(
      "services: {a: {image: x, networks: [n]}}\n"
      "networks: {n: {ipam: {config: [{subnet: 10.0.0.0/24}, {subnet: 10.1.0.0/24, ip_range: 10.1.0.0/25}]}}}\n");
  const auto& pools = result.project->networks.at("n").ipam.config;
  ASSERT_EQ(pools.size(), 1U);
  EXPECT_EQ(pools[0].ip_range + " " + pools[0].gateway, "10.1.0.0/25 10.1.0.9");
}

TEST_F(Load, ResetAndOverrideCutWhatExtendsBringsIn) {
  const auto result = load(
      "services:\n  base: {image: x, ports: [\"80:80\"], environment: {A: 1}, command: c}\n"
      "  a: {extends: base, ports: !reset [], environment: !override {B: 2}}\n");
  const auto& a = result.project->services.at("a");
  EXPECT_TRUE(a.ports.empty());
  EXPECT_EQ(a.environment, (Environment{{"B", "2"}}));
  EXPECT_EQ(a.command, Strings{"c"});
}

TEST_F(Load, ExtendsTakesPathsFromTheOtherFilesFolder) {
  files.files["/p/sub/b.yaml"] = "services: {b: {extends: c}, c: {image: x, volumes: [\"./v:/v\"], env_file: e.env}}\n";
  files.files["/p/sub/e.env"] = "E=1\n";
  const auto result = load("services: {a: {extends: {file: sub/b.yaml, service: b}}}\n");
  ASSERT_TRUE(result.project) << render(result.diagnostics);
  EXPECT_EQ(result.project->services.at("a").volumes.at(0).source, "/p/sub/v");
  EXPECT_EQ(result.project->services.at("a").environment.at("E"), "1");
}

TEST_F(Load, IncludesHaveTheirOwnFolderAndVariables) {
  files.files["/p/i/compose.yaml"] =
      "include: [../j.yaml]\nservices: {b: {image: \"b:${T}\", volumes: [\"./d:/d\"]}}\n";
  files.files["/p/i/.env"] = "T=inner\n";
  files.files["/p/j.yaml"] = "services: {c: {image: c}}\n";
  const auto result = load(
      "include: [i/compose.yaml]\nservices: {a: {image: \"a:${T:-outer}\", depends_on: [b, c]}, b: {command: x}}\n");
  ASSERT_TRUE(result.project) << render(result.diagnostics);
  EXPECT_EQ(result.project->services.at("a").image, "a:outer");
  EXPECT_EQ(result.project->services.at("b").image, "b:inner");
  EXPECT_EQ(result.project->services.at("b").volumes.at(0).source, "/p/i/d");
  EXPECT_EQ(result.project->services.at("b").command, Strings{"x"});
}

TEST_F(Load, ProfilesAndNamesSelect) {
  const std::string text =
      "services:\n  web: {image: x, depends_on: [db], networks: [n]}\n  db: {image: x}\n  tool: {image: x, profiles: "
      "[dev]}\n"
      "  other: {image: x, networks: [m]}\nnetworks: {n: , m: }\n";
  const auto names = [&] {
    std::vector<std::string> out;
    const auto result = load(text);
    if (!result.project) return std::vector<std::string>{render(result.diagnostics)};
    for (const auto& [name, unused] : result.project->services) out.push_back(name);
    return out;
  };
  EXPECT_THAT(names(), UnorderedElementsAre("web", "db", "other"));
  options.profiles = {"dev"};
  EXPECT_THAT(names(), UnorderedElementsAre("web", "db", "other", "tool"));
  options.profiles.clear();
  options.services = {"tool"};
  EXPECT_THAT(names(), UnorderedElementsAre("tool"));
  options.services = {"w*"};
  EXPECT_THAT(names(), UnorderedElementsAre("web", "db"));
  EXPECT_FALSE(load(text).project->networks.contains("m"));
  EXPECT_TRUE(load(text).project->disabled.contains("other"));
  options.with_dependencies = false;
  EXPECT_THAT(names(), UnorderedElementsAre("web"));
  options.services = {"wbe"};
  EXPECT_THAT(names(), ElementsAre("error: no such service: wbe; did you mean \"web\"?\n"));
  options.services.clear();
  environment["COMPOSE_PROFILES"] = " dev , x";
  EXPECT_THAT(names(), UnorderedElementsAre("web", "db", "other", "tool"));
}

TEST_F(Load, ImpliedDependenciesAndTheDefaultNetwork) {
  const auto result = load(
      "services:\n  a: {image: x, network_mode: \"service:b\", volumes_from: [c], links: [\"d:e\"]}\n"
      "  b: {image: x}\n  c: {image: x, network_mode: none}\n  d: {image: x, networks: {}}\n");
  const auto& a = result.project->services.at("a");
  EXPECT_TRUE(a.depends_on.at("b").restart && a.depends_on.at("d").restart && !a.depends_on.at("c").restart);
  EXPECT_TRUE(a.networks.empty() && result.project->services.at("c").networks.empty());
  EXPECT_TRUE(result.project->services.at("d").networks.contains("default"));
  EXPECT_EQ(result.project->networks.at("default").name, "p_default");
}

TEST_F(Load, PlacesPointIntoTheFile) {
  const auto result = load("services:\n  a:\n    image: x\n    ports:\n      - 80\n      - 81\n");
  EXPECT_EQ(to_text(result.project->services.at("a").place_of("ports[1]")), "compose.yaml:6:9");
  EXPECT_EQ(to_text(result.project->services.at("a").place_of("")), "compose.yaml:2:3");
}

TEST_F(Load, WhatMultipliesIsBounded) {
  std::string ports = "services:\n  a:\n    image: x\n    ports:\n";
  for (int i = 0; i < 100; ++i) ports += "      - 1-60000:1-60000\n";
  EXPECT_THAT(problems(ports), HasSubstr("too many ports"));
  for (int i = 0; i < 30; ++i) {
    const auto next = std::to_string(i + 1);
    files.files["/p/i" + std::to_string(i) + ".yaml"] = "include: [i" + next + ".yaml, {path: i" + next + ".yaml}]\n";
  }
  files.files["/p/i30.yaml"] = "services: {a: {image: x}}\n";
  EXPECT_THAT(problems("include: [i0.yaml]\n"), HasSubstr("too many times"));
  environment["BIG"] = std::string(std::size_t{1} << 20U, 'x');
  std::string big = "x-a:\n";
  for (int i = 0; i < 200; ++i) big += "  - $BIG\n";
  EXPECT_THAT(problems(big + "services: {a: {image: x}}\n"), HasSubstr("too large when their variables are put in"));
}

TEST_F(Load, HundredsOfServicesReadEachFileOnce) {
  std::string text = "services:\n";
  for (int i = 0; i < 300; ++i) {
    text += "  s" + std::to_string(i) + ": {image: x, extends: {file: base.yaml, service: b}}\n";
  }
  files.files["/p/base.yaml"] = "services: {b: {environment: {A: 1}}}\n";
  const auto result = load(text);
  EXPECT_EQ(result.project->services.size(), 300U);
  EXPECT_LE(files.reads, 4);
}

TEST(ComposePaths, AreCleanedAsText) {
  EXPECT_EQ(clean_path("/a//b/../c/."), "/a/c");
  EXPECT_EQ(clean_path("../../a"), "../../a");
  EXPECT_EQ(clean_path("/.."), "/");
  EXPECT_EQ(clean_path(""), ".");
  EXPECT_EQ(absolute_path("/p", "../x"), "/x");
  EXPECT_EQ(shown_path("/p", "/p/a/b"), "a/b");
  EXPECT_EQ(shown_path("/p", "/q"), "/q");
  EXPECT_TRUE(is_remote("https://x/y.git") && is_remote("git@h:x") && !is_remote("./x"));
}

}  // namespace
}  // namespace stack::compose
