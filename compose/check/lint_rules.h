// The groups of rules. Only for lint.cc.
#pragma once

#include "compose/check/project_lint.h"

namespace stack::compose {

class LintReport {
 public:
  explicit LintReport(Diagnostics& out) : out_(out) {}

  Diagnostic& add(const char* name, std::string message, std::string remedy, std::string path,
                  const SourcePlace& place);
  // About an attribute of a service.
  Diagnostic& add(const char* name, std::string message, std::string remedy, const Service& service,
                  const std::string& attribute);

 private:
  Diagnostics& out_;
};

// Ports, mounts, dependencies: of one service at a time, or of several together.
void lint_services(const Project& project, const LintWorld& world, LintReport& report);
// The version of images, and whether they have what a healthcheck runs.
void lint_images(const Project& project, const LintWorld& world, LintReport& report);
// Capabilities that reach beyond the container.
void lint_rights(const Project& project, LintReport& report);
// What only the tree shows: where values come from, and what nothing refers to.
void lint_values(const Project& project, const Node& model, LintReport& report);

// Active services and those that no profile asks for.
template <class F>
void each_service(const Project& project, F&& action) {
  for (const auto* services : {&project.services, &project.disabled}) {
    for (const auto& [name, service] : *services) action(service);
  }
}

}  // namespace stack::compose
