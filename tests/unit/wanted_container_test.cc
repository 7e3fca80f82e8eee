// From services to containers, and what of a project an engine cannot do.
#include "compose/plan/wanted_container.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "compose/admission/support.h"
#include "tests/support/plan_world.h"

namespace stack::compose {
namespace {

using namespace plan_world;

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

TEST(ContainerSpec, AOneOffHasTheTerminalOfWhoLooksAtIt) {
  const Project p = project({service("web")});
  const model::OneOff one_off{
      .service = "web", .name = "once", .attach_output = true, .terminal_rows = 10, .terminal_columns = 40};
  const auto spec = one_off_spec(p, p.services.at("web"), one_off, "id");
  EXPECT_EQ(spec.terminal_rows, 10);
  EXPECT_EQ(spec.terminal_columns, 40);
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
  const model::Attachment front = container_spec(shop, web, 1, "id", "hash").networks.back();
  EXPECT_EQ(front.interface_name, "front0");
  EXPECT_EQ(front.driver_opts, (std::map<std::string, std::string>{{"other", "1"}}));
}

TEST(WantedContainer, ANetworkThatIsNoneOfTheProjectsIsNamedByItsMode) {
  Service web = service("web");
  web.networks.clear();
  web.network_mode = "elsewhere";
  const Project shop = project({web});
  EXPECT_TRUE(find_unsupported(shop).empty());
  const model::ContainerSpec wanted = container_spec(shop, web, 1, "id", "hash");
  ASSERT_EQ(wanted.networks.size(), 1u);
  EXPECT_EQ(wanted.networks[0], (model::Attachment{.network = "elsewhere"}));
  EXPECT_EQ(wanted.network_mode, "");
}

TEST(WantedContainer, APartOfTheApiComesByItsSocket) {
  Service web = service("web");
  web.extensions["x-stack"] = R"({"socket": "read-only"})";
  const model::ContainerSpec given = container_spec(project({web}), web, 1, "id", "hash");
  EXPECT_EQ(given.api_scope, model::ApiScope::read_only);
  ASSERT_EQ(given.mounts.size(), 1u);
  EXPECT_EQ(given.mounts[0].target, "/var/run/docker.sock");
  web.extensions["x-stack"] = R"({"socket": "project"})";
  web.volumes = {{.type = "bind", .source = "/run/docker.sock", .target = "/s"}};
  const model::ContainerSpec mounted = container_spec(project({web}), web, 1, "id", "hash");
  EXPECT_EQ(mounted.api_scope, model::ApiScope::project);
  ASSERT_EQ(mounted.mounts.size(), 1u) << "where the service mounts it";
  EXPECT_EQ(mounted.mounts[0].target, "/s");
}

TEST(Support, WhatClientsDoIsNotLeftToTheEngine) {
  Service web = service("web");
  web.use_api_socket = true;
  const auto found = find_unsupported(project({web}));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].path, "services.web.use_api_socket");
  EXPECT_TRUE(found[0].fatal);
}

}  // namespace
}  // namespace stack::compose
