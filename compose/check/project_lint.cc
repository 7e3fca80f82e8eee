#include "compose/check/project_lint.h"

#include "compose/check/lint_rules.h"

namespace stack::compose {

Diagnostic& LintReport::add(const char* name, std::string message, std::string remedy, std::string path,
                            const SourcePlace& place) {
  Diagnostic found;
  found.severity = Severity::warning;
  found.code = name;
  found.message = std::move(message);
  found.remedy = std::move(remedy);
  found.path = std::move(path);
  found.place = place;
  return out_.emplace_back(std::move(found));
}

Diagnostic& LintReport::add(const char* name, std::string message, std::string remedy, const Service& service,
                            const std::string& attribute) {
  return add(name, std::move(message), std::move(remedy), "services." + service.name + "." + attribute,
             service.place_of(attribute));
}

Diagnostics lint(const Project& project, const Node& model, const LintWorld& world) {
  Diagnostics found;
  LintReport report{found};
  lint_services(project, world, report);
  lint_rights(project, report);
  lint_images(project, world, report);
  lint_values(project, model, report);
  return found;
}

}  // namespace stack::compose
