#include "compose/plan/plan.h"

#include <algorithm>
#include <map>
#include <set>

namespace stack::compose {
std::size_t Plan::add(Operation operation, std::vector<std::size_t> after, Cause cause) {
  std::sort(after.begin(), after.end());
  after.erase(std::unique(after.begin(), after.end()), after.end());
  nodes.push_back({std::move(operation), std::move(after), std::move(cause)});
  return nodes.size() - 1;
}

std::string unasked_cause(const Plan& plan, const Node& node) {
  const auto* create = std::get_if<CreateContainer>(&node.operation);
  const auto* stop = std::get_if<StopContainer>(&node.operation);
  const auto* network = std::get_if<RemoveNetwork>(&node.operation);
  const bool recreates = create != nullptr && !create->replaces.empty();
  const bool stops = stop != nullptr && stop->part_of == PartOf::itself && !plan.for_good;
  return recreates || stops || (network != nullptr && network->replaced) ? to_text(node.cause) : std::string{};
}

std::string summary(const Plan& plan) {
  std::map<std::string, int> counts;  // by what happens to a container, which is told once
  std::set<std::string> created, removed, started;
  for (const Node& node : plan.nodes) {
    if (const auto* create = std::get_if<CreateContainer>(&node.operation)) {
      ++counts[create->replaces.empty() ? "created" : "recreated"];
      created.insert(create->spec.name);
    } else if (const auto* remove = std::get_if<RemoveContainer>(&node.operation)) {
      removed.insert(remove->id);
      if (remove->part_of == PartOf::itself) ++counts["removed"];
    } else if (const auto* start = std::get_if<StartContainer>(&node.operation)) {
      started.insert(start->name);
    }
  }
  for (const Node& node : plan.nodes) {
    const auto* stop = std::get_if<StopContainer>(&node.operation);
    if (stop == nullptr || removed.contains(stop->id) ||
        (started.contains(stop->name) && !created.contains(stop->name)))
      continue;
    ++counts["stopped"];
  }
  for (const std::string& name : started) counts["started"] += created.contains(name) ? 0 : 1;
  if (!plan.nodes.empty()) counts["unchanged"] = static_cast<int>(plan.kept.size());
  std::string text;
  for (const char* what : {"created", "recreated", "started", "stopped", "removed", "unchanged"}) {
    if (counts[what] > 0) text += (text.empty() ? "" : ", ") + std::to_string(counts[what]) + " " + what;
  }
  return text;
}

std::string legend(const Plan& plan) {
  const bool ordered =
      std::any_of(plan.nodes.begin(), plan.nodes.end(), [](const Node& it) { return !it.after.empty(); });
  return ordered ? "[...]: after these steps\n" : "";
}

Plan without_texts(Plan plan) {
  const auto hide = [](model::ContainerSpec& spec) {
    for (model::GivenFile& file : spec.files) file.content.clear();
  };
  for (Node& node : plan.nodes) {
    if (auto* create = std::get_if<CreateContainer>(&node.operation)) hide(create->spec);
    if (auto* hook = std::get_if<RunHook>(&node.operation); hook != nullptr && hook->spec) hide(*hook->spec);
  }
  return plan;
}

std::string print(const Plan& plan) {
  std::string text;
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    const Node& node = plan.nodes[i];
    text += std::to_string(i) + " [";
    for (std::size_t k = 0; k < node.after.size(); ++k) text += (k == 0 ? "" : ",") + std::to_string(node.after[k]);
    text += "] " + describe(node.operation) + " (" + to_text(node.cause) + ")\n";
  }
  for (const std::string& warning : plan.warnings) text += "warning: " + warning + "\n";
  return text;
}

}  // namespace stack::compose
