#include "compose/plan/service_order.h"

#include <algorithm>
#include <functional>
#include <set>

namespace stack::compose {

std::vector<std::string> services_in_order(const Project& project, const std::vector<std::string>& targets,
                                           bool no_deps) {
  std::vector<std::string> order;
  std::set<std::string> seen;
  const std::function<void(const std::string&)> visit = [&](const std::string& name) {
    const auto found = project.services.find(name);
    if (found == project.services.end() || !seen.insert(name).second) return;
    for (const auto& [dependency, how] : found->second.depends_on) {
      const bool wanted = !no_deps || std::find(targets.begin(), targets.end(), dependency) != targets.end();
      if (wanted) visit(dependency);
    }
    order.push_back(name);
  };
  if (targets.empty()) {
    for (const auto& [name, service] : project.services) visit(name);
  } else {
    for (const std::string& name : targets) visit(name);
  }
  return order;
}

}  // namespace stack::compose
