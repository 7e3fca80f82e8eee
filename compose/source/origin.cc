#include "compose/source/origin.h"

#include <algorithm>
#include <unordered_map>

namespace stack::compose {
namespace {

using Link = std::shared_ptr<const Origin>;

std::uint16_t depth_of(const Link& link) { return link ? link->depth : 0; }

Link linked(Origin step, Link inner) {
  if (depth_of(inner) >= Origin::kMaxDepth) inner.reset();
  if (depth_of(step.earlier) >= Origin::kMaxDepth) step.earlier.reset();
  step.inner = std::move(inner);
  step.depth = static_cast<std::uint16_t>(std::max(depth_of(step.inner), depth_of(step.earlier)) + 1);
  return std::make_shared<const Origin>(std::move(step));
}

// Nodes that came the same way go on sharing their steps.
class Below {
 public:
  explicit Below(const Origin& step) : step_(step) {}

  void mark(Node& node) {
    auto& link = links_[node.origin.get()];
    if (!link.second) link = {node.origin, linked(step_, node.origin)};
    node.origin = link.second;
    for (auto& item : node.items) mark(item);
    for (auto& [key, value] : node.entries) mark(value);
  }

 private:
  const Origin& step_;
  std::unordered_map<const Origin*, std::pair<Link, Link>> links_;  // the old one lives as long as its address counts
};

}  // namespace

Origin step_at(OriginKind kind, const Node& where) {
  Origin step;
  step.kind = kind;
  step.file = where.file;
  step.line = where.line;
  step.column = where.column;
  return step;
}

void add_origin(Node& node, Origin step) { node.origin = linked(std::move(step), std::move(node.origin)); }

void add_origin_below(Node& tree, const Origin& step) { Below{step}.mark(tree); }

void add_replaced(Node& over, const Node& base) {
  if (base.line == 0 && !base.origin) return;
  Origin step = step_at(OriginKind::replaces, base);
  if (base.is_scalar()) step.text = scalar_text(base);
  step.earlier = base.origin;
  add_origin(over, std::move(step));
}

void mark_implied(Node& node) {
  static const Link kImplied = linked(Origin{}, nullptr);
  node.origin = kImplied;
}

std::string describe(const OriginVariable& variable) {
  const std::string name = "$" + variable.name;
  switch (variable.source) {
    case VariableSource::environment:
      return name + " comes from the environment";
    case VariableSource::file:
      return name + " is set here";
    case VariableSource::project:
      return name + " is the name of the project";
    case VariableSource::fallback:
      return name + " is not set, so its default counts";
    case VariableSource::alternate:
      return name + " is set, so the text behind + counts";
    case VariableSource::unset:
      break;
  }
  return name + " is not set and counts as empty";
}

bool is_from_variable(const Node& node) {
  for (const Origin* step = node.origin.get(); step != nullptr; step = step->inner.get()) {
    if (step->kind == OriginKind::variables) return true;
  }
  return false;
}

void add_related(const Node& node, std::vector<RelatedPlace>& related) {
  std::vector<RelatedPlace> found;
  for (const Origin* step = node.origin.get(); step != nullptr; step = step->inner.get()) {
    switch (step->kind) {
      case OriginKind::alias:
        found.push_back({step->place(), "used here as *" + step->name});
        break;
      case OriginKind::extends:
        found.push_back({step->place(), "taken over from the service \"" + step->name + "\" here"});
        break;
      case OriginKind::include:
        found.push_back({step->place(), "included here"});
        break;
      case OriginKind::replaces:
        found.push_back({step->place(), "it replaces the value here"});
        break;
      case OriginKind::variables:
        for (auto it = step->variables.rbegin(); it != step->variables.rend(); ++it) {
          if (it->source == VariableSource::environment || it->source == VariableSource::file) {
            found.push_back({it->source == VariableSource::file ? it->place : node.place(), describe(*it)});
          }
        }
        break;
      case OriginKind::implied:
        break;
    }
  }
  related.insert(related.end(), found.rbegin(), found.rend());
}

}  // namespace stack::compose
