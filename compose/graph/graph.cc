#include "compose/graph/graph.h"

#include <algorithm>

namespace stack::compose {

Graph::Graph(const std::map<std::string, Service>& services) : out_(services.size()), in_(services.size()) {
  names_.reserve(services.size());
  for (const auto& [name, unused] : services) {
    index_.emplace(name, names_.size());
    names_.push_back(name);
  }
  for (const auto& [name, service] : services) {
    const std::size_t from = index_.find(name)->second;
    for (const auto& [target, dependency] : service.depends_on) {
      const auto found = index_.find(target);
      if (found == index_.end()) continue;
      out_[from].push_back({found->second, dependency.condition, dependency.restart, dependency.required});
      in_[found->second].push_back(from);
    }
  }
}

std::vector<std::vector<std::string>> Graph::levels() const {
  std::vector<std::size_t> waiting(names_.size());
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    waiting[i] = out_[i].size();
    if (waiting[i] == 0) ready.push_back(i);
  }
  std::vector<std::vector<std::string>> levels;
  while (!ready.empty()) {
    std::ranges::sort(ready);
    std::vector<std::size_t> next;
    auto& level = levels.emplace_back();
    for (const auto node : ready) {
      level.push_back(names_[node]);
      for (const auto dependent : in_[node]) {
        if (--waiting[dependent] == 0) next.push_back(dependent);
      }
    }
    ready = std::move(next);
  }
  return levels;
}

std::vector<std::string> Graph::cycle() const {
  enum class Mark : std::uint8_t { unseen, open, done };
  std::vector<Mark> marks(names_.size(), Mark::unseen);
  struct Step {
    std::size_t node, next;
  };
  // A walk of its own instead of recursion: a chain may be as long as the file.
  for (std::size_t start = 0; start < names_.size(); ++start) {
    if (marks[start] != Mark::unseen) continue;
    std::vector<Step> walk{{start, 0}};
    marks[start] = Mark::open;
    while (!walk.empty()) {
      auto& [node, next] = walk.back();
      if (next == out_[node].size()) {
        marks[node] = Mark::done;
        walk.pop_back();
        continue;
      }
      const std::size_t target = out_[node][next++].to;
      if (marks[target] == Mark::open) {
        std::vector<std::string> found;
        const auto first = std::ranges::find(walk, target, &Step::node);
        for (auto it = first; it != walk.end(); ++it) found.push_back(names_[it->node]);
        found.push_back(names_[target]);
        return found;
      }
      if (marks[target] == Mark::unseen) {
        marks[target] = Mark::open;
        walk.push_back({target, 0});
      }
    }
  }
  return {};
}

namespace {

template <class Next>
std::set<std::string> closure(const std::set<std::string>& wanted, const std::vector<std::string>& names,
                              const std::map<std::string, std::size_t, std::less<>>& index, Next next) {
  std::vector<bool> seen(names.size());
  std::vector<std::size_t> open;
  const auto visit = [&](std::size_t node) {
    if (seen[node]) return;
    seen[node] = true;
    open.push_back(node);
  };
  for (const auto& name : wanted) {
    if (const auto found = index.find(name); found != index.end()) visit(found->second);
  }
  std::set<std::string> out;
  while (!open.empty()) {
    const std::size_t node = open.back();
    open.pop_back();
    out.insert(names[node]);
    next(node, visit);
  }
  return out;
}

}  // namespace

std::set<std::string> Graph::with_dependencies(const std::set<std::string>& wanted) const {
  return closure(wanted, names_, index_, [this](std::size_t node, const auto& visit) {
    for (const auto& edge : out_[node]) visit(edge.to);
  });
}

std::set<std::string> Graph::with_dependents(const std::set<std::string>& wanted) const {
  return closure(wanted, names_, index_, [this](std::size_t node, const auto& visit) {
    for (const auto dependent : in_[node]) visit(dependent);
  });
}

}  // namespace stack::compose
