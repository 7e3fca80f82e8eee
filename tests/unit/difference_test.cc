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
  EXPECT_EQ(changes(before, after), "networks: back -> front");
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
  EXPECT_EQ(changes(before, after), "volumes: data:/data -> other:/data");
  after.mounts.erase(after.mounts.begin());
  EXPECT_EQ(changes(before, after), "volumes: data:/data -> none");
}

TEST(Difference, SaysOfEveryKindWhatWasAndWhatIs) {
  model::ContainerSpec before, after;
  before.command = {"sleep", "1000"};
  after.command = {"sleep", "2000"};
  before.ports = {{.host_first = 8080, .host_last = 8080, .container_port = 80}};
  after.ports = {{.host_ip = "127.0.0.1", .host_first = 8081, .host_last = 8082, .container_port = 80},
                 {.host_ip = {}, .container_port = 53, .protocol = model::Protocol::udp}};
  after.restart = {.kind = model::RestartKind::on_failure, .max_attempts = 3};
  after.stop_grace = std::chrono::seconds{5};
  after.shm_size = 64 << 20;
  before.cap_add = {"NET_ADMIN"};
  after.resources.nano_cpus = 1'500'000'000;
  after.ulimits = {{"nofile", {.soft = 10, .hard = 20}}};
  before.healthcheck = {.test = {"CMD", "true"}, .interval = std::chrono::seconds{30}};
  after.healthcheck = {.test = {"CMD-SHELL", "test -f /x"}, .interval = std::chrono::seconds{10}};
  after.log.options = {{"max-size", "10m"}};
  EXPECT_EQ(changes(before, after),
            "command: \"sleep 1000\" -> \"sleep 2000\", stop_grace_period: unset -> 5s, shm_size: unset -> 64MiB, "
            "ports: 8080:80 -> [127.0.0.1:8081-8082:80, 53/udp], cap_add: NET_ADMIN -> none, "
            "ulimits: none -> nofile=10:20, resources: cpus unset -> cpus 1.5, restart: no -> on-failure:3, "
            "healthcheck: test \"true\" interval 30s -> test \"test -f /x\" interval 10s, "
            "logging: max-size unset -> max-size 10m");
}

TEST(Difference, OfLongListsOnlyWhatIsNotInBoth) {
  model::ContainerSpec before, after;
  for (int i = 0; i < 9; ++i) before.extra_hosts.push_back("host-" + std::to_string(i) + "=10.0.0.1");
  after.extra_hosts = before.extra_hosts;
  after.extra_hosts[3] = "other=10.0.0.1";
  EXPECT_EQ(changes(before, after), "extra_hosts: [host-3=10.0.0.1, ...] -> [other=10.0.0.1, ...]");
  after.extra_hosts.assign(9, std::string(30, 'x'));
  EXPECT_EQ(changes(before, after), "extra_hosts");
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
  before.command = {"serve", "--password", "a"};
  after.command = {"serve", "--password", "b"};
  before.healthcheck = {.test = {"CMD-SHELL", "curl http://u:p@db/"}};
  after.healthcheck = {.test = {"CMD-SHELL", "curl http://u:q@db/"}};
  before.log.options = {{"splunk-token", "a"}};
  after.log.options = {{"splunk-token", "b"}};
  EXPECT_EQ(changes(before, after), "command, healthcheck, logging");
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
