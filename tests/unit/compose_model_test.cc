#include <gtest/gtest.h>

#include "base/error.h"
#include "compose/model/fields.h"
#include "compose/model/no_such_service.h"
#include "compose/model/project_json.h"

namespace stack::compose {
namespace {

// Gives every member of a part, and of the parts inside it, a value that is not its default.
struct Fill {
  int next = 1;
  void set(std::string& value) { value = "text" + std::to_string(next++); }
  void set(bool& value) { value = !value; }
  void set(OnByDefault& value) { value = false; }
  void set(double& value) { value = next++ + 0.5; }
  void set(std::int64_t& value) { value = next++; }
  void set(std::uint32_t& value) { value = static_cast<std::uint32_t>(next++); }
  void set(std::uint16_t& value) { value = static_cast<std::uint16_t>(next++); }
  void set(Nanos& value) { value = Nanos{next++}; }
  void set(Bytes& value) { value.value = next++; }
  void set(FileMode& value) { value.value = static_cast<std::uint32_t>(next++); }
  void set(Ulimit& value) { value = {next++, next++, true}; }
  void set(DependencyCondition& value) { value = DependencyCondition::completed; }
  template <class T>
  void set(std::optional<T>& value) {
    set(value.emplace());
  }
  template <class T>
  void set(std::vector<T>& value) {
    value.resize(2);
    for (auto& item : value) set(item);
  }
  template <class T>
  requires std::derived_from<T, std::map<std::string, typename T::mapped_type>>
  void set(T& value) { set(value["key." + std::to_string(next++)]); }
  template <Part T>
  void set(T& value) {
    visit(value, [this](const char*, auto& member) { set(member); });
  }
};

Project full_project() {
  Project project;
  Fill{}.set(project);
  auto& service = project.services.begin()->second;
  service.places["ports[1]"] = {"compose.yaml", 3, 7};
  service.places[""] = {"compose.yaml", 1, 2};
  project.places["networks.a"] = {"b.yaml", 9, 1};
  return project;
}

TEST(NoSuchService, NamesTheNearestOrAll) {
  Project project;
  project.services["web"];
  project.disabled["tools"];
  EXPECT_EQ(no_such_service(project, "wbe").render(),
            Error(ErrorKind::not_found, "no such service: wbe").remedy("did you mean \"web\"?").render());
  EXPECT_EQ(no_such_service(project, "tool").remedy_text(), "did you mean \"tools\"?");
  EXPECT_EQ(no_such_service(project, "database").remedy_text(), "the services are web, tools");
}

TEST(ComposeModelJson, EveryMemberSurvivesTheRoundTrip) {
  const Project project = full_project();
  const std::string wire = to_wire_json(project);
  const Project back = from_wire_json(wire);
  EXPECT_EQ(back, project);
  EXPECT_EQ(to_wire_json(back), wire);
  EXPECT_EQ(back.services.begin()->second.place_of("ports[1]").line, 3U);
  EXPECT_EQ(find_place(back.places, "networks.a").file, "b.yaml");
}

TEST(ComposeModelJson, DefaultsTakeNoRoom) {
  EXPECT_EQ(to_wire_json(Project{}), "{}");
  EXPECT_EQ(from_wire_json("{}"), Project{});
}

TEST(ComposeModelJson, UnsetAndEmptyCommandsDiffer) {
  Service unset, empty;
  empty.command.emplace();
  EXPECT_NE(unset, empty);
  EXPECT_FALSE(service_from_wire_json(to_wire_json(unset)).command.has_value());
  EXPECT_TRUE(service_from_wire_json(to_wire_json(empty)).command.has_value());
}

TEST(ComposeModelJson, HostileTextIsRefused) {
  for (const char* text : {"", "[]", "{\"name\":1}", "{\"services\":[]}", "{\"services\":{\"a\":{\"ports\":{}}}}", "{",
                           "null", "{\"services\":{\"a\":{\"depends_on\":{\"b\":{\"condition\":\"soon\"}}}}}",
                           "{\"places\":{\"a\":[1]}}", "{\"services\":{\"a\":{\"ports\":[{\"target\":\"x\"}]}}}"}) {
    EXPECT_THROW(from_wire_json(text), Error) << text;
  }
  EXPECT_THROW(from_wire_json(std::string(100000, '[')), Error);
}

TEST(ComposeHash, LeavesOutWhatDoesNotMakeAContainer) {
  const Project project = full_project();
  const Service before = project.services.begin()->second;
  const std::string hash = service_hash(before, project);
  EXPECT_EQ(hash.size(), 64U);
  Service after = before;
  after.build.reset();
  after.pull_policy = "always";
  after.scale = 77;
  after.deploy->replicas = 8;
  after.depends_on.clear();
  after.profiles.clear();
  after.places.clear();
  EXPECT_EQ(service_hash(after, project), hash);
  after.image = "other";
  EXPECT_NE(service_hash(after, project), hash);
}

TEST(ComposeHash, ADeployBlockThatOnlySetsReplicasIsNone) {
  Service plain, scaled;
  scaled.deploy.emplace().replicas = 3;
  EXPECT_EQ(service_hash(plain, {}), service_hash(scaled, {}));
}

TEST(ComposeHash, TheTextOfAnInlineConfigCounts) {
  Project project;
  project.configs["c"].content = "one";
  Service service;
  service.configs.push_back({.source = "c"});
  const std::string before = service_hash(service, project);
  project.configs["c"].content = "two";
  EXPECT_NE(service_hash(service, project), before);
}

TEST(ComposeHash, AVolumeWithoutADriverIsLocal) {
  Volume unset, local;
  local.driver = "local";
  EXPECT_EQ(volume_hash(unset), volume_hash(local));
  local.driver_opts["o"] = "bind";
  EXPECT_NE(volume_hash(unset), volume_hash(local));
}

TEST(ComposeHash, TheMeaningOfAProjectHasNoPlaces) {
  Project project{.name = "shop"};
  project.services["web"].image = "nginx";
  project.services["web"].places["image"] = {"compose.yaml", 3, 12};
  project.disabled["debug"].places["image"] = {"compose.yaml", 9, 12};
  project.places["services.web"] = {"compose.yaml", 2, 3};
  Project moved = project;
  moved.services["web"].places["image"].line = 4;
  moved.disabled["debug"].places["image"].line = 10;
  moved.places["services.web"].line = 3;
  EXPECT_NE(to_wire_json(project), to_wire_json(moved));
  EXPECT_EQ(meaning_json(project), meaning_json(moved));
  moved.services["web"].image = "redis";
  EXPECT_NE(meaning_json(project), meaning_json(moved));
}

TEST(ComposePlaces, FallBackToWhatIsAround) {
  Service service;
  service.places[""] = {"f", 1, 1};
  service.places["ports"] = {"f", 2, 1};
  EXPECT_EQ(service.place_of("ports[3].target").line, 2U);
  EXPECT_EQ(service.place_of("image").line, 1U);
  EXPECT_EQ(to_text(SourcePlace{"f", 2, 1}), "f:2:1");
  EXPECT_EQ(to_text(SourcePlace{"f"}), "f");
}

}  // namespace
}  // namespace stack::compose
