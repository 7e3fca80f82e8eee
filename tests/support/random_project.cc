#include "tests/support/random_project.h"

namespace stack::test {

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

}  // namespace stack::test
