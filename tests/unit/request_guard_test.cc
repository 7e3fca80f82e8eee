// engine/scope: what the sockets that are not for everything let through, and how what passes is bound to its project.
#include "engine/scope/request_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/api/container_creation_json.h"
#include "engine/api/stack_json.h"
#include "engine/scope/project_label.h"

namespace stack::scope {
namespace {

using testing::HasSubstr;

// Things are called by their project: "shop-web" is of shop, "other-db" of other; what begins with "no" does not exist.
std::string owner_of(const std::string& name) {
  if (name.starts_with("no") || name.ends_with("-new")) throw Error(ErrorKind::not_found, "there is no " + name);
  return name.substr(0, name.find('-'));
}

struct Containers final : api::ContainerQuery {
  std::vector<api::ContainerView> find(const api::ContainerFilter&) override { return {}; }
  api::ContainerDetails inspect(const std::string& name) override {
    api::ContainerDetails view;
    view.container = get(name);
    return view;
  }
  std::shared_ptr<const model::Container> get(const std::string& name) override {
    auto container = std::make_shared<model::Container>();
    container->spec.project = owner_of(name);
    return container;
  }
};
struct Networks final : api::NetworkBackend {
  std::vector<model::Network> networks(const api::NetworkFilter&) override { return {}; }
  api::NetworkView inspect(const std::string& name) override {
    api::NetworkView view;
    view.network.spec.project = owner_of(name);
    return view;
  }
  model::Network create(model::NetworkSpec) override { return {}; }
  void remove(const std::string&) override {}
  std::vector<std::string> prune(const api::NetworkFilter&) override { return {}; }
};
struct Volumes final : api::VolumeBackend {
  std::vector<model::Volume> volumes(const api::VolumeFilter&) override { return {}; }
  void create(model::VolumeSpec, api::Answer<model::Volume>) override {}
  model::Volume inspect(const std::string& name) override { return {.spec = {.project = owner_of(name)}}; }
  void remove(std::string, bool, api::Answer<bool>) override {}
  void prune(api::VolumeFilter, api::Answer<api::VolumeRemoval>) override {}
};
struct Execs final : api::ExecBackend {
  void create(api::ExecSpec, api::Answer<std::string>) override {}
  api::ExecView inspect(const std::string& id) override {
    api::ExecView view;
    view.spec.request.container = id.substr(id.find(' ') + 1);
    return view;
  }
  void check_start(const std::string&) override {}
  void start(const std::string&, std::uint16_t, std::uint16_t, api::ExecEvents,
             api::Answer<std::shared_ptr<api::ExecProcess>>) override {}
  void detached(const std::string&) override {}
  void resize(const std::string&, std::uint16_t, std::uint16_t) override {}
};

class Guarded : public ::testing::Test {
 protected:
  // The request afterwards; throws what the guard throws.
  api::Request ask(const std::string& method, const std::string& pattern, const std::string& name = {},
                   const std::string& body = {}, const std::string& target = "/x") {
    api::Request request;
    api::parse_target(target, request);
    request.method = method;
    request.path = pattern;
    request.body = body;
    for (const char* each : {"id", "name", "container", "project"}) request.parameters[each] = name;
    const api::Route route{.method = method, .pattern = pattern};
    RequestGuard{scope_, "shop", {containers_, networks_, volumes_, execs_}}.check(request, route);
    return request;
  }
  // What is said; empty when it passes.
  std::string refusal(const std::string& method, const std::string& pattern, const std::string& name = {},
                      const std::string& body = {}, const std::string& target = "/x") {
    try {
      ask(method, pattern, name, body, target);
      return {};
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::not_permitted) << error.message();
      return error.message();
    }
  }
  std::string creating(const std::string& host_config) {
    return refusal("POST", "/containers/create", {}, R"({"Image": "i", "HostConfig": )" + host_config + "}");
  }

  model::ApiScope scope_ = model::ApiScope::project;
  Containers containers_;
  Networks networks_;
  Volumes volumes_;
  Execs execs_;
};

TEST_F(Guarded, WhatHasNoRowIsRefused) {
  for (const auto scope : {model::ApiScope::project, model::ApiScope::read_only}) {
    scope_ = scope;
    for (const char* pattern : {"/build", "/session", "/grpc", "/commit", "/images/load",
                                "/stack/v1/projects/{project}/up", "/stack/v1/system/shutdown", "/anything"})
      EXPECT_THAT(refusal("POST", pattern), HasSubstr("not permitted: this socket is")) << pattern;
  }
}

TEST_F(Guarded, AReadOnlySocketChangesNothingAndTellsNoSecrets) {
  scope_ = model::ApiScope::read_only;
  for (const char* pattern : {"/_ping", "/version", "/events", "/containers/json", "/containers/{id}/logs", "/networks",
                              "/volumes", "/images/json", "/containers/{id}/stats"})
    EXPECT_EQ(refusal("GET", pattern), "") << pattern;
  for (const Row& row : rows()) {
    const bool reads = row.method == "GET" || row.pattern == "/containers/{id}/wait";
    if (!reads) {
      EXPECT_NE(refusal(std::string{row.method}, std::string{row.pattern}), "") << row.pattern;
    }
  }
  for (const char* pattern : {"/containers/{id}/archive", "/containers/{id}/export", "/containers/{id}/attach/ws"})
    EXPECT_NE(refusal("GET", pattern, "shop-web"), "") << pattern;
  EXPECT_TRUE(ask("GET", "/containers/{id}/json", "shop-web").hides_environments);
  EXPECT_EQ(refusal("GET", "/containers/{id}/top", "shop-web"), "");
  EXPECT_NE(refusal("GET", "/containers/{id}/top", "shop-web", {}, "/x?ps_args=eww"), "");
}

TEST_F(Guarded, AProjectsSocketReachesWhatThatProjectOwns) {
  for (const Row& row : rows()) {
    const std::string method{row.method}, pattern{row.pattern};
    switch (row.project) {
      case Rule::container:
      case Rule::network:
      case Rule::volume:
        EXPECT_EQ(refusal(method, pattern, "shop-a"), "") << pattern;
        EXPECT_THAT(refusal(method, pattern, "other-a"), HasSubstr("other-a is not part of project shop")) << pattern;
        break;
      case Rule::exec:
        EXPECT_EQ(refusal(method, pattern, "x shop-a"), "") << pattern;
        EXPECT_NE(refusal(method, pattern, "x other-a"), "") << pattern;
        break;
      case Rule::member:
        EXPECT_EQ(refusal(method, pattern, "shop-a", R"({"Container": "shop-web"})"), "") << pattern;
        EXPECT_NE(refusal(method, pattern, "shop-a", R"({"Container": "other-web"})"), "") << pattern;
        EXPECT_NE(refusal(method, pattern, "other-a", R"({"Container": "shop-web"})"), "") << pattern;
        break;
      default:
        break;
    }
  }
  EXPECT_THROW(ask("GET", "/containers/{id}/json", "nobody"), Error);
}

TEST_F(Guarded, ListsHoldWhatTheProjectOwns) {
  const auto filters = [&](const std::string& target) {
    return ask("GET", "/containers/json", {}, {}, target).get("filters");
  };
  const std::string label = "com.docker.compose.project=shop";
  EXPECT_EQ(filters("/x"), R"({"label":{")" + label + R"(":true}})");
  EXPECT_EQ(filters(R"(/x?filters={"label":["a=b"]})"), R"({"label":["a=b",")" + label + R"("]})");
  EXPECT_EQ(filters(R"(/x?filters={"label":{"a":true}}&filters={})"),
            R"({"label":{"a":true,")" + label + R"(":true}})");
  EXPECT_THROW(filters("/x?filters=[1]"), Error);
}

TEST_F(Guarded, WhatIsMadeBecomesTheProjects) {
  const api::Request made = ask("POST", "/containers/create", {}, R"({"Image": "i"})");
  EXPECT_EQ(api::parse_container_creation(made.body).spec.project, "shop");
  EXPECT_THAT(ask("POST", "/networks/create", {}, R"({"Name": "shop-n", "Labels": null})").body,
              HasSubstr(kProjectLabel));
  EXPECT_THAT(refusal("POST", "/networks/create", {}, R"({"Labels": {"com.docker.compose.project": "other"}})"),
              HasSubstr("has to be shop"));
  EXPECT_EQ(refusal("POST", "/volumes/create", {}, R"({"Name": "shop-new"})"), "");
  EXPECT_EQ(refusal("POST", "/volumes/create", {}, R"({"Name": "shop-v"})"), "");
  EXPECT_NE(refusal("POST", "/volumes/create", {}, R"({"Name": "other-v"})"), "");
  EXPECT_EQ(refusal("POST", "/networks/create", {}, R"({"Name": "shop-n", "Driver": "bridge", "Internal": true})"), "");
  for (const char* hosts : {R"({"Name": "shop-n", "Driver": "macvlan", "Options": {"parent": "eth0"}})",
                            R"({"Name": "shop-n", "Options": {"com.docker.network.bridge.name": "br0"}})",
                            R"({"Name": "shop-n", "IPAM": {"Config": [{"Subnet": "8.8.8.0/24"}]}})"})
    EXPECT_NE(refusal("POST", "/networks/create", {}, hosts), "") << hosts;
  EXPECT_NE(
      refusal("POST", "/volumes/create", {}, R"({"Name": "shop-new", "DriverOpts": {"device": "/etc", "o": "bind"}})"),
      "");
  EXPECT_THROW(ask("POST", "/containers/create", {}, "[]"), Error);
}

// Another project's next container, network or volume would be found under a name that was taken in advance.
TEST_F(Guarded, NamesAreTheProjectsOwn) {
  const auto created = [&](const std::string& name) {
    return refusal("POST", "/containers/create", {}, R"({"Image": "i"})", "/x?name=" + name);
  };
  for (const char* own : {"", "shop", "shop-web-1", "/shop-web-1", "shop_x", "0123456789ab_shop-web-1"}) {
    EXPECT_EQ(created(own), "") << own;
    EXPECT_EQ(refusal("POST", "/containers/{id}/rename", "shop-a", {}, std::string{"/x?name="} + own), "") << own;
  }
  for (const std::string name : {"web", "other-db-1", "shopping-1", "shop.x", "0123456789ab_other-db-1", "x_shop-1"}) {
    EXPECT_THAT(created(name), HasSubstr("the container name " + name + " is not permitted")) << name;
    EXPECT_NE(refusal("POST", "/containers/{id}/rename", "shop-a", {}, "/x?name=" + name), "") << name;
    const std::string body = R"({"Name": ")" + name + R"("})";
    EXPECT_THAT(refusal("POST", "/networks/create", {}, body), HasSubstr("the network name")) << name;
  }
  EXPECT_THAT(refusal("POST", "/volumes/create", {}, R"({"Name": "other-new"})"),
              HasSubstr("the volume name other-new"));
  EXPECT_NE(refusal("POST", "/containers/{id}/rename", "other-a", {}, "/x?name=shop-a"), "");
}

TEST_F(Guarded, NothingThatIsMadeReachesTheHostOrAnotherProject) {
  EXPECT_EQ(creating("{}"), "");
  EXPECT_EQ(creating(R"({"NetworkMode": "shop-net", "VolumesFrom": ["shop-db:ro"], "PidMode": "container:shop-db"})"),
            "");
  EXPECT_EQ(
      creating(R"({"Binds": ["shop-data:/data"], "SecurityOpt": ["no-new-privileges:true"], "CapDrop": ["ALL"]})"), "");
  for (
      const char* host :
      {R"({"Privileged": true})",
       R"({"Binds": ["/etc:/x"]})",
       R"({"CapAdd": ["SYS_ADMIN"]})",
       R"({"Mounts": [{"Type": "bind", "Source": "/", "Target": "/x"}]})",
       R"({"Devices": [{"PathOnHost": "/dev/sda", "PathInContainer": "/dev/sda"}]})",
       R"({"DeviceRequests": [{"Count": -1, "Capabilities": [["gpu"]]}]})",
       R"({"DeviceCgroupRules": ["b *:* rwm"]})",
       R"({"NetworkMode": "host"})",
       R"({"PidMode": "host"})",
       R"({"IpcMode": "host"})",
       R"({"UTSMode": "host"})",
       R"({"CgroupnsMode": "host"})",
       R"({"UsernsMode": "host"})",
       R"({"SecurityOpt": ["seccomp=unconfined"]})",
       R"({"CgroupParent": "/x"})",
       R"({"OomScoreAdj": -500})",
       R"({"LogConfig": {"Type": "syslog", "Config": {}}})",
       R"({"NetworkMode": "other-net"})",
       R"({"NetworkMode": "container:other-db"})",
       R"({"PidMode": "container:other-db"})",
       R"({"IpcMode": "container:other-db"})",
       R"({"VolumesFrom": ["other-db"]})",
       R"({"Binds": ["other-data:/data"]})",
       R"({"Binds": ["no-data:/data"]})",
       R"({"Mounts": [{"Type": "volume", "Target": "/x", "VolumeOptions": {"DriverConfig": {"Options": {"device": "/"}}}}]})"})
    EXPECT_NE(creating(host), "") << host;
}

TEST_F(Guarded, ExecsAreInTheProjectsContainersAndNotPrivileged) {
  const auto exec = [&](const std::string& container, const std::string& body) {
    return refusal("POST", "/containers/{id}/exec", container, body);
  };
  EXPECT_EQ(exec("shop-a", R"({"Cmd": ["true"]})"), "");
  EXPECT_NE(exec("shop-a", R"({"Cmd": ["true"], "Privileged": true})"), "");
  EXPECT_NE(exec("other-a", R"({"Cmd": ["true"]})"), "");
  const auto own = [&](const std::string& container, bool privileged) {
    api::ExecRequest request{.container = container, .argv = {"true"}};
    request.privileged = privileged;
    return refusal("POST", "/stack/v1/containers/{container}/exec", container, api::exec_request_json(request));
  };
  EXPECT_EQ(own("shop-a", false), "");
  EXPECT_NE(own("shop-a", true), "");
  EXPECT_NE(own("other-a", false), "");
  EXPECT_EQ(refusal("GET", "/stack/v1/projects/{project}/logs", "shop"), "");
  EXPECT_NE(refusal("GET", "/stack/v1/projects/{project}/logs", "other"), "");
}

TEST_F(Guarded, ImagesArePulledAndNotMade) {
  EXPECT_EQ(refusal("POST", "/images/create", {}, {}, "/x?fromImage=a&tag=b"), "");
  EXPECT_NE(refusal("POST", "/images/create", {}, {}, "/x?fromSrc=-&repo=a"), "");
}

}  // namespace
}  // namespace stack::scope
