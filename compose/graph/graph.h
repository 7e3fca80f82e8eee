// Who depends on whom: the services of a project as a graph with named, conditioned edges. Pure; a value.
//
// Nodes are in the order of their names, so that whatever is derived from the graph does not depend on how the file is
// written. An edge goes from a service to what it depends on. Cost: linear in services and edges.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "compose/model/service.h"

namespace stack::compose {

struct Edge {
  std::size_t to = 0;  // index of the dependency
  DependencyCondition condition = DependencyCondition::started;
  bool restart = false;
  bool required = true;
  bool operator==(const Edge&) const = default;
};

class Graph {
 public:
  // Dependencies on services that are not in `services` are left out.
  explicit Graph(const std::map<std::string, Service>& services);

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] const std::vector<Edge>& dependencies(std::size_t node) const { return out_[node]; }
  [[nodiscard]] const std::vector<std::size_t>& dependents(std::size_t node) const { return in_[node]; }

  // Services in waves: those of a level depend only on those of earlier ones. Services on a cycle, and what depends on
  // them, are in none.
  [[nodiscard]] std::vector<std::vector<std::string>> levels() const;
  // The names along the first cycle in the order of names, the first one repeated at the end; empty when there is none.
  [[nodiscard]] std::vector<std::string> cycle() const;
  // `wanted` and all that they depend on, directly or not. Unknown names are left out.
  [[nodiscard]] std::set<std::string> with_dependencies(const std::set<std::string>& wanted) const;
  // `wanted` and all that depend on them, directly or not.
  [[nodiscard]] std::set<std::string> with_dependents(const std::set<std::string>& wanted) const;

 private:
  std::vector<std::string> names_;
  std::map<std::string, std::size_t, std::less<>> index_;
  std::vector<std::vector<Edge>> out_;
  std::vector<std::vector<std::size_t>> in_;
};

}  // namespace stack::compose
