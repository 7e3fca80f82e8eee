// plan: the picture of what up, down, stop and restart would do, and the laws that hold for every project.
#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "base/error.h"
#include "compose/model/project_json.h"
#include "compose/plan/difference.h"
#include "compose/plan/reconcile.h"
#include "compose/plan/resource_spec.h"
#include "compose/plan/support.h"
#include "compose/plan/takedown.h"
#include "compose/plan/wanted_container.h"
#include "tests/support/random_project.h"

namespace stack::compose {
namespace {

Service service(const std::string& name) {
  Service s;
  s.name = name;
  s.image = "app";
  s.networks["default"] = std::nullopt;
  return s;
}

Project project(std::vector<Service> services) {
  Project p;
  p.name = "shop";
  p.networks["default"].name = "shop_default";
  for (Service& s : services) p.services.emplace(s.name, std::move(s));
  return p;
}

Observed empty_world() {
  Observed world;
  world.images["app"].id = "sha256:1";
  return world;
}

// Plays a plan on the observed state the way an engine would, and checks on the way what must never happen.
class World {
 public:
  explicit World(Observed observed) : observed_(std::move(observed)) {}

  void apply(const Plan& plan) {
    std::set<std::string> stopped;
    for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
      for (const std::size_t before : plan.nodes[i].after) ASSERT_LT(before, i) << print(plan);
      ASSERT_FALSE(to_text(plan.nodes[i].cause).empty()) << "an operation without a cause\n" << print(plan);
      play(plan.nodes[i].operation, stopped, plan);
    }
  }
  const Observed& observed() const { return observed_; }
  Observed& observed() { return observed_; }

 private:
  model::Container* find(const std::string& id_or_name) {
    for (model::Container& c : observed_.containers) {
      if (c.id == id_or_name || c.spec.name == id_or_name) return &c;
    }
    return nullptr;
  }

  void play(const Operation& operation, std::set<std::string>& stopped, const Plan& plan) {
    if (const auto* network = std::get_if<CreateNetwork>(&operation)) {
      ASSERT_FALSE(observed_.networks.contains(network->spec.name));
      observed_.networks[network->spec.name] = {.id = "n" + std::to_string(++next_), .spec = network->spec};
    } else if (const auto* gone = std::get_if<RemoveNetwork>(&operation)) {
      observed_.networks.erase(gone->name);
    } else if (const auto* volume = std::get_if<CreateVolume>(&operation)) {
      observed_.volumes[volume->spec.name] = {.spec = volume->spec};
    } else if (const auto* lost = std::get_if<RemoveVolume>(&operation)) {
      observed_.volumes.erase(lost->name);
    } else if (const auto* create = std::get_if<CreateContainer>(&operation)) {
      if (model::Container* old = find(create->spec.name)) {
        ASSERT_EQ(old->id, create->replaces) << "a name is taken\n" << print(plan);
        old->spec.name = old->id + "_" + old->spec.name;
      }
      for (const model::Attachment& a : create->spec.networks)
        ASSERT_TRUE(observed_.networks.contains(a.network)) << print(plan);
      model::Container made;
      made.id = "c" + std::to_string(++next_);
      made.spec = create->spec;
      observed_.containers.push_back(made);
    } else if (const auto* aside = std::get_if<PutAside>(&operation)) {
      model::Container* container = find(aside->id);
      ASSERT_NE(container, nullptr) << print(plan);
      container->spec.name = container->id + "_" + container->spec.name;
    } else if (const auto* start = std::get_if<StartContainer>(&operation)) {
      model::Container* container = find(start->name);
      ASSERT_NE(container, nullptr) << print(plan);
      container->state.status = model::Status::running;
      container->state.endpoints.clear();
      for (const model::Attachment& a : container->spec.networks) {
        container->state.endpoints.push_back({.network = a.network, .network_id = observed_.networks.at(a.network).id});
      }
    } else if (const auto* stop = std::get_if<StopContainer>(&operation)) {
      ASSERT_TRUE(stopped.insert(stop->id).second) << "stopped twice\n" << print(plan);
      model::Container* container = find(stop->id);
      ASSERT_NE(container, nullptr) << print(plan);
      container->state.status = model::Status::exited;
      container->state.endpoints.clear();
    } else if (const auto* remove = std::get_if<RemoveContainer>(&operation)) {
      model::Container* container = find(remove->id);
      ASSERT_NE(container, nullptr) << print(plan);
      ASSERT_NE(container->state.status, model::Status::running) << "removed while it runs\n" << print(plan);
      observed_.containers.erase(observed_.containers.begin() + (container - observed_.containers.data()));
    }
  }

  Observed observed_;
  int next_ = 0;
};

World running(const Project& p, const UpOptions& options = {}) {
  World world{empty_world()};
  world.apply(reconcile(p, world.observed(), options));
  return world;
}

TEST(Reconcile, CreatesWhatIsMissingAndGatesOnHealth) {
  Service web = service("web"), db = service("db");
  web.depends_on["db"].condition = DependencyCondition::healthy;
  EXPECT_EQ(print(reconcile(project({web, db}), empty_world(), {.scale = {{"web", 2}}})),
            "0 [] create network shop_default (it does not exist)\n"
            "1 [0] create container shop-db-1 (0 of 1 replicas exist)\n"
            "2 [1] start container shop-db-1 (0 of 1 replicas exist)\n"
            "3 [0] create container shop-web-1 (0 of 2 replicas exist)\n"
            "4 [2] wait for db (service_healthy) (web depends on it)\n"
            "5 [3,4] start container shop-web-1 (0 of 2 replicas exist)\n"
            "6 [0] create container shop-web-2 (0 of 2 replicas exist)\n"
            "7 [4,6] start container shop-web-2 (0 of 2 replicas exist)\n");
}

TEST(Reconcile, AgainWithoutAChangeDoesNothing) {
  Service web = service("web"), db = service("db");
  web.depends_on["db"].condition = DependencyCondition::healthy;
  const Project p = project({web, db});
  EXPECT_EQ(print(reconcile(p, running(p).observed(), {})), "");
}

TEST(Reconcile, AChangedEnvironmentRecreatesThatServiceAloneAndSaysWhy) {
  Project p = project({service("web"), service("db")});
  const World world = running(p);
  p.services.at("web").environment["A"] = "1";
  EXPECT_EQ(print(reconcile(p, world.observed(), {})),
            "0 [] recreate container shop-web-1 (configuration changed: environment.A added: 1)\n"
            "1 [0] stop container shop-web-1 (configuration changed: environment.A added: 1)\n"
            "2 [0,1] start container shop-web-1 (configuration changed: environment.A added: 1)\n"
            "3 [2] remove container shop-web-1 (configuration changed: environment.A added: 1)\n");
}

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

TEST(Plan, ImagesArePulledBeforeAnythingIsTouched) {
  UpOptions options;
  options.pulls = {{.operation = {.reference = "app", .services = {"web"}}, .cause = {.policy = "missing"}}};
  Service web = service("web");
  EXPECT_EQ(print(reconcile(project({web}), empty_world(), options)),
            "0 [] pull image app for web (it is not here)\n"
            "1 [0] create network shop_default (it does not exist)\n"
            "2 [1] create container shop-web-1 (0 of 1 replicas exist)\n"
            "3 [2] start container shop-web-1 (0 of 1 replicas exist)\n");
  options.pulls.front().cause = {.policy = "always", .present = true};
  const Plan nothing_else = reconcile(project({web}), running(project({web})).observed(), options);
  EXPECT_EQ(print(nothing_else), "0 [] pull image app for web (pull policy: always)\n");
  EXPECT_EQ(nothing_else.pulls, 1U);
}

TEST(Takedown, ImagesGoAfterTheContainers) {
  const Project shop = project({service("web")});
  const Plan plan = plan_down(&shop, running(shop).observed(), {.project = "shop", .images = {"app"}});
  EXPECT_EQ(print(plan),
            "0 [] stop container shop-web-1 (the project is taken down)\n"
            "1 [0] remove container shop-web-1 (the project is taken down)\n"
            "2 [1] remove network shop_default (the project is taken down)\n"
            "3 [1] remove image app (requested by --rmi)\n");
  EXPECT_TRUE(may_stay(plan.nodes.at(3).operation)) << "what others use is no failure";
}

TEST(Plan, ItsSummaryCountsEachContainerOnce) {
  Service db = service("db"), web = service("web"), job = service("job");
  web.depends_on["db"] = {};
  web.scale = 3;
  World world = running(project({db, web, job, service("old")}));
  for (model::Container& container : world.observed().containers) {
    if (container.spec.service == "job") container.state.status = model::Status::exited;
  }
  db.environment["A"] = "1";
  web.scale = 2;
  const Project p = project({db, web, job, service("extra")});
  EXPECT_EQ(summary(reconcile(p, world.observed(), {.remove_orphans = true})),
            "1 created, 1 recreated, 1 started, 2 removed, 2 unchanged");
  EXPECT_EQ(summary(plan_stop(&p, world.observed(), {.project = "shop"})), "4 stopped");
  EXPECT_EQ(summary(plan_down(nullptr, world.observed(), {.project = "shop"})), "6 removed");
  EXPECT_EQ(summary({}), "");
}

TEST(Reconcile, ScalingTouchesNothingElse) {
  const Project p = project({service("web"), service("db")});
  const World three = running(p, {.scale = {{"web", 3}}});
  EXPECT_EQ(print(reconcile(p, three.observed(), {.scale = {{"web", 4}}})),
            "0 [] create container shop-web-4 (3 of 4 replicas exist)\n"
            "1 [0] start container shop-web-4 (3 of 4 replicas exist)\n");
  EXPECT_EQ(print(reconcile(p, three.observed(), {.scale = {{"web", 2}}})),
            "0 [] stop container shop-web-3 (scale is 2, 3 exist)\n"
            "1 [0] remove container shop-web-3 (scale is 2, 3 exist)\n");
}

TEST(Reconcile, StoppedContainersStartAgainWithoutBeingRecreated) {
  const Project p = project({service("web")});
  World world = running(p);
  world.apply(plan_stop(&p, world.observed(), {.project = "shop"}));
  EXPECT_EQ(print(reconcile(p, world.observed(), {})), "0 [] start container shop-web-1 (exited)\n");
}

TEST(Reconcile, ARecreatedDependencyTakesRestartingDependentsAlong) {
  Service web = service("web"), db = service("db");
  web.depends_on["db"].restart = true;
  Project p = project({web, db});
  World world = running(p);
  p.services.at("db").environment["A"] = "1";
  EXPECT_EQ(print(reconcile(p, world.observed(), {})),
            "0 [] recreate container shop-db-1 (configuration changed: environment.A added: 1)\n"
            "1 [0] stop container shop-web-1 (dependency db is recreated)\n"
            "2 [0,1] stop container shop-db-1 (configuration changed: environment.A added: 1)\n"
            "3 [0,2] start container shop-db-1 (configuration changed: environment.A added: 1)\n"
            "4 [3] remove container shop-db-1 (configuration changed: environment.A added: 1)\n"
            "5 [1,3] start container shop-web-1 (dependency db is recreated)\n");
}

// What an engine leaves that is killed between making a successor and stopping its predecessor.
TEST(Reconcile, ACutOffRecreateIsFinishedWithoutTwoInOnePlace) {
  Project p = project({service("web")});
  World world = running(p);
  p.services.at("web").environment["A"] = "1";
  Plan plan = reconcile(p, world.observed(), {});
  plan.nodes.resize(1);
  world.apply(plan);
  EXPECT_EQ(print(reconcile(p, world.observed(), {})),
            "0 [] stop container c2_shop-web-1 (another container has its number)\n"
            "1 [0] start container shop-web-1 (created)\n"
            "2 [0,1] remove container c2_shop-web-1 (another container has its number)\n");
  const Plan restart = plan_restart(&p, world.observed(), {.project = "shop"});
  EXPECT_EQ(print(restart),
            "0 [] stop container c2_shop-web-1 (requested)\n"
            "1 [0] start container c2_shop-web-1 (requested)\n");
}

TEST(Reconcile, ANetworkMadeAnewStopsDependentsFirstAndStartsBystandersAgain) {
  Service web = service("web"), db = service("db");
  web.depends_on["db"] = {};
  Project p = project({web, db, service("other")});
  World world = running(p);
  p.networks.at("default").internal = true;
  const std::string text = print(reconcile(p, world.observed(), {.services = {"web"}}));
  EXPECT_TRUE(
      text.starts_with("0 [] stop container shop-web-1 (network changed: shop_default)\n"
                       "1 [0] stop container shop-db-1 (network changed: shop_default)\n"
                       "2 [] stop container shop-other-1 (network changed: shop_default)\n"
                       "3 [0,1,2] remove network shop_default (its definition changed)\n"
                       "4 [3] create network shop_default (its definition changed)\n"))
      << text;
  EXPECT_TRUE(text.ends_with("[2,4] start container shop-other-1 (its network was recreated)\n")) << text;
}

TEST(Reconcile, AChangedNetworkIsMadeAnewAroundItsContainers) {
  Project p = project({service("web")});
  World world = running(p);
  p.networks.at("default").internal = true;
  world.apply(reconcile(p, world.observed(), {}));
  EXPECT_TRUE(world.observed().networks.at("shop_default").spec.internal);
  EXPECT_EQ(print(reconcile(p, world.observed(), {})), "");
}

TEST(Reconcile, OrphansAreNamedAndRemovedOnRequest) {
  const World world = running(project({service("old"), service("web")}));
  const Project p = project({service("web")});
  EXPECT_NE(print(reconcile(p, world.observed(), {})).find("warning: found orphan containers (shop-old-1)"),
            std::string::npos);
  EXPECT_EQ(print(reconcile(p, world.observed(), {.remove_orphans = true})),
            "0 [] stop container shop-old-1 (orphan)\n"
            "1 [0] remove container shop-old-1 (orphan)\n");
}

Service publishing(const std::string& name, const std::string& published) {
  Service s = service(name);
  s.ports.push_back({.target = 80, .published = published, .protocol = "tcp"});
  return s;
}

Service at_address(const std::string& name, const std::string& address) {
  Service s = service(name);
  s.networks["default"].emplace().ipv4_address = address;
  return s;
}

Service named(const std::string& name, const std::string& container_name) {
  Service s = service(name);
  s.container_name = container_name;
  return s;
}

std::string operations(const Project& to, const Project& from, UpOptions options = {}) {
  Plan plan = reconcile(to, running(from).observed(), options);
  for (Node& node : plan.nodes) node.cause = Requested{};
  std::string text = print(plan);
  constexpr std::string_view kCause = " (requested)";
  for (std::size_t at = text.find(kCause); at != std::string::npos; at = text.find(kCause))
    text.erase(at, kCause.size());
  return text;
}

TEST(HandOver, APortGoesToAnotherServiceWhateverDependsOnWhat) {
  const Project from = project({publishing("app", "8080")});
  const char* free_order =
      "0 [] recreate container shop-app-1\n"
      "1 [0] stop container shop-app-1\n"
      "2 [0,1] start container shop-app-1\n"
      "3 [] create container shop-proxy-1\n"
      "4 [1,3] start container shop-proxy-1\n"
      "5 [2,4] remove container shop-app-1\n";
  EXPECT_EQ(operations(project({service("app"), publishing("proxy", "8080")}), from), free_order);
  // app may stop only when proxy runs, says depends_on, and proxy may only run when app has stopped.
  Service app = service("app");
  app.depends_on["proxy"] = {};
  EXPECT_EQ(operations(project({app, publishing("proxy", "8080")}), from),
            "0 [] create container shop-proxy-1\n"
            "1 [] recreate container shop-app-1\n"
            "2 [1] stop container shop-app-1\n"
            "3 [0,2] start container shop-proxy-1\n"
            "4 [1,2,3] start container shop-app-1\n"
            "5 [3,4] remove container shop-app-1\n");
}

TEST(HandOver, APortGoesFromAReplicaThatIsNoLongerWanted) {
  Service app = publishing("app", "8080");
  app.scale = 0;
  EXPECT_EQ(operations(project({app, publishing("proxy", "8080")}), project({publishing("app", "8080")})),
            "0 [] stop container shop-app-1\n"
            "1 [] create container shop-proxy-1\n"
            "2 [0,1] start container shop-proxy-1\n"
            "3 [0,2] remove container shop-app-1\n");
}

TEST(HandOver, TwoThatSwapStopBothBeforeEitherStarts) {
  const char* swapped =
      "0 [] recreate container shop-a-1\n"
      "1 [0] stop container shop-a-1\n"
      "2 [] recreate container shop-b-1\n"
      "3 [2] stop container shop-b-1\n"
      "4 [0,1,3] start container shop-a-1\n"
      "5 [1,2,3] start container shop-b-1\n"
      "6 [4,5] remove container shop-a-1\n"
      "7 [4,5] remove container shop-b-1\n";
  EXPECT_EQ(operations(project({publishing("a", "81"), publishing("b", "80")}),
                       project({publishing("a", "80"), publishing("b", "81")})),
            swapped);
  EXPECT_EQ(operations(project({at_address("a", "10.0.0.3"), at_address("b", "10.0.0.2")}),
                       project({at_address("a", "10.0.0.2"), at_address("b", "10.0.0.3")})),
            swapped);
  Service a = service("a"), b = service("b");
  a.mac_address = "02:00:00:00:00:0A";
  b.mac_address = "02:00:00:00:00:0b";
  Service a_later = a, b_later = b;
  a_later.mac_address = "02-00-00-00-00-0b";
  b_later.mac_address = "02:00:00:00:00:0a";
  EXPECT_EQ(operations(project({a_later, b_later}), project({a, b})), swapped);
}

TEST(HandOver, TwoThatSwapNamesGoByAThirdOne) {
  EXPECT_EQ(
      operations(project({named("a", "two"), named("b", "one")}), project({named("a", "one"), named("b", "two")})),
      "0 [] put aside container one\n"
      "1 [0] recreate container one\n"
      "2 [1] stop container two\n"
      "3 [] put aside container two\n"
      "4 [3] recreate container two\n"
      "5 [4] stop container one\n"
      "6 [2,4,5] start container two\n"
      "7 [1,2,5] start container one\n"
      "8 [6,7] remove container one\n"
      "9 [6,7] remove container two\n");
}

TEST(HandOver, ARenamedServiceTakesWhatItsOrphanHas) {
  for (const auto make : {publishing, at_address, named}) {
    const std::string value = make == at_address ? "10.0.0.2" : make == named ? "one" : "8080";
    const Plan plan = reconcile(project({make("frontend", value)}), running(project({make("app", value)})).observed(),
                                {.remove_orphans = true});
    const auto start = std::find_if(plan.nodes.begin(), plan.nodes.end(), [](const Node& node) {
      return std::holds_alternative<StartContainer>(node.operation);
    });
    ASSERT_NE(start, plan.nodes.end());
    ASSERT_EQ(start->takes_over.size(), 1u) << print(plan);
    EXPECT_TRUE(std::holds_alternative<StopContainer>(plan.nodes[start->takes_over.front()].operation));
    EXPECT_TRUE(std::holds_alternative<RemoveContainer>(plan.nodes.back().operation)) << print(plan);
  }
}

TEST(HandOver, APortOfARangeIsFreeWhenItsReplicaHasStopped) {
  Service before = publishing("web", "8080-8082"), after = publishing("web", "8080");
  before.scale = after.scale = 2;
  World world = running(project({before}));
  for (model::Container& container : world.observed().containers)
    container.state.ports = {
        {.host_port = static_cast<std::uint16_t>(8079 + container.spec.replica), .container_port = 80}};
  const Plan plan = reconcile(project({after}), world.observed(), {});
  for (const Node& node : plan.nodes) {
    if (const auto* start = std::get_if<StartContainer>(&node.operation)) {
      EXPECT_EQ(node.takes_over.size(), start->name == "shop-web-1" ? 1u : 2u) << print(plan);
    }
  }
}

TEST(HandOver, ReplicasThatShareAPortDoNotWaitForOneAnother) {
  Service before = publishing("web", "8080");
  before.scale = 2;
  Service after = before;
  after.environment["A"] = "1";
  const Plan plan = reconcile(project({after}), running(project({before})).observed(), {});
  for (const Node& node : plan.nodes) EXPECT_LE(node.takes_over.size(), 1u) << print(plan);
}

TEST(HandOver, NetworksThatSwapTheirSubnetsAreBothRemovedFirst) {
  const auto with_subnets = [](const char* front, const char* back) {
    Project p = project({service("web")});
    for (const auto& [key, subnet] : {std::pair{"front", front}, std::pair{"back", back}}) {
      p.networks[key].name = std::string{"shop_"} + key;
      p.networks[key].ipam.config.push_back({.subnet = subnet});
      p.services.at("web").networks[key] = std::nullopt;
    }
    return p;
  };
  const Plan plan = reconcile(with_subnets("10.2.0.0/16", "10.1.0.0/16"),
                              running(with_subnets("10.1.0.0/16", "10.2.128.0/24")).observed(), {});
  std::size_t removed = 0;
  for (const Node& node : plan.nodes) {
    if (std::holds_alternative<RemoveNetwork>(node.operation)) ++removed;
    if (!std::holds_alternative<CreateNetwork>(node.operation)) continue;
    EXPECT_EQ(removed, 2u) << print(plan);
  }
}

TEST(HandOver, AnAddressThatIsHeldByChanceIsTakenAfterItsHolderStops) {
  World world = running(project({service("app")}));
  world.observed().containers.front().state.endpoints = {{.network = "shop_default", .ipv4 = "10.0.0.2"}};
  Service app = service("app");
  app.environment["A"] = "1";
  const Plan plan = reconcile(project({app, at_address("fixed", "10.0.0.2")}), world.observed(), {});
  const auto start = std::find_if(plan.nodes.begin(), plan.nodes.end(), [](const Node& node) {
    const auto* each = std::get_if<StartContainer>(&node.operation);
    return each != nullptr && each->name == "shop-fixed-1";
  });
  ASSERT_NE(start, plan.nodes.end());
  ASSERT_EQ(start->takes_over.size(), 1u) << print(plan);
  EXPECT_EQ(std::get<StopContainer>(plan.nodes[start->takes_over.front()].operation).name, "shop-app-1");
}

TEST(HandOver, AnAddressIsLeftToChanceOnlyWhenThoseThatAreWantedAreKnown) {
  Service late = at_address("late", "10.0.0.2");
  late.depends_on["app"] = {};
  const Plan plan = reconcile(project({service("app"), late}), empty_world(), {});
  std::optional<std::size_t> created;
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    const auto* create = std::get_if<CreateContainer>(&plan.nodes[i].operation);
    if (create != nullptr && create->spec.service == "late") created = i;
    const auto* start = std::get_if<StartContainer>(&plan.nodes[i].operation);
    if (start == nullptr || start->name != "shop-app-1") continue;
    ASSERT_TRUE(created) << print(plan);
    EXPECT_TRUE(std::find(plan.nodes[i].after.begin(), plan.nodes[i].after.end(), *created) !=
                plan.nodes[i].after.end());
  }
}

TEST(Reconcile, AnonymousVolumesStayUnlessTheirRemovalIsAskedFor) {
  Service two = service("web"), one = two;
  two.scale = 2;
  const auto removals = [](const Plan& plan) {
    std::vector<bool> all;
    for (const Node& node : plan.nodes) {
      if (const auto* remove = std::get_if<RemoveContainer>(&node.operation)) all.push_back(remove->anonymous_volumes);
    }
    return all;
  };
  const World world = running(project({two, service("old")}));
  EXPECT_EQ(removals(reconcile(project({one}), world.observed(), {.remove_orphans = true})),
            (std::vector<bool>{false, false}));
  EXPECT_EQ(removals(reconcile(project({two}), world.observed(), {.renew_volumes = true})),
            (std::vector<bool>{false, false}));
  EXPECT_EQ(removals(plan_down(nullptr, world.observed(), {.project = "shop"})),
            (std::vector<bool>{false, false, false}));
  EXPECT_EQ(removals(plan_down(nullptr, world.observed(), {.project = "shop", .volumes = true})),
            (std::vector<bool>{true, true, true}));
}

TEST(Reconcile, OrphansMayBeIgnored) {
  const World world = running(project({service("web"), service("old")}));
  const Plan plan = reconcile(project({service("web")}), world.observed(), {.ignore_orphans = true});
  EXPECT_TRUE(plan.empty() && plan.warnings.empty()) << print(plan);
}

TEST(Reconcile, WhoLivesOfARecreatedContainerIsRecreated) {
  Project p = project({service("owner"), service("side"), service("taker"), service("other")});
  Service& side = p.services.at("side");
  side.networks.clear();
  side.network_mode = "service:owner";
  side.depends_on["owner"];
  p.services.at("taker").volumes_from = {"owner:ro"};
  p.services.at("taker").depends_on["owner"];
  World world{empty_world()};
  const Plan first = reconcile(p, world.observed(), {});
  world.apply(first);
  for (const model::Container& container : world.observed().containers) {
    const bool side_one = container.spec.service == "side", taker = container.spec.service == "taker";
    EXPECT_EQ(container.spec.network_mode, side_one ? "container:shop-owner-1" : "");
    EXPECT_EQ(container.spec.volumes_from, taker ? Strings{"shop-owner-1:ro"} : Strings{});
  }
  EXPECT_TRUE(reconcile(p, world.observed(), {}).nodes.empty());
  p.services.at("owner").environment["A"] = "b";
  const std::string text = print(reconcile(p, world.observed(), {}));
  for (const char* name : {"owner", "side", "taker"}) {
    EXPECT_NE(text.find("create container shop-" + std::string{name} + "-1"), std::string::npos) << text;
  }
  EXPECT_EQ(text.find("other"), std::string::npos) << text;
  EXPECT_NE(text.find("recreate container shop-side-1 (service owner is recreated)"), std::string::npos) << text;
  EXPECT_NE(text.find("recreate container shop-taker-1 (service owner is recreated)"), std::string::npos) << text;
  const std::string forced = print(reconcile(p, world.observed(), {.services = {"other"}, .force_recreate = true}));
  EXPECT_NE(forced.find("recreate container shop-other-1 (requested)"), std::string::npos) << forced;
}

TEST(Reconcile, ARecreationEndsWhenTheOldContainerHasStopped) {
  Project p = project({service("web")});
  const World world = running(p);
  p.services.at("web").environment["A"] = "b";
  const Plan plan = reconcile(p, world.observed(), {});
  const auto& create = std::get<CreateContainer>(plan.nodes.at(0).operation);
  const auto& stop = std::get<StopContainer>(plan.nodes.at(1).operation);
  EXPECT_TRUE(create.stops_later && stop.replaced_by == "shop-web-1") << print(plan);
  // A network that is replaced stops its containers before anything is recreated.
  p.networks.at("default").driver_opts["com.docker.network.driver.mtu"] = "1400";
  const Plan earlier = reconcile(p, world.observed(), {});
  for (const Node& node : earlier.nodes) {
    if (const auto* made = std::get_if<CreateContainer>(&node.operation)) {
      EXPECT_FALSE(made->stops_later) << print(earlier);
    }
  }
}

TEST(Takedown, ServicesTakeOnlyTheirNetworksAlong) {
  Service web = service("web"), db = service("db");
  db.networks = {{"inner", std::nullopt}};
  Project p = project({web, db});
  p.networks["inner"].name = "shop_inner";
  const World world = running(p);
  const std::string text = print(plan_down(&p, world.observed(), {.project = "shop", .services = {"db"}}));
  EXPECT_NE(text.find("remove network shop_inner"), std::string::npos) << text;
  EXPECT_EQ(text.find("shop_default"), std::string::npos) << text;
}

TEST(ContainerSpec, GrantsLinksAndTheDefaultBridge) {
  Service s = service("web");
  s.configs = {{.source = "inline", .uid = "7", .mode = FileMode{0400}}, {.source = "filed", .target = "/etc/x"}};
  s.secrets = {{.source = "env", .target = "token"}};
  s.links = {"db:store", "db"};
  s.external_links = {"far:near"};
  Project p = project({s, service("db")});
  p.configs["inline"].content = "text";
  p.configs["filed"].file = "/host/file";
  p.secrets["env"].environment = "TOKEN";
  p.secrets["env"].content = "secret";
  const auto spec = container_spec(p, p.services.at("web"), 1, "id", "hash");
  const std::vector<model::GivenFile> files = {{"/run/secrets/token", "secret"}, {"/inline", "text", 7, 0, 0400}};
  EXPECT_EQ(spec.files, files);
  ASSERT_EQ(spec.mounts.size(), 1U);
  EXPECT_EQ(spec.mounts[0].target, "/etc/x");
  const std::map<std::string, std::string> links = {{"store", "db"}, {"near", "far"}};
  EXPECT_EQ(spec.networks.at(0).links, links);
  p.services.at("db").networks.clear();
  p.services.at("db").network_mode = "bridge";
  const auto bridged = container_spec(p, p.services.at("db"), 1, "id", "hash");
  EXPECT_EQ(bridged.network_mode, "");
  EXPECT_EQ(bridged.networks.at(0).network, "bridge");
}

TEST(Takedown, DependentsStopFirstAndTheNetworkGoesLast) {
  Service web = service("web"), db = service("db");
  web.depends_on["db"] = {};
  const Project p = project({web, db});
  const World world = running(p);
  EXPECT_EQ(print(plan_down(&p, world.observed(), {.project = "shop"})),
            "0 [] stop container shop-web-1 (the project is taken down)\n"
            "1 [0] remove container shop-web-1 (the project is taken down)\n"
            "2 [0] stop container shop-db-1 (the project is taken down)\n"
            "3 [2] remove container shop-db-1 (the project is taken down)\n"
            "4 [1,3] remove network shop_default (the project is taken down)\n");
  // Without its file the order comes from the containers' labels.
  EXPECT_EQ(print(plan_down(nullptr, world.observed(), {.project = "shop"})),
            print(plan_down(&p, world.observed(), {.project = "shop"})));
}

TEST(Takedown, WhatBelongsToAProfileThatIsNotActiveIsLeftAlone) {
  Project p = project({service("web"), service("tool")});
  const World world = running(p);
  p.disabled.insert(p.services.extract("tool"));
  const std::string text = print(plan_down(&p, world.observed(), {.project = "shop"}));
  EXPECT_EQ(text.find("tool"), std::string::npos) << text;
  EXPECT_EQ(print(plan_stop(&p, world.observed(), {.project = "shop"})),
            "0 [] stop container shop-web-1 (requested)\n");
  EXPECT_EQ(print(plan_stop(&p, world.observed(), {.project = "shop", .services = {"tool"}})),
            "0 [] stop container shop-tool-1 (requested)\n");
  EXPECT_EQ(plan_stop(&p, world.observed(), {.project = "shop", .everything = true}).nodes.size(), 2u);
}

TEST(Takedown, WhatStaysInUseSaysByWhomAndHowThatGoesToo) {
  Service tools = service("tools");
  tools.profiles = {"tools", "more"};
  tools.volumes.push_back({.type = "volume", .source = "data", .target = "/data"});
  Project all = project({service("web"), service("old"), tools});
  all.volumes["data"].name = "shop_data";
  const World world = running(all);
  Project p = project({service("web")});
  p.volumes = all.volumes;
  p.disabled.emplace("tools", tools);
  std::vector<std::string> kept;
  for (const Node& node : plan_down(&p, world.observed(), {.project = "shop", .volumes = true}).nodes) {
    if (const auto* network = std::get_if<RemoveNetwork>(&node.operation)) kept.push_back(network->kept_by);
    if (const auto* volume = std::get_if<RemoveVolume>(&node.operation)) kept.push_back(volume->kept_by);
  }
  EXPECT_EQ(kept, (std::vector<std::string>{"by shop-old-1 (orphan; take it down too with --remove-orphans), "
                                            "shop-tools-1 (take it down too with --profile tools)",
                                            "by shop-tools-1 (take it down too with --profile tools)"}));
}

TEST(Takedown, TheNetworkOfOneServiceGoesWhenNothingElseUsesIt) {
  const Project p = project({service("web"), service("db")});
  const Plan plan = plan_down(&p, running(p).observed(), {.project = "shop", .services = {"web"}});
  ASSERT_EQ(plan.nodes.size(), 3u) << print(plan);
  EXPECT_TRUE(std::get<RemoveNetwork>(plan.nodes[2].operation).if_unused);
}

TEST(Takedown, AStoppedContainerIsRestartedByItsStart) {
  const Project p = project({service("web")});
  World world = running(p);
  world.observed().containers[0].state.status = model::Status::exited;
  const Plan plan = plan_restart(&p, world.observed(), {.project = "shop"});
  ASSERT_EQ(plan.nodes.size(), 1u) << print(plan);
  EXPECT_EQ(std::get<StartContainer>(plan.nodes[0].operation).part_of, PartOf::whole_restart);
}

TEST(Takedown, NothingCanBeStartedOfAProjectThatNobodyKnows) {
  EXPECT_THROW(plan_start(nullptr, empty_world(), {.project = "shop"}), Error);
}

TEST(Support, EveryAttributeWithoutEffectIsNamedWithItsPlace) {
  Service web = service("web");
  web.runtime = "kata";
  web.image = "image";
  web.build.emplace();
  web.places["runtime"] = {"compose.yaml", 7, 5};
  const auto found = find_unsupported(project({web}));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].path, "services.web.runtime");
  EXPECT_TRUE(found[0].fatal);
  EXPECT_EQ(to_text(found[0].place), "compose.yaml:7:5");
}

TEST(WantedContainer, DevicesByNameGpusAndReservationsAreRequests) {
  Service web = service("web");
  web.devices = {{.source = "vendor.com/class=one", .target = "vendor.com/class=one", .permissions = "rwm"},
                 {.source = "/dev/a=b", .target = "/dev/a=b"}};
  web.gpus = {{.count = -1}, {.capabilities = {"utility"}, .device_ids = {"0"}}};
  web.deploy.emplace().resources.reservations.emplace().devices = {{.capabilities = {"tpu"}, .driver = "acme"}};
  const model::ContainerSpec spec = container_spec(project({web}), web, 1, "id", "hash");
  using Request = model::DeviceRequest;
  EXPECT_EQ(spec.device_requests, (std::vector<Request>{{.driver = "cdi", .device_ids = {"vendor.com/class=one"}},
                                                        {.count = -1, .capabilities = {{"gpu"}}},
                                                        {.device_ids = {"0"}, .capabilities = {{"utility", "gpu"}}},
                                                        {.driver = "acme", .count = -1, .capabilities = {{"tpu"}}}}));
  ASSERT_EQ(spec.devices.size(), 1u);
  EXPECT_EQ(spec.devices[0].source, "/dev/a=b");
}

TEST(WantedContainer, MountsOfImagesNameTheServicesImage) {
  Service web = service("web");
  ServiceMount other{.type = "image", .source = "db", .target = "/db"};
  other.image.emplace().subpath = "etc";
  ServiceMount bind{.type = "bind", .source = "/h", .target = "/h"};
  bind.bind.emplace().recursive = "disabled";
  web.volumes = {other, {.type = "image", .source = "tool:1", .target = "/tool"}, bind};
  const model::ContainerSpec spec = container_spec(project({web, service("db")}), web, 1, "id", "hash");
  ASSERT_EQ(spec.mounts.size(), 3u);
  EXPECT_EQ(spec.mounts[0].kind, model::MountKind::image);
  EXPECT_EQ(spec.mounts[0].source, image_reference(project({}), service("db")));
  EXPECT_EQ(spec.mounts[0].subpath, "etc");
  EXPECT_TRUE(spec.mounts[0].read_only);
  EXPECT_EQ(spec.mounts[1].source, "tool:1");
  EXPECT_EQ(spec.mounts[2].sub_mounts, model::SubMounts::none);
}

TEST(Support, DriverOptionsThatNobodyKnowsAreWarnings) {
  Service web = service("web");
  web.network_mode = "default";
  web.networks["front"].emplace().driver_opts = {{"com.docker.network.endpoint.ifname", "front0"}, {"other", "1"}};
  Project shop = project({web});
  shop.networks["front"].name = "shop_front";
  shop.networks["front"].driver_opts = {{"com.docker.network.enable_ipv6", "true"}, {"made.up", "1"}};
  shop.places["networks.front.driver_opts"] = {"compose.yaml", 9, 7};
  const auto found = find_unsupported(shop);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].path, "networks.front.driver_opts.made.up");
  EXPECT_EQ(to_text(found[0].place), "compose.yaml:9:7");
  EXPECT_EQ(found[1].path, "services.web.networks");
  EXPECT_FALSE(found[0].fatal || found[1].fatal);

  EXPECT_EQ(container_spec(shop, web, 1, "id", "hash").networks.at(0).network, "bridge");
  web.network_mode.clear();
  EXPECT_EQ(container_spec(shop, web, 1, "id", "hash").networks.back().interface_name, "front0");
}

TEST(Reconcile, ASeparatorRenamesNothingThatIsThere) {
  Project p = project({service("web")});
  p.services.at("web").scale = 1;
  World world{empty_world()};
  p.separator = "_";
  world.apply(reconcile(p, world.observed(), {}));
  EXPECT_EQ(world.observed().containers.at(0).spec.name, "shop_web_1");
  p.separator = "-";
  EXPECT_TRUE(reconcile(p, world.observed(), {}).empty());
  EXPECT_EQ(reconcile(p, world.observed(), {}).kept, Strings{"shop_web_1"});
  const Plan more = reconcile(p, world.observed(), {.scale = {{"web", 2}}});
  EXPECT_NE(print(more).find("create container shop-web-2"), std::string::npos);
}

TEST(Laws, FromAnyProjectToAnyOtherOnePlanIsEnough) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    std::mt19937 random{seed};
    World world{empty_world()};
    for (int step = 0; step < 4; ++step) {
      const Project p = test::random_project(random);
      const UpOptions options{.force_recreate = random() % 8 == 0, .remove_orphans = true};
      const Plan plan = reconcile(p, world.observed(), options);
      world.apply(plan);
      ASSERT_FALSE(HasFatalFailure()) << "seed " << seed;
      ASSERT_EQ(print(reconcile(p, world.observed(), {.remove_orphans = true})), "") << "seed " << seed << "\n"
                                                                                     << print(plan);
    }
    const Plan down =
        plan_down(nullptr, world.observed(), {.project = "shop", .remove_orphans = true, .volumes = true});
    world.apply(down);
    ASSERT_TRUE(world.observed().containers.empty()) << "seed " << seed;
    ASSERT_TRUE(world.observed().networks.empty()) << "seed " << seed;
  }
}

TEST(Laws, TheOrderOfWhatIsObservedDoesNotMatter) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::mt19937 random{seed};
    World world{empty_world()};
    world.apply(reconcile(test::random_project(random), world.observed(), {}));
    const Project next = test::random_project(random);
    Observed shuffled = world.observed();
    std::shuffle(shuffled.containers.begin(), shuffled.containers.end(), random);
    const auto operations = [](const Plan& plan) {
      std::multiset<std::string> all;
      for (const Node& node : plan.nodes) all.insert(describe(node.operation) + " " + to_text(node.cause));
      return all;
    };
    EXPECT_EQ(operations(reconcile(next, shuffled, {})), operations(reconcile(next, world.observed(), {})))
        << "seed " << seed;
  }
}

TEST(Laws, DependentsStartAfterWhatTheyDependOn) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random{seed};
    const Project p = test::random_project(random);
    const Plan plan = reconcile(p, empty_world(), {});
    std::map<std::string, std::set<std::size_t>> starts;  // of a service
    for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
      const auto* start = std::get_if<StartContainer>(&plan.nodes[i].operation);
      if (start != nullptr) starts[start->name.substr(5, start->name.rfind('-') - 5)].insert(i);
    }
    const auto reaches = [&](std::size_t from, std::size_t to) {
      std::vector<std::size_t> open{from};
      std::set<std::size_t> seen;
      while (!open.empty()) {
        const std::size_t at = open.back();
        open.pop_back();
        if (at == to) return true;
        if (!seen.insert(at).second) continue;
        open.insert(open.end(), plan.nodes[at].after.begin(), plan.nodes[at].after.end());
      }
      return false;
    };
    for (const auto& [name, s] : p.services) {
      for (const auto& [dependency, how] : s.depends_on) {
        for (const std::size_t mine : starts[name]) {
          for (const std::size_t theirs : starts[dependency])
            ASSERT_TRUE(reaches(mine, theirs)) << "seed " << seed << "\n" << print(plan);
        }
      }
    }
  }
}

}  // namespace
}  // namespace stack::compose
