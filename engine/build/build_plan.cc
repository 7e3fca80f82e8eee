#include "engine/build/build_plan.h"

#include <algorithm>
#include <set>

#include "base/dockerfile/base_image.h"
#include "base/error.h"
#include "base/suggest.h"
#include "engine/build/stage_planner.h"

namespace stack::build {
namespace {

std::string known_stages(const dockerfile::Dockerfile& file, const std::string& target) {
  std::vector<std::string_view> names;
  for (const auto& stage : file.stages) {
    if (stage.name) names.push_back(stage.name->text);
  }
  if (const std::string meant = did_you_mean(target, names); !meant.empty()) return meant;
  if (names.empty()) return "name a stage with FROM ... AS NAME";
  std::string list;
  for (const std::string_view name : names) list += (list.empty() ? "" : ", ") + std::string{name};
  return "the stages are " + list;
}

// The language is built in: a line "# syntax=" chooses nothing.
void check_syntax(const dockerfile::Directives& directives, StagePlanner& planner) {
  if (!directives.syntax) return;
  std::string_view name = directives.syntax->text;
  for (const std::string_view registry : {"docker.io/", "index.docker.io/"}) {
    if (name.starts_with(registry)) name.remove_prefix(registry.size());
  }
  if (name.starts_with("docker/dockerfile")) return;
  if (name.find("dockerfile") == std::string_view::npos) {
    return planner.problem(directives.syntax->range, "syntax",
                           "the syntax \"" + directives.syntax->text + "\" is not supported: it is not a Dockerfile's",
                           "write a Dockerfile, and remove the line");
  }
  planner.problems.push_back({dockerfile::Severity::warning, "syntax",
                              "the syntax \"" + directives.syntax->text + "\" has no effect: the engine's own is used",
                              "remove the line", directives.syntax->range});
}

// What the engine cannot do whatever the Dockerfile says.
void check_spec(const model::BuildSpec& spec, StagePlanner& planner) {
  if (spec.platforms.size() > 1) {
    planner.problem({}, "platforms", "several platforms in one build are not supported",
                    "build for one platform at a time");
  }
}

}  // namespace

Planned plan_build(const dockerfile::Dockerfile& file, const model::BuildSpec& spec, const BaseImages& images,
                   const RunPlatforms& machine) {
  StagePlanner planner{file, spec, images, machine};
  check_syntax(file.directives, planner);
  check_spec(spec, planner);
  Planned result;
  const auto target = dockerfile::find_stage(file, spec.target);
  if (!target) {
    planner.problem(
        {}, "target",
        spec.target.empty() ? "the Dockerfile has no stage" : "target stage \"" + spec.target + "\" could not be found",
        spec.target.empty() ? "begin it with FROM" : known_stages(file, spec.target));
  }
  const StageResult* stage = target ? planner.stage(*target) : nullptr;
  result.problems = std::move(planner.problems);
  result.missing = std::move(planner.missing);
  if (stage == nullptr || dockerfile::has_errors(result.problems) || !result.missing.empty()) return result;
  result.plan = BuildPlan{.nodes = std::move(planner.nodes),
                          .result = stage->node,
                          .image = stage->image,
                          .base_history = stage->base_history,
                          .history = stage->history};
  for (const auto& [name, value] : spec.labels) result.plan->image.config.labels[name] = value;
  return result;
}

std::vector<NodeId> inputs_of(const Node& node) {
  std::vector<NodeId> inputs;
  const auto add = [&](const FileSource& source) {
    if (const auto* id = std::get_if<NodeId>(&source)) inputs.push_back(*id);
  };
  if (node.parent) inputs.push_back(*node.parent);
  if (const auto* copy = std::get_if<CopyFiles>(&node.what)) add(copy->from);
  if (const auto* run = std::get_if<RunCommand>(&node.what)) {
    for (const Mount& mount : run->mounts) {
      if (mount.has_source) add(mount.from);
    }
  }
  return inputs;
}

std::vector<NodeId> needed_nodes(const BuildPlan& plan) {
  std::set<NodeId> needed;
  if (plan.nodes.empty()) return {};
  std::vector<NodeId> open{plan.result};
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    if (!needed.insert(id).second) continue;
    for (const NodeId input : inputs_of(plan.nodes[id])) open.push_back(input);
  }
  return {needed.begin(), needed.end()};
}

}  // namespace stack::build
