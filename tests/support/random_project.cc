#include "tests/support/random_project.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace stack::test {

namespace {

// Hands out each value once.
class Pool {
 public:
  Pool(std::mt19937& random, std::vector<std::string> values) : values_(std::move(values)) {
    std::shuffle(values_.begin(), values_.end(), random);
  }
  bool empty() const { return values_.empty(); }
  std::string take() {
    std::string value = std::move(values_.back());
    values_.pop_back();
    return value;
  }

 private:
  std::vector<std::string> values_;
};

}  // namespace

compose::Project random_project(std::mt19937& random) {
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  compose::Project project;
  project.name = "shop";
  project.networks["default"].name = "shop_default";
  project.networks["default"].internal = below(4) == 0;
  project.volumes["data"].name = "shop_data";
  const int count = 1 + below(6);
  for (int i = 0; i < count; ++i) {
    compose::Service service;
    service.name = "s" + std::to_string(i);
    service.image = "app";
    service.networks["default"] = std::nullopt;
    if (below(2) == 0) service.environment["V"] = std::to_string(below(3));
    if (below(3) == 0) service.scale = below(4);
    if (below(6) == 0) service.environment["PROGRAM"] = below(2) == 0 ? "job" : "crash";
    // What ends and always starts again is never complete: nobody could wait for it.
    const bool ends = service.environment.contains("PROGRAM");
    if (below(4) == 0) service.restart = ends || below(2) == 0 ? "on-failure:2" : "unless-stopped";
    const bool checked = below(2) == 0;
    if (checked) {
      service.healthcheck.emplace().test = {"CMD", "ready"};
      if (below(8) != 0) service.environment["READY"] = std::to_string(below(4000));
    }
    for (int k = 0; k < i; ++k) {
      if (below(3) != 0) continue;
      const compose::Service& needed = project.services.at("s" + std::to_string(k));
      compose::Dependency& edge = service.depends_on[needed.name];
      if (needed.healthcheck && below(2) == 0) edge.condition = compose::DependencyCondition::healthy;
      const auto program = needed.environment.find("PROGRAM");
      if (program != needed.environment.end() && program->second == "job")
        edge.condition = compose::DependencyCondition::completed;
      edge.restart = below(2) == 0;
      edge.required = below(6) != 0;
    }
    if (below(3) == 0) {
      compose::ServiceMount mount;
      mount.type = "volume";
      mount.source = "data";
      mount.target = "/data";
      service.volumes.push_back(mount);
    }
    project.services.emplace(service.name, std::move(service));
  }
  return project;
}

compose::Project random_holders(std::mt19937& random) {
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  compose::Project project;
  project.name = "shop";
  project.networks["default"].name = "shop_default";
  const std::string net = below(4) == 0 ? "10.9.2." : "10.9.1.";
  project.networks["default"].ipam.config.push_back({.subnet = net + "0/24"});
  // A range and a port within it are never wanted together, but one after the other.
  Pool ports{random, {"8080", "8081", "8082", "9000-9003", "9004-9007"}};
  if (below(2) == 0) ports = Pool{random, {"8080", "8081", "9001", "9002", "9004-9007"}};
  Pool addresses{random, {net + "11", net + "12", net + "13"}};
  Pool macs{random, {"02:00:00:00:00:01", "02:00:00:00:00:02"}};
  Pool names{random, {"one", "two", "three"}};
  Pool services{random, {"a", "b", "c", "d", "e", "f"}};
  const int count = 1 + below(5);
  for (int i = 0; i < count; ++i) {
    compose::Service service;
    service.name = services.take();
    service.image = "app";
    auto& settings = service.networks["default"];
    if (below(4) == 0) service.environment["V"] = std::to_string(below(2));
    const bool single = below(2) == 0;
    if (!single) service.scale = below(4);
    for (int k = below(3); k > 0 && !ports.empty(); --k) {
      compose::ServicePort port;
      port.target = static_cast<std::uint16_t>(80 + below(2));
      port.protocol = below(5) == 0 ? "udp" : "tcp";
      port.published = ports.take();
      if (below(4) == 0) port.host_ip = below(2) == 0 ? "127.0.0.1" : "0.0.0.0";
      service.ports.push_back(std::move(port));
    }
    if (single && below(2) == 0 && !addresses.empty()) settings.emplace().ipv4_address = addresses.take();
    if (single && below(3) == 0 && !macs.empty()) {
      if (!settings) settings.emplace();
      settings->mac_address = macs.take();
    }
    if (single && below(2) == 0 && !names.empty()) service.container_name = names.take();
    for (const auto& [name, other] : project.services) {
      if (below(3) != 0) continue;
      service.depends_on[name].restart = below(2) == 0;
    }
    project.services.emplace(service.name, std::move(service));
  }
  return project;
}

}  // namespace stack::test
