#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/suggest.h"
#include "compose/check/attribute_table.h"
#include "compose/check/project_lint.h"
#include "compose/check/schema.h"
#include "compose/graph/graph.h"
#include "compose/model/fields.h"
#include "compose/source/yaml_reader.h"

namespace stack::compose {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string shape_problems(std::string_view text) {
  auto parsed = read_yaml(text, "f");
  Diagnostics diagnostics;
  check_shape(parsed.documents.at(0), compose_file(), Path{}, {}, diagnostics);
  check_required(parsed.documents.at(0), compose_file(), Path{}, diagnostics);
  return render(diagnostics);
}

// Every member of a part has a row in the table, and every row of a closed mapping is a member: one cannot grow without
// the other.
template <Part T>
void expect_covered(const Attribute& attribute, const std::set<std::string>& apart = {}) {
  std::set<std::string> members, rows;
  T part;
  visit(part, [&](const char* name, auto&) { members.insert(name); });
  members.erase("extensions");
  for (const auto& name : apart) members.erase(name), rows.erase(name);
  for (const auto& [name, row] : attribute.members) {
    if (!apart.contains(name)) rows.insert(name);
  }
  EXPECT_EQ(members, rows) << attribute.path;
}

const Attribute& at(std::initializer_list<const char*> keys) {
  const Attribute* found = &compose_service();
  for (const std::string_view key : keys) found = key == "[]" ? found->item.get() : found->member(key);
  return *found;
}

TEST(ComposeAttributes, TableAndModelCoverEachOther) {
  expect_covered<Service>(compose_service(), {"name", "extends", "x-stack"});
  expect_covered<Build>(at({"build"}));
  expect_covered<Deploy>(at({"deploy"}));
  expect_covered<UpdateConfig>(at({"deploy", "update_config"}));
  expect_covered<DeployRestart>(at({"deploy", "restart_policy"}));
  expect_covered<Placement>(at({"deploy", "placement"}));
  expect_covered<Healthcheck>(at({"healthcheck"}));
  expect_covered<ServicePort>(at({"ports", "[]"}));
  expect_covered<ServiceMount>(at({"volumes", "[]"}));
  expect_covered<BindOptions>(at({"volumes", "[]", "bind"}));
  expect_covered<VolumeOptions>(at({"volumes", "[]", "volume"}));
  expect_covered<TmpfsOptions>(at({"volumes", "[]", "tmpfs"}));
  expect_covered<ServiceNetwork>(at({"networks", "n"}));
  expect_covered<Dependency>(at({"depends_on", "d"}));
  expect_covered<WatchTrigger>(at({"develop", "watch", "[]"}));
  expect_covered<Hook>(at({"pre_start", "[]"}));
  expect_covered<Hook>(at({"post_start", "[]"}), {"image", "per_replica"});
  expect_covered<FileGrant>(at({"secrets", "[]"}));
  expect_covered<DeviceRequest>(at({"gpus", "[]"}));
  expect_covered<BlkioConfig>(at({"blkio_config"}));
  expect_covered<Network>(*compose_file().member("networks")->any);
  expect_covered<Volume>(*compose_file().member("volumes")->any);
  expect_covered<FileObject>(*compose_file().member("secrets")->any, {"content"});
  expect_covered<FileObject>(*compose_file().member("configs")->any, {"driver", "driver_opts"});
  expect_covered<Model>(*compose_file().member("models")->any);
}

TEST(ComposeSchema, NamesUnknownKeysAndTheirNeighbours) {
  EXPECT_EQ(shape_problems("services:\n  web:\n    prots: []\n"),
            "f:3:5: error: services.web.prots: unknown key; did you mean \"ports\"?\n");
  EXPECT_EQ(shape_problems("services:\n  web: {x-own: 1, zzzzzz: 2}\n"),
            "f:2:19: error: services.web.zzzzzz: unknown key\n");
  EXPECT_EQ(shape_problems("x-top: {anything: [goes]}\nservices: {x-svc: {image: x}}\n"), "");
}

TEST(ComposeSchema, ChecksKindsWordsAndFormats) {
  EXPECT_THAT(shape_problems("services: {a: {user: 1000}}"),
              HasSubstr("must be a string, not an integer; put it in quotes: \"1000\""));
  EXPECT_THAT(shape_problems("services: {a: {ports: 80}}"), HasSubstr("must be a list, not an integer"));
  EXPECT_THAT(shape_problems("services: {a: {tty: maybe}}"), HasSubstr("\"maybe\" is not a boolean"));
  EXPECT_THAT(shape_problems("services: {a: {tty: 1}}"), HasSubstr("must be a boolean"));
  EXPECT_THAT(shape_problems("services: {a: {stop_grace_period: 10}}"), HasSubstr("must be a string"));
  EXPECT_THAT(shape_problems("services: {a: {stop_grace_period: '10'}}"), HasSubstr("is not a duration"));
  EXPECT_THAT(shape_problems("services: {a: {mem_limit: lots}}"), HasSubstr("is not a size"));
  EXPECT_THAT(shape_problems("services: {a: {secrets: [{source: s, mode: '0999'}]}}"), HasSubstr("octal"));
  EXPECT_THAT(shape_problems("services: {a: {cgroup: hots}}"),
              HasSubstr("not one of host, private; did you mean \"host\"?"));
  EXPECT_THAT(shape_problems("services: {\"a b\": {}}"), HasSubstr("a name may hold letters"));
  EXPECT_THAT(shape_problems("services: {a: {develop: {watch: [{path: x}]}}}"),
              HasSubstr("the key \"action\" is missing"));
  EXPECT_THAT(shape_problems("services: {a: {tty: '1'}}"), HasSubstr("\"1\" is not a boolean"));
  EXPECT_THAT(shape_problems("services: {a: {tty: no}}"), HasSubstr("warning: services.a.tty: \"no\" as a boolean"));
  EXPECT_EQ(shape_problems("services: {a: {tty: 'true', scale: '2', cpus: '1.5', oom_score_adj: 5.0}}"), "");
}

TEST(ComposeSuggest, FindsTheNearestWord) {
  EXPECT_EQ(nearest("prots", {"ports", "expose", "command"}), "ports");
  EXPECT_EQ(nearest("enviroment", {"environment", "env_file"}), "environment");
  EXPECT_EQ(nearest("xyz", {"ports", "image"}), "");
  EXPECT_EQ(nearest(std::string(1000, 'a'), {"a"}), "");
}

std::map<std::string, Service> services(std::initializer_list<std::pair<const char*, std::vector<const char*>>> edges) {
  std::map<std::string, Service> out;
  for (const auto& [name, targets] : edges) {
    out[name].name = name;
    for (const char* target : targets) out[name].depends_on[target];
  }
  return out;
}

TEST(ComposeGraph, PutsServicesInWaves) {
  const Graph graph{
      services({{"web", {"api", "cache"}}, {"api", {"db"}}, {"db", {}}, {"cache", {}}, {"lone", {"gone"}}})};
  EXPECT_THAT(graph.levels(), ElementsAre(ElementsAre("cache", "db", "lone"), ElementsAre("api"), ElementsAre("web")));
  EXPECT_TRUE(graph.cycle().empty());
  EXPECT_THAT(graph.with_dependencies({"api", "nobody"}), ElementsAre("api", "db"));
  EXPECT_THAT(graph.with_dependents({"db"}), ElementsAre("api", "db", "web"));
}

TEST(ComposeGraph, FindsCycles) {
  EXPECT_THAT((Graph{services({{"a", {"b"}}, {"b", {"c"}}, {"c", {"a"}}, {"d", {"a"}}})}.cycle()),
              ElementsAre("a", "b", "c", "a"));
  EXPECT_THAT((Graph{services({{"a", {"a"}}})}.cycle()), ElementsAre("a", "a"));
  EXPECT_THAT((Graph{services({{"a", {"b"}}, {"b", {"a"}}, {"c", {}}})}.levels()), ElementsAre(ElementsAre("c")));
}

TEST(ComposeGraph, AChainMayBeLong) {
  std::map<std::string, Service> chain;
  constexpr int kLength = 20000;
  for (int i = 0; i < kLength; ++i) {
    auto& service = chain["s" + std::to_string(i)];
    if (i > 0) service.depends_on["s" + std::to_string(i - 1)];
  }
  const Graph graph{chain};
  EXPECT_EQ(graph.levels().size(), static_cast<std::size_t>(kLength));
  EXPECT_TRUE(graph.cycle().empty());
}

void collect_idle(const Attribute& attribute, std::vector<std::string>& out) {
  if (!attribute.effect.none.empty()) out.push_back(attribute.path);
  for (const auto& [key, member] : attribute.members) collect_idle(*member, out);
  if (attribute.any) collect_idle(*attribute.any, out);
  if (attribute.item) collect_idle(*attribute.item, out);
}

// An attribute that comes to be honoured loses its row here; one that is not may not be left out of the table.
TEST(ComposeAttributes, TheseHaveNoEffectAndSaySo) {
  std::vector<std::string> idle;
  collect_idle(compose_file(), idle);
  EXPECT_THAT(
      idle,
      testing::UnorderedElementsAre(
          "configs.*.labels", "configs.*.template_driver", "networks.*.attachable", "networks.*.ipam.options",
          "secrets.*.labels", "secrets.*.template_driver", "services.*.deploy.endpoint_mode",
          "services.*.deploy.labels", "services.*.deploy.mode", "services.*.deploy.placement",
          "services.*.deploy.resources.reservations.cpus", "services.*.deploy.resources.reservations.generic_resources",
          "services.*.deploy.rollback_config", "services.*.deploy.update_config", "services.*.ports[].app_protocol",
          "services.*.ports[].mode", "services.*.ports[].name", "services.*.pull_refresh_after",
          "services.*.security_opt[]", "services.*.volumes[].bind.selinux", "services.*.volumes[].consistency"));
}

// What lint says about a healthcheck through a shell in an image that is built from `dockerfile`.
std::size_t shell_warnings(const std::string& dockerfile, const std::string& target = {},
                           const std::string& base = {}) {
  Project project;
  Service& service = project.services["web"];
  service.name = "web";
  service.build.emplace().dockerfile_inline = dockerfile;
  service.build->target = target;
  if (!base.empty()) service.build->args["BASE"] = base;
  service.healthcheck.emplace().test = {"CMD-SHELL", "curl -f http://localhost"};
  const Diagnostics found = lint(project, Node{}, {});
  return static_cast<std::size_t>(std::ranges::count(found, "healthcheck_program", &Diagnostic::code));
}

TEST(Lint, ProgramsThatAnImageLacksAreNamed) {
  const LintWorld world{.exists = {},
                        .text = {},
                        .has_healthcheck = {},
                        .image = [](const std::string& image) -> std::optional<ImageFacts> {
                          if (image == "far:1") return std::nullopt;
                          return ImageFacts{.entrypoint = image == "own:1", .path = "/app/bin:/bin"};
                        },
                        .has_program = [](const std::string&, const std::string& program) -> std::optional<bool> {
                          return program == "sh" || program == "/bin/sh";
                        }};
  const auto said = [&](const std::string& image, auto change) {
    Project project;
    Service& service = project.services["web"];
    service.name = "web";
    service.image = image;
    change(service);
    for (const Diagnostic& each : lint(project, Node::of_mapping(), world)) {
      if (each.code == "program") return each.path + ": " + each.message;
    }
    return std::string{};
  };
  const auto runs = [](Strings words) { return [words](Service& service) { service.command = words; }; };
  EXPECT_EQ(said("x:1", runs({"nosuch"})), "services.web.command: there is no nosuch in x:1");
  EXPECT_EQ(said("x:1", runs({"/bin/nosuch"})), "services.web.command: there is no /bin/nosuch in x:1");
  EXPECT_EQ(said("x:1", runs({"sh"})), "");
  EXPECT_EQ(said("x:1", runs({"./nosuch"})), "") << "where that leads the image does not say";
  EXPECT_EQ(said("far:1", runs({"nosuch"})), "") << "it is not here";
  EXPECT_EQ(said("own:1", runs({"nosuch"})), "") << "a word for the image's own program";
  EXPECT_EQ(said("own:1", [](Service& it) { it.entrypoint = Strings{"nosuch"}; }),
            "services.web.entrypoint: there is no nosuch in own:1");
  EXPECT_EQ(said("own:1", [](Service& it) { it.entrypoint = Strings{}, it.command = Strings{"nosuch"}; }),
            "services.web.command: there is no nosuch in own:1");
  EXPECT_EQ(said("x:1",
                 [](Service& it) {
                   it.command = Strings{"nosuch"};
                   it.volumes.resize(1);
                   it.volumes[0].target = "/app";
                 }),
            "")
      << "the mount may bring it";
  EXPECT_EQ(said("x:1", [](Service& it) { it.command = Strings{"nosuch"}, it.environment["PATH"] = "/x"; }), "");
}

TEST(Lint, ADockerfileIsReadAsABuilderReadsIt) {
  EXPECT_EQ(shell_warnings("FROM gcr.io/distroless/static\n"), 1U);
  EXPECT_EQ(shell_warnings("FROM alpine\n"), 0U);
  EXPECT_EQ(shell_warnings("ARG BASE=gcr.io/distroless/static\nFROM $BASE\n"), 1U);
  EXPECT_EQ(shell_warnings("ARG BASE=gcr.io/distroless/static\nFROM $BASE\n", "", "alpine"), 0U)
      << "build.args beat a default";
  EXPECT_EQ(shell_warnings("FROM \\\n  scratch AS Empty\nFROM empty\n"), 1U) << "continued lines, stages in any case";
  EXPECT_EQ(shell_warnings("FROM scratch AS a\nFROM alpine AS b\n", "a"), 1U) << "build.target";
  EXPECT_EQ(shell_warnings("FROM alpine\nRUN cat <<EOF\nFROM scratch\nEOF\n"), 0U) << "a here-document is no stage";
  EXPECT_EQ(shell_warnings("FROM alpine\nRUN true \\\nFROM scratch\n"), 0U)
      << "neither is the middle of an instruction";
}

}  // namespace
}  // namespace stack::compose
