// decision: what of a request is refused before anything is done, all of it at once, and what would be pulled.
#include "engine/service/decision.h"

#include <gtest/gtest.h>

#include "engine/service/failure_place.h"

namespace stack::service {
namespace {

using api::ProjectRequest;
using api::Verb;

compose::Service service(const std::string& name, const std::string& image) {
  compose::Service s;
  s.name = name;
  s.image = image;
  s.networks["default"] = std::nullopt;
  s.places["image"] = {"compose.yaml", 7, 5};
  return s;
}

compose::Project shop(std::vector<compose::Service> services) {
  compose::Project p;
  p.name = "shop";
  p.networks["default"].name = "shop_default";
  for (auto& s : services) p.services.emplace(s.name, std::move(s));
  return p;
}

// Only the image "here" is here.
ImageFinder images() {
  return {.find = [](const std::string& reference) -> std::optional<model::Image> {
            if (reference == "BAD") throw Error(ErrorKind::invalid, "no reference: BAD");
            if (reference != "here") return std::nullopt;
            model::Image image;
            image.id = "sha256:1";
            return image;
          },
          .now = {}};
}

Decision decision_of(const ProjectRequest& request, const compose::Project* project,
                     const ImageFinder& finder = images(), const MachineJudge& judge = {},
                     const MachineFiles& files = {}, compose::Observed observed = {}) {
  return decide(request, project, std::move(observed), finder, judge, files);
}

Error refusal(const ProjectRequest& request, const compose::Project* project) {
  try {
    decision_of(request, project);
  } catch (const Error& error) {
    return error;
  }
  return Error{"nothing was refused"};
}

TEST(FailurePlace, NamesTheFormThatTheFileHas) {
  compose::Service service;
  service.name = "web";
  service.places["deploy.resources.limits.memory"] = {};
  EXPECT_EQ(with_place(Error("too small").about("mem_limit"), service).message(),
            "services.web.deploy.resources.limits.memory: too small");
  EXPECT_EQ(with_place(Error("no").about("ulimits.nofile"), service).message(), "services.web.ulimits.nofile: no");
  EXPECT_EQ(with_place(Error("no"), service).message(), "no");
}

compose::Service buildable(const std::string& name, const std::string& image = {}) {
  compose::Service s = service(name, image);
  s.build.emplace().context = "/src/" + name;
  return s;
}

model::ProjectBuild build_of(std::vector<std::string> services, std::vector<std::string> tags,
                             std::vector<std::string> needs = {}) {
  model::ProjectBuild build{.services = std::move(services), .reference = tags.front(), .needs = std::move(needs)};
  build.spec.tags = std::move(tags);
  return build;
}

TEST(Decision, WhatIsMissingAndCanBeBuiltIsBuiltBeforeAnythingElse) {
  const auto project = shop({buildable("base"), buildable("web"), service("db", "db:1")});
  const ProjectRequest request{
      .project = "shop", .builds = {build_of({"base"}, {"shop-base"}), build_of({"web"}, {"shop-web"}, {"shop-base"})}};
  const auto decision = decision_of(request, &project);
  ASSERT_EQ(decision.plan.pulls, 3U);
  EXPECT_EQ(compose::describe(decision.plan.nodes[0].operation), "pull image db:1 for db");
  EXPECT_EQ(compose::describe(decision.plan.nodes[1].operation), "build image shop-base of base");
  EXPECT_EQ(compose::describe(decision.plan.nodes[2].operation), "build image shop-web of web");
  EXPECT_EQ(decision.plan.nodes[2].after, std::vector<std::size_t>{1});
  EXPECT_EQ(compose::to_text(decision.plan.nodes[1].cause), "it does not exist");
  for (std::size_t i = 3; i < decision.plan.nodes.size(); ++i) EXPECT_FALSE(decision.plan.nodes[i].after.empty()) << i;
}

TEST(Decision, AnImageThatIsHereIsBuiltWhenSomebodySaysSo) {
  auto project = shop({buildable("web", "here")});
  ProjectRequest request{.project = "shop", .builds = {build_of({"web"}, {"here"})}};
  EXPECT_EQ(decision_of(request, &project).plan.pulls, 0U);
  request.build = true;
  auto decision = decision_of(request, &project);
  ASSERT_EQ(decision.plan.pulls, 1U);
  EXPECT_EQ(compose::to_text(decision.plan.nodes[0].cause), "requested by --build");
  request.build = false;
  project.services.at("web").pull_policy = "build";
  decision = decision_of(request, &project);
  ASSERT_EQ(decision.plan.pulls, 1U);
  EXPECT_EQ(compose::to_text(decision.plan.nodes[0].cause), "requested by pull_policy: build");
  request.no_build = true;
  EXPECT_EQ(decision_of(request, &project).plan.pulls, 0U);
  auto brought = images();
  brought.pulled = true;
  request.no_build = false;
  EXPECT_EQ(decision_of(request, &project, brought).plan.pulls, 0U) << "once is enough";
}

TEST(Decision, WhatCanBeBuiltIsNotPulledUnlessAPolicySaysSo) {
  auto project = shop({buildable("web", "web:1"), buildable("api", "web:1")});
  ProjectRequest request{.project = "shop", .builds = {build_of({"api", "web"}, {"web:1"})}};
  auto decision = decision_of(request, &project);
  ASSERT_EQ(decision.plan.pulls, 1U);
  EXPECT_EQ(compose::describe(decision.plan.nodes[0].operation), "build image web:1 of api");
  request.pull = "always";
  decision = decision_of(request, &project);
  ASSERT_EQ(decision.plan.pulls, 1U);
  EXPECT_EQ(compose::describe(decision.plan.nodes[0].operation), "pull image web:1 for api, web");
}

TEST(Decision, WhatAnotherServiceBuildsIsNotPulled) {
  const auto project = shop({buildable("api", "app:1"), service("worker", "app:1")});
  ProjectRequest request{.project = "shop", .builds = {build_of({"api"}, {"app:1"})}};
  const auto both = decision_of(request, &project);
  ASSERT_EQ(both.plan.pulls, 1U);
  EXPECT_EQ(compose::describe(both.plan.nodes[0].operation), "build image app:1 of api");
  request.services = {"worker"};
  const auto alone = decision_of(request, &project);
  ASSERT_EQ(alone.plan.pulls, 1U);
  EXPECT_EQ(compose::describe(alone.plan.nodes[0].operation), "pull image app:1 for worker") << "nobody builds it";
}

TEST(Decision, WithoutABuildAMissingImageSaysHowToBuildIt) {
  const auto project = shop({buildable("web")});
  const auto error = refusal({.project = "shop", .no_build = true}, &project);
  EXPECT_NE(error.message().find("no such image: shop-web"), std::string::npos) << error.message();
  EXPECT_NE(error.remedy_text().find("stack build"), std::string::npos);
}

TEST(Decision, EveryMissingImageIsToldWithItsPlace) {
  const auto project = shop({service("web", "web:1"), service("db", "BAD"), service("ok", "here")});
  const auto error = refusal({.project = "shop", .pull = "never"}, &project);
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_EQ(error.message(),
            "compose.yaml:7:5: services.db.image: no reference: BAD\n"
            "compose.yaml:7:5: services.web.image: no such image: web:1");
  EXPECT_NE(error.remedy_text().find("stack pull"), std::string::npos);
}

TEST(Decision, OnlyWhatIsToRunIsLookedAt) {
  auto project = shop({service("web", "here"), service("db", "db:1")});
  project.services.at("db").runtime = "other";
  const auto decision = decision_of({.project = "shop", .services = {"web"}}, &project);
  EXPECT_EQ(decision.plan.nodes.empty(), false);
  EXPECT_THROW(decision_of({.project = "shop"}, &project), Error);
}

TEST(Decision, PullsAreTheFirstOperationsOfThePlan) {
  const auto project = shop({service("web", "web:1"), service("again", "web:1"), service("ok", "here")});
  const auto decision = decision_of({.project = "shop"}, &project);
  ASSERT_EQ(decision.plan.pulls, 1U);
  const auto& pull = std::get<compose::PullImage>(decision.plan.nodes.front().operation);
  EXPECT_EQ(pull.reference, "web:1");
  EXPECT_EQ(pull.services, (std::vector<std::string>{"again", "web"}));
  EXPECT_EQ(compose::to_text(pull.place), "compose.yaml:7:5");
  EXPECT_EQ(std::get<compose::PullWanted>(decision.plan.nodes.front().cause).present, false);
  for (std::size_t i = 1; i < decision.plan.nodes.size(); ++i)
    EXPECT_FALSE(decision.plan.nodes[i].after.empty()) << "begins before the image is here\n" << print(decision.plan);
}

TEST(Decision, AnImageThatIsHereIsPulledWhenThePolicySaysSo) {
  const auto project = shop({service("ok", "here")});
  const auto decision = decision_of({.project = "shop", .pull = "always"}, &project);
  ASSERT_EQ(decision.plan.pulls, 1U);
  EXPECT_EQ(compose::to_text(decision.plan.nodes.front().cause), "pull policy: always");
  auto pulled = images();
  pulled.pulled = true;
  EXPECT_EQ(decision_of({.project = "shop", .pull = "always"}, &project, pulled).plan.pulls, 0U) << "once is enough";
}

TEST(Decision, WhatIsMissingAfterThePullsIsAMistake) {
  const auto project = shop({service("web", "web:1")});
  auto pulled = images();
  pulled.pulled = true;
  EXPECT_THROW(decision_of({.project = "shop"}, &project, pulled), Error);
  EXPECT_THROW(decision_of({.project = "shop", .pull = "never"}, &project), Error);
}

TEST(Decision, DownRemovesTheImagesThatAreHere) {
  const auto project = shop({service("web", "web:1"), service("ok", "here")});
  const auto removed = [&](api::ImageScope scope) {
    const ProjectRequest request{.verb = Verb::down, .project = "shop", .resolved = "{}", .rmi = scope};
    return print(decision_of(request, &project).plan);
  };
  EXPECT_EQ(removed(api::ImageScope::all), "0 [] remove image here (requested by --rmi)\n");
  EXPECT_EQ(removed(api::ImageScope::local), "");
  EXPECT_EQ(removed(api::ImageScope::none), "");
}

TEST(Decision, AnUnansweredDockerSocketIsNotedAndNeedsNoFile) {
  auto web = service("web", "here");
  for (const char* source : {"/var/run/docker.sock", "/run/docker.sock", "/srv/other.sock"}) {
    compose::ServiceMount mount{.type = "bind", .source = source, .target = source};
    mount.bind.emplace().create_host_path = std::string_view{source} == "/srv/other.sock";
    web.volumes.push_back(mount);
  }
  web.places["volumes[0]"] = {"compose.yaml", 7, 9};
  const auto project = shop({web});
  const MachineFiles files{.exists = [](const std::string&) { return false; },
                           .answers = [](const std::string& path) { return path == "/run/docker.sock"; }};
  EXPECT_THAT(
      decision_of({.project = "shop"}, &project, images(), {}, files).warnings,
      testing::ElementsAre("compose.yaml:7:9: services.web.volumes[0]: no Docker answers at /var/run/docker.sock; "
                           "the service gets this engine's socket"));
}

TEST(Decision, FilesThatAStartNeedsAreLookedForBeforeAnythingIsMade) {
  auto web = service("web", "here");
  web.secrets = {{.source = "key"}};
  web.configs = {{.source = "settings"}, {.source = "text"}};
  compose::ServiceMount mount;
  mount.type = "bind";
  mount.source = "/srv/data";
  mount.target = "/data";
  mount.bind.emplace().create_host_path = false;
  web.volumes = {mount};
  web.places["volumes[0]"] = {"compose.yaml", 9, 9};
  auto project = shop({web});
  project.secrets["key"].file = "/srv/key";
  project.places["secrets.key.file"] = {"compose.yaml", 12, 14};
  project.configs["settings"].file = "/srv/there";
  project.configs["text"].content = "x";
  const MachineFiles files{.exists = [](const std::string& path) { return path == "/srv/there"; },
                           .answers = [](const std::string&) { return false; }};
  try {
    decision_of({.project = "shop"}, &project, images(), {}, files);
    FAIL() << "nothing was refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
    EXPECT_EQ(error.message(),
              "compose.yaml:12:14: secrets.key.file: there is no file /srv/key, which service web wants\n"
              "compose.yaml:9:9: services.web.volumes[0]: there is no /srv/data, and create_host_path is false");
  }
  // What runs has what it needs, whatever has become of the files.
  compose::Observed observed;
  const auto first = decision_of({.project = "shop"}, &project);
  for (const compose::Node& node : first.plan.nodes) {
    if (const auto* create = std::get_if<compose::CreateContainer>(&node.operation)) {
      model::Container container;
      container.id = "1";
      container.spec = create->spec;
      container.state.status = model::Status::running;
      observed.containers.push_back(container);
    } else if (const auto* network = std::get_if<compose::CreateNetwork>(&node.operation)) {
      observed.networks[network->spec.name].spec = network->spec;
    }
  }
  EXPECT_TRUE(decision_of({.project = "shop"}, &project, images(), {}, files, observed).plan.empty());
}

TEST(Decision, WhatTheStartWouldRefuseIsRefusedBefore) {
  auto web = service("web", "here");
  web.places["devices[0]"] = {"compose.yaml", 9, 9};
  const auto project = shop({web, service("db", "db:1")});
  std::vector<std::string> asked;
  const StartJudge judge = [&](const compose::Service& each, const model::Image& image) {
    asked.push_back(each.name + " " + image.id);
    std::vector<ServiceFault> faults;
    if (each.name == "web") faults.push_back({"devices[0]", "it is not there"});
    return faults;
  };
  try {
    decide({.project = "shop", .services = {"web"}}, &project, {}, images(), {}, {}, judge);
    FAIL() << "nothing was refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "compose.yaml:9:9: services.web.devices[0]: it is not there");
  }
  EXPECT_EQ(asked, std::vector<std::string>{"web sha256:1"});
  EXPECT_NO_THROW(
      decide({.project = "shop", .services = {"web"}, .no_start = true}, &project, {}, images(), {}, {}, judge));
}

TEST(FailurePlace, AProgramHasThePlaceOfTheKeyThatNamesIt) {
  compose::Service service;
  service.image = "x";
  EXPECT_EQ(program_key(service, false), "image");
  service.command = compose::Strings{"a"};
  EXPECT_EQ(program_key(service, false), "command");
  EXPECT_EQ(program_key(service, true), "image");
  service.entrypoint = compose::Strings{};
  EXPECT_EQ(program_key(service, true), "command");
  service.entrypoint = compose::Strings{"b"};
  EXPECT_EQ(program_key(service, true), "entrypoint");
  service.name = "web";
  service.volumes.resize(2);
  service.volumes[1].target = "/etc";
  EXPECT_EQ(with_place(Error("no").about("volumes /etc"), service).message(), "services.web.volumes[1]: no");
  EXPECT_EQ(with_place(Error("no").about("volumes /elsewhere"), service).message(), "no");
  service.tmpfs = {"/tmp:size=1m"};
  EXPECT_EQ(with_place(Error("no").about("volumes /tmp"), service).message(), "services.web.tmpfs[0]: no");
}

TEST(Decision, PoliciesSayWhatIsPulledBeforeUp) {
  auto project = shop({service("web", "here"), service("db", "db:1")});
  EXPECT_EQ(decision_of({.project = "shop"}, &project).plan.pulls, 1U);
  EXPECT_EQ(decision_of({.project = "shop", .pull = "always"}, &project).plan.pulls, 2U);
  project.services.at("web").pull_policy = "sometimes";
  EXPECT_THROW(decision_of({.project = "shop"}, &project), Error);
}

TEST(Decision, WhatTheMachineCannotGiveIsToldWithItsPlace) {
  auto s = service("web", "here");
  s.cap_add = {"NET_ADMIN", "NO_SUCH"};
  s.security_opt = {"no-new-privileges", "apparmor=mine", "seccomp=profile.json", "apparmor:unconfined"};
  s.ulimits["nosuch"] = {1, 1};
  s.ulimits["nofile"] = {1, 1};
  s.places["cap_add[1]"] = {"compose.yaml", 9, 12};
  s.places["security_opt[1]"] = {"compose.yaml", 10, 12};
  const auto project = shop({s});
  sandbox::HostFacts facts;
  const auto judge = [&](const compose::Service& one) { return machine_faults(one, facts); };
  const auto said = [&] {
    try {
      decision_of({.verb = Verb::up, .project = "shop"}, &project, images(), judge);
    } catch (const Error& error) {
      return error.message();
    }
    return std::string{};
  };
  const std::string without = said();
  EXPECT_NE(without.find("compose.yaml:9:12: services.web.cap_add[1]: there is no capability \"NO_SUCH\""),
            without.npos)
      << without;
  EXPECT_EQ(without.find("unknown capability"), without.npos) << "one mistake, one message: " << without;
  EXPECT_NE(without.find("compose.yaml:10:12: services.web.security_opt[1]: "), without.npos) << without;
  EXPECT_NE(without.find("this machine has no AppArmor"), without.npos) << without;
  EXPECT_NE(without.find("services.web.security_opt[2]: "), without.npos) << without;
  EXPECT_NE(without.find("services.web.ulimits.nosuch: "), without.npos) << without;
  EXPECT_EQ(without.find("ulimits.nofile"), without.npos) << without;
  EXPECT_EQ(without.find("security_opt[3]"), without.npos) << without;
  facts.apparmor = true;
  EXPECT_EQ(said().find("security_opt[1]"), std::string::npos) << said();
}

TEST(Decision, ScalesAreChecked) {
  auto project = shop({service("web", "here")});
  EXPECT_EQ(refusal({.project = "shop", .scale = {{"wbe", 2}}}, &project).message(), "--scale: no such service: wbe");
  EXPECT_EQ(refusal({.project = "shop", .scale = {{"web", -1}}}, &project).kind(), ErrorKind::invalid);
  project.services.at("web").container_name = "only";
  project.services.at("web").places["container_name"] = {"compose.yaml", 9, 5};
  EXPECT_TRUE(refusal({.project = "shop", .scale = {{"web", 2}}}, &project)
                  .message()
                  .starts_with("compose.yaml:9:5: services.web.container_name: "));
}

TEST(Decision, WhatIsExternalHasToBeThere) {
  auto project = shop({service("web", "here")});
  project.networks["outer"] = {};
  project.networks["outer"].name = "outer";
  project.networks["outer"].external = true;
  project.services.at("web").networks["outer"] = std::nullopt;
  EXPECT_NE(refusal({.project = "shop"}, &project).message().find("network outer declared as external"),
            std::string::npos);
}

TEST(Decision, TakingDownNeedsNoFileAndNoImage) {
  const auto project = shop({service("web", "web:1")});
  for (const Verb verb : {Verb::down, Verb::stop}) {
    EXPECT_TRUE(decision_of({.verb = verb, .project = "shop"}, nullptr).plan.empty());
    EXPECT_TRUE(decision_of({.verb = verb, .project = "shop"}, &project).plan.empty());
    EXPECT_EQ(refusal({.verb = verb, .project = "shop", .resolved = "{}", .services = {"wbe"}}, &project).message(),
              "no such service: wbe");
    const auto without_file = decision_of({.verb = verb, .project = "shop", .services = {"wbe"}}, &project);
    EXPECT_TRUE(without_file.plan.empty()) << "as with Docker Compose, there is nothing to end";
    EXPECT_EQ(without_file.warnings, std::vector<std::string>{"no such service: wbe; did you mean \"web\"?"});
  }
  EXPECT_EQ(refusal({.project = "shop"}, nullptr).kind(), ErrorKind::invalid);
}

TEST(Decision, EveryVerbOfContainersKnowsTheServicesAndTheSignals) {
  const auto project = shop({service("web", "web:1")});
  for (const Verb verb : {Verb::kill, Verb::pause, Verb::unpause, Verb::rm}) {
    EXPECT_TRUE(decision_of({.verb = verb, .project = "shop"}, nullptr).plan.empty());
    EXPECT_EQ(refusal({.verb = verb, .project = "shop", .resolved = "{}", .services = {"wbe"}}, &project).message(),
              "no such service: wbe");
    const auto without_file = decision_of({.verb = verb, .project = "shop", .services = {"wbe"}}, &project);
    EXPECT_TRUE(without_file.plan.empty()) << "as with Docker Compose, there is nothing to end";
    EXPECT_EQ(without_file.warnings, std::vector<std::string>{"no such service: wbe; did you mean \"web\"?"});
  }
  const auto error = refusal({.verb = Verb::kill, .project = "shop", .signal = "SIGNONE"}, &project);
  EXPECT_EQ(error.kind(), ErrorKind::invalid);
  EXPECT_EQ(error.message(), "invalid signal \"SIGNONE\"");
}

TEST(Decision, WhatShouldRunAndIsPausedIsRefused) {
  const auto project = shop({service("web", "here")});
  const ProjectRequest request{.verb = Verb::up, .project = "shop"};
  compose::Observed observed;
  for (const compose::Node& node : decision_of(request, &project).plan.nodes) {
    if (const auto* network = std::get_if<compose::CreateNetwork>(&node.operation))
      observed.networks[network->spec.name] = {.id = "n", .spec = network->spec};
    if (const auto* create = std::get_if<compose::CreateContainer>(&node.operation)) {
      model::Container& made = observed.containers.emplace_back();
      made.id = "c";
      made.spec = create->spec;
      made.state.status = model::Status::paused;
      made.state.endpoints.push_back({.network = "shop_default", .network_id = "n"});
    }
  }
  try {
    decision_of(request, &project, images(), {}, {}, observed);
    FAIL() << "nothing was refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "container shop-web-1 is paused");
  }
}

TEST(Decide, RefusesMoreContainersThanAProjectMayHave) {
  const compose::Project project = shop({service("web", "here"), service("db", "here")});
  ProjectRequest request{.verb = Verb::up, .project = "shop"};
  request.scale["web"] = 3'000'000;
  EXPECT_EQ(refusal(request, &project).message(),
            "services.web.scale: a project has at most 10000 containers, and with 3000000 of this service it would "
            "have more");
  request.scale["web"] = 9999;
  EXPECT_EQ(refusal(request, &project).message(), "nothing was refused");
}

TEST(Decide, FindsServicesThatCannotRunAtTheSameTime) {
  compose::Service one = service("one", "here"), two = service("two", "here");
  one.ports.push_back({.target = 80, .published = "8080", .protocol = "tcp"});
  two.ports.push_back({.host_ip = "127.0.0.1", .target = 81, .published = "8080", .protocol = "tcp"});
  two.places["ports"] = {"compose.yaml", 9, 5};
  compose::Service range = service("range", "here");
  range.ports.push_back({.target = 80, .published = "8080-8090", .protocol = "tcp"});
  const auto fixed = [](const char* name) {
    compose::Service it = service(name, "here");
    it.networks["default"].emplace().ipv4_address = "10.0.0.5";
    return it;
  };
  const compose::Project project = shop({one, two, range, fixed("three"), fixed("four")});
  ProjectRequest request{.verb = Verb::up, .project = "shop"};
  EXPECT_EQ(
      refusal(request, &project).message(),
      "services.three.networks: the address 10.0.0.5 on the network shop_default is taken by service four already; "
      "only one of them can run\n"
      "compose.yaml:9:5: services.two.ports: the port 8080/tcp of the host is taken by service one already; only one "
      "of them can run");
  request.services = {"one", "three"};
  EXPECT_EQ(refusal(request, &project).message(), "nothing was refused");
  request.services = {"three"};
  request.scale["three"] = 2;
  EXPECT_EQ(
      refusal(request, &project).message(),
      "services.three.networks: the address 10.0.0.5 on the network shop_default is for one container, and several "
      "replicas are wanted");
}

}  // namespace
}  // namespace stack::service
