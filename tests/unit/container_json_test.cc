// Containers as Docker's clients read them.
#include "engine/api/container_json.h"

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace stack::api {
namespace {

// A container as the engine knows it, and what is shown of it.
struct Shown {
  Shown();
  std::shared_ptr<model::Container> container = std::make_shared<model::Container>();
  ContainerDetails view;
};

Shown::Shown() {
  view.container = container;
  model::Container& c = *container;
  c.id = std::string(64, 'a');
  c.spec.name = "shop-web-1";
  c.spec.image = "web:1";
  c.spec.image_id = "sha256:" + std::string(64, 'b');
  c.spec.environment = {{"A", "own"}, {"GONE", std::nullopt}};
  c.spec.labels = {{"l", "own"}};
  c.spec.networks = {{.network = "shop_front", .aliases = {"web"}}};
  c.spec.mounts = {{.kind = model::MountKind::volume, .source = "data", .target = "/data"},
                   {.kind = model::MountKind::bind, .source = "/srv", .target = "/srv", .read_only = true}};
  c.spec.ports = {{.host_ip = "", .host_first = 8080, .host_last = 8080, .container_port = 80}};
  c.command = {"sh", "-c", "sleep 9"};
  c.exposed = {"80/tcp", "90/udp"};
  c.created = Wall{std::chrono::seconds{100}};
  c.state.status = model::Status::running;
  c.state.health = model::Health::healthy;
  c.state.probes = {
      {.started = Wall{std::chrono::seconds{101}}, .ended = Wall{std::chrono::seconds{102}}, .output = "ok"}};
  c.state.pid = 7;
  c.state.started = Wall{std::chrono::seconds{101}};
  c.state.endpoints = {
      {.network = "shop_front", .network_id = std::string(64, 'c'), .ipv4 = "10.5.0.2", .prefix_length = 16}};
  c.state.ports = {{"0.0.0.0", 8080, 80, model::Protocol::tcp}, {"::", 8080, 80, model::Protocol::tcp}};
  view.image.emplace().config.env = {"A=image", "PATH=/bin"};
  view.image->config.labels = {{"l", "image"}, {"m", "image"}};
  view.folder = "/r/containers/a";
  view.volume_folders = {{"data", "/r/volumes/data/_data"}};
}

TEST(Containers, AreListedInDockersWords) {
  using nlohmann::json;
  const json all = json::parse(container_list_json({Shown{}.view}, Wall{std::chrono::seconds{284}}));
  const json& c = all.at(0);
  EXPECT_EQ(c.at("Names"), json({"/shop-web-1"}));
  EXPECT_EQ(c.at("Command"), "sh -c 'sleep 9'");
  EXPECT_EQ(c.at("Created"), 100);
  EXPECT_EQ(c.at("State"), "running");
  EXPECT_EQ(c.at("Status"), "Up 3 minutes (healthy)");
  EXPECT_EQ(c.at("HostConfig").at("NetworkMode"), "shop_front");
  EXPECT_EQ(c.at("Ports").size(), 3U) << c.at("Ports");
  EXPECT_EQ(c.at("Ports").back(), json::parse(R"({"IP":"::","PrivatePort":80,"PublicPort":8080,"Type":"tcp"})"));
  const json& network = c.at("NetworkSettings").at("Networks").at("shop_front");
  EXPECT_EQ(network.at("IPAddress"), "10.5.0.2");
  EXPECT_EQ(network.at("NetworkID"), std::string(64, 'c'));
  EXPECT_EQ(network.at("EndpointID").get<std::string>().size(), 64U);
  EXPECT_EQ(c.at("Mounts").at(0).at("Source"), "/r/volumes/data/_data");
  EXPECT_EQ(c.at("Mounts").at(1).at("RW"), false);
}

TEST(Containers, AreDescribedWithWhatTheImageGives) {
  using nlohmann::json;
  const json c = json::parse(container_inspect_json(Shown{}.view));
  EXPECT_EQ(c.at("Name"), "/shop-web-1");
  EXPECT_EQ(c.at("Path"), "sh");
  EXPECT_EQ(c.at("State").at("Health").at("Log").at(0).at("Output"), "ok");
  EXPECT_EQ(c.at("State").at("StartedAt"), "1970-01-01T00:01:41Z");
  EXPECT_EQ(c.at("State").at("FinishedAt"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(c.at("Config").at("Env"), json({"A=own", "GONE", "PATH=/bin"}));
  EXPECT_EQ(c.at("Config").at("Labels"), json({{"l", "own"}, {"m", "image"}}));
  EXPECT_EQ(c.at("Config").at("ExposedPorts"), json::parse(R"({"80/tcp":{},"90/udp":{}})"));
  EXPECT_EQ(c.at("HostConfig").at("PortBindings").at("80/tcp"), json::parse(R"([{"HostIp":"","HostPort":"8080"}])"));
  EXPECT_EQ(c.at("HostConfig").at("RestartPolicy").at("Name"), "no");
  EXPECT_EQ(c.at("HostConfig").at("Binds"), json({"data:/data:rw", "/srv:/srv:ro"}));
  EXPECT_EQ(c.at("NetworkSettings").at("Ports").at("80/tcp").size(), 2U);
  EXPECT_TRUE(c.at("NetworkSettings").at("Ports").at("90/udp").is_null());
  EXPECT_EQ(c.at("NetworkSettings").at("Networks").at("shop_front").at("DNSNames"),
            json({"shop-web-1", "web", "aaaaaaaaaaaa"}));
}

TEST(Containers, WhatAClientWroteIsReadBackAsItWas) {
  using nlohmann::json;
  Shown shown;
  model::ContainerSpec& spec = shown.container->spec;
  spec.mounts = {
      {.kind = model::MountKind::volume, .source = "data", .target = "/data", .mode = ""},
      {.kind = model::MountKind::bind, .source = "/srv", .target = "/srv", .read_only = true, .mode = "ro,z"},
      {.kind = model::MountKind::volume, .source = "made", .target = "/anon", .mode = "", .declared = true},
      {.kind = model::MountKind::volume, .source = "long", .target = "/long", .long_form = true}};
  spec.asked_network = "front";
  spec.security_opt = {"no-new-privileges", "systempaths=unconfined"};
  const json c = json::parse(container_inspect_json(shown.view));
  EXPECT_EQ(c.at("HostConfig").at("Binds"), json({"data:/data", "/srv:/srv:ro,z"}));
  EXPECT_EQ(c.at("Config").at("Volumes"), json::parse(R"({"/anon":{}})"));
  const std::vector<std::string> modes{"z", "ro,z", "", "z"};
  for (std::size_t i = 0; i < modes.size(); ++i) EXPECT_EQ(c.at("Mounts").at(i).at("Mode"), modes[i]) << i;
  EXPECT_EQ(c.at("HostConfig").at("NetworkMode"), "front");
  EXPECT_EQ(c.at("HostConfig").at("SecurityOpt"), json({"no-new-privileges"}));
  EXPECT_EQ(c.at("HostConfig").at("MaskedPaths"), json::array());
}

TEST(Containers, AProjectsMountsAreReadBackAsDockersClientsWriteThem) {
  using nlohmann::json;
  Shown shown;
  model::ContainerSpec& spec = shown.container->spec;
  spec.mounts = {
      {.kind = model::MountKind::volume, .source = "data", .target = "/data"},
      {.kind = model::MountKind::volume, .source = std::string(64, 'a'), .target = "/anonymous", .long_form = true},
      {.kind = model::MountKind::tmpfs, .target = "/short", .tmpfs_options = "size=1m"},
      {.kind = model::MountKind::tmpfs, .target = "/long", .long_form = true}};
  const json c = json::parse(container_inspect_json(shown.view));
  EXPECT_EQ(c.at("HostConfig").at("Binds"), json({"data:/data:rw"}));
  EXPECT_EQ(c.at("HostConfig").at("Mounts"),
            json::parse(R"([{"Type":"volume","Target":"/anonymous"},{"Type":"tmpfs","Target":"/long"}])"));
  EXPECT_EQ(c.at("HostConfig").at("Tmpfs"), json::parse(R"({"/short":"size=1m"})"));
  EXPECT_EQ(c.at("Mounts").size(), 3U) << "the short form of a tmpfs is not among them";
}

TEST(Containers, WhatIsWantedOfAnEndpointIsKnownBeforeTheStart) {
  using nlohmann::json;
  Shown shown;
  shown.container->state = {};
  model::ContainerSpec& spec = shown.container->spec;
  spec.networks.front().mac_address = "02:42:ac:11:00:99";
  spec.networks.front().interface_name = "lan0";
  spec.networks.front().links = {{"alias", "db"}};
  spec.cap_add = {"sys_time", "all"};
  spec.security_opt = {"apparmor=unconfined"};
  const json c = json::parse(container_inspect_json(shown.view));
  const json& at = c.at("NetworkSettings").at("Networks").at("shop_front");
  EXPECT_EQ(at.at("MacAddress"), "02:42:ac:11:00:99");
  EXPECT_EQ(at.at("DriverOpts"), json::parse(R"({"com.docker.network.endpoint.ifname":"lan0"})"));
  EXPECT_EQ(at.at("Links"), json({"db:alias"}));
  EXPECT_EQ(c.at("HostConfig").at("CapAdd"), json({"sys_time", "all"}));
  EXPECT_EQ(c.at("AppArmorProfile"), "unconfined");
}

TEST(Containers, OneThatDoesNotRunKnowsItsNetworksAndPorts) {
  using nlohmann::json;
  Shown shown;
  shown.container->state = {};
  shown.container->exposed.clear();
  shown.container->spec.expose = {"80/tcp"};
  shown.view.network_ids = {{"shop_front", std::string(64, 'd')}};
  const json list = json::parse(container_list_json({shown.view}, Wall{}));
  EXPECT_EQ(list.at(0).at("NetworkSettings").at("Networks").at("shop_front").at("NetworkID"), std::string(64, 'd'))
      << "Compose recreates a container that lost its network";
  const json c = json::parse(container_inspect_json(shown.view));
  EXPECT_EQ(c.at("Config").at("ExposedPorts"), json::parse(R"({"80/tcp":{}})"));
  EXPECT_EQ(c.at("HostConfig").at("MaskedPaths").size(), 12U);
  EXPECT_EQ(c.at("HostConfig").at("Dns"), json::array());
}

// The writer does not notice a member that is written twice.
TEST(Containers, NoMemberIsWrittenTwice) {
  using nlohmann::json;
  Shown shown;
  model::ContainerSpec& spec = shown.container->spec;
  spec.networks.front().mac_address = "02:42:ac:11:00:99";
  spec.networks.front().links = {{"alias", "db"}};
  spec.mounts.push_back({.kind = model::MountKind::tmpfs, .target = "/t", .long_form = true});
  spec.expose = {"80/tcp"};
  shown.view.sizes = ContainerSizes{1, 2};
  for (const std::string& text : {container_inspect_json(shown.view), container_list_json({shown.view}, Wall{})}) {
    std::vector<std::set<std::string>> open;
    const auto once = [&](int, json::parse_event_t event, json& value) {
      if (event == json::parse_event_t::object_start) open.emplace_back();
      if (event == json::parse_event_t::object_end) open.pop_back();
      if (event == json::parse_event_t::key) {
        EXPECT_TRUE(open.back().insert(value.get<std::string>()).second) << value << " in " << text;
      }
      return true;
    };
    EXPECT_FALSE(json::parse(text, once).empty());
  }
}

TEST(Containers, FiltersAreDockers) {
  const ContainerFilter filter =
      parse_container_filter(R"({"status":["exited","dead"],"name":{"^web":true},"publish":["80"]})");
  EXPECT_EQ(filter.statuses, (std::vector<std::string>{"exited", "dead"}));
  EXPECT_EQ(filter.names, (std::vector<std::string>{"^web"}));
  EXPECT_FALSE(filter.tasks);
  EXPECT_TRUE(parse_container_filter(R"({"is-task":["true"]})").tasks);
  for (const char* wrong :
       {R"({"is-task":["maybe"]})", R"({"status":["gone"]})", R"({"colour":["red"]})", R"({"health":["fine"]})"})
    EXPECT_THROW((void)parse_container_filter(wrong), Error) << wrong;
}

}  // namespace
}  // namespace stack::api
