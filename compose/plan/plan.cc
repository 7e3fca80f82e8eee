#include "compose/plan/plan.h"

#include <algorithm>

namespace stack::compose {
namespace {

template <class... F>
struct Overload : F... {
  using F::operator()...;
};

}  // namespace

std::size_t Plan::add(Operation operation, std::vector<std::size_t> after, std::string cause) {
  std::sort(after.begin(), after.end());
  after.erase(std::unique(after.begin(), after.end()), after.end());
  nodes.push_back({std::move(operation), std::move(after), std::move(cause)});
  return nodes.size() - 1;
}

std::string subject(const Operation& operation) {
  return std::visit(Overload{[](const CreateNetwork& o) { return "Network " + o.spec.name; },
                             [](const RemoveNetwork& o) { return "Network " + o.name; },
                             [](const CreateVolume& o) { return "Volume " + o.spec.name; },
                             [](const RemoveVolume& o) { return "Volume " + o.name; },
                             [](const CreateContainer& o) { return "Container " + o.spec.name; },
                             [](const PutAside& o) { return "Container " + o.name; },
                             [](const StartContainer& o) { return "Container " + o.name; },
                             [](const StopContainer& o) { return "Container " + o.name; },
                             [](const RemoveContainer& o) { return "Container " + o.name; },
                             [](const WaitFor& o) { return "Service " + o.service; }},
                    operation);
}

std::string describe(const Operation& operation) {
  return std::visit(Overload{[](const CreateNetwork& o) { return "create network " + o.spec.name; },
                             [](const RemoveNetwork& o) { return "remove network " + o.name; },
                             [](const CreateVolume& o) { return "create volume " + o.spec.name; },
                             [](const RemoveVolume& o) { return "remove volume " + o.name; },
                             [](const CreateContainer& o) {
                               return (o.replaces.empty() ? "create container " : "recreate container ") + o.spec.name;
                             },
                             [](const PutAside& o) { return "put aside container " + o.name; },
                             [](const StartContainer& o) { return "start container " + o.name; },
                             [](const StopContainer& o) { return "stop container " + o.name; },
                             [](const RemoveContainer& o) { return "remove container " + o.name; },
                             [](const WaitFor& o) {
                               return "wait for " + o.service + " (" + std::string{to_text(o.condition)} + ")";
                             }},
                    operation);
}

std::string print(const Plan& plan) {
  std::string text;
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    const Node& node = plan.nodes[i];
    text += std::to_string(i) + " [";
    for (std::size_t k = 0; k < node.after.size(); ++k) text += (k == 0 ? "" : ",") + std::to_string(node.after[k]);
    text += "] " + describe(node.operation) + (node.cause.empty() ? "" : " (" + node.cause + ")") + "\n";
  }
  for (const std::string& warning : plan.warnings) text += "warning: " + warning + "\n";
  return text;
}

}  // namespace stack::compose
