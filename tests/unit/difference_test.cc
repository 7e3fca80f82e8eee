// compose/plan/difference and causes: what is said to have changed, and what is not.
#include "compose/plan/difference.h"

#include <gtest/gtest.h>

#include "tests/support/plan_world.h"

namespace stack::compose {
namespace {

using namespace plan_world;

// As a cause shows it.
std::string changes(const model::ContainerSpec& before, const model::ContainerSpec& after) {
  std::string text;
  const std::vector<AttributeChange> changed = changed_attributes(before, after);
  if (!changed.empty()) text = to_text(Cause{ConfigurationChanged{changed}});
  return text.substr(std::min(text.size(), std::string_view{"configuration changed: "}.size()));
}

TEST(Difference, ANetworkThatCameByCommandIsNone) {
  model::ContainerSpec before, after;
  before.networks = {{.network = "front"}, {.network = "extra", .by_command = true}};
  after.networks = {{.network = "front"}};
  EXPECT_EQ(changes(before, after), "");
  before.networks.front().network = "back";
  EXPECT_EQ(changes(before, after), "networks");
}

TEST(Difference, SaysWhatWasAndWhatIsByPath) {
  model::ContainerSpec before, after;
  before.environment = {{"GREETING", "Hello"}, {"OLD", "1"}, {"TEXT", "a b"}, {"HOME", "/root"}};
  after.environment = {{"GREETING", "Moin"}, {"NEW", ""}, {"TEXT", "a b"}, {"HOME", std::nullopt}};
  before.user = "root";
  after.user = "1000";
  after.tty = true;
  after.command = {"serve", "--password", "x"};
  before.labels = {{"com.docker.compose.image", "1"}, {"tier", "front"}};
  after.labels = {{"com.docker.compose.image", "2"}};
  EXPECT_EQ(changes(before, after),
            "command, environment.GREETING: Hello -> Moin, environment.HOME: /root -> unset, environment.OLD removed, "
            "environment.NEW added: \"\", user: root -> 1000, labels.tier removed, tty: false -> true");
}

TEST(Difference, VolumesThatTheEngineAddedAreNoChange) {
  model::ContainerSpec before, after;
  const auto volume = [](const std::string& source, const std::string& target) {
    return model::Mount{.kind = model::MountKind::volume, .source = source, .target = target};
  };
  after.mounts = {volume("data", "/data"), volume("", "/anonymous")};
  before.mounts = {volume("data", "/data"), volume(std::string(64, 'a'), "/anonymous"),
                   volume(std::string(64, 'b'), "/of/the/image")};
  EXPECT_EQ(changes(before, after), "");
  after.mounts[0].source = "other";
  EXPECT_EQ(changes(before, after), "volumes");
  after.mounts.erase(after.mounts.begin());
  EXPECT_EQ(changes(before, after), "volumes");
}

TEST(Difference, KeepsSecretsToItself) {
  model::ContainerSpec before, after;
  before.environment = {{"DB_PASSWORD", "old"}, {"URL", "postgres://u:p1@db/x"}, {"api_token", "t"}, {"PEM", "a\nb"}};
  after.environment = {{"DB_PASSWORD", "new"}, {"URL", "postgres://u:p2@db/x"}, {"PEM", "a\nc"}, {"AWS_SECRET", "s"}};
  EXPECT_EQ(changes(before, after),
            "environment.DB_PASSWORD, environment.PEM, environment.URL, environment.api_token removed, "
            "1 more of environment");
  for (const AttributeChange& change : changed_attributes(before, after))
    EXPECT_FALSE(change.before || change.after) << "not even in the value: " << change.path;
  before = after = {};
  before.files = {{.target = "/run/secrets/s", .content = "old"}};
  after.files = {{.target = "/run/secrets/s", .content = "new"}};
  EXPECT_EQ(changes(before, after), "configs and secrets");
}

TEST(Difference, AFileThatWasReplacedIsAnotherOne) {
  const auto secret = [](const std::string& identity) {
    return model::Mount{.kind = model::MountKind::bind, .source = "/h", .target = "/s", .source_identity = identity};
  };
  model::ContainerSpec before, after;
  before.mounts = {secret("1:1")};
  after.mounts = {secret("1:2")};
  EXPECT_EQ(changes(before, after), "configs and secrets");
  EXPECT_EQ(changes(after, after), "");
  before.mounts = {secret("")};
  EXPECT_EQ(changes(before, after), "") << "nobody looked when it was made";
  EXPECT_EQ(changes(after, before), "") << "nobody looks now";
}

TEST(Cause, SaysWhereTheNewValueStands) {
  Service web = service("web");
  web.environment["A"] = "1";
  World world = running(project({web}));
  web.environment["A"] = "2";
  web.places["environment.A"] = {"compose.yaml", 9, 7};
  const Plan plan = reconcile(project({web}), world.observed(), {});
  const auto& cause = std::get<ConfigurationChanged>(plan.nodes.at(0).cause);
  EXPECT_EQ(cause.changes, (std::vector<AttributeChange>{{.path = "environment.A",
                                                          .kind = ChangeKind::changed,
                                                          .before = "1",
                                                          .after = "2",
                                                          .place = {"compose.yaml", 9, 7}}}));
}

}  // namespace
}  // namespace stack::compose
