#include "compose/plan/hooks.h"

#include <map>

#include "compose/plan/pre_start.h"

namespace stack::compose {
namespace {

using Indices = std::vector<std::size_t>;

class Hooks {
 public:
  Hooks(Plan& plan, const Project& project, const Observed& observed) : plan_(plan), project_(project) {
    for (const model::Container& container : observed.containers) {
      if (container.spec.one_off) continue;
      service_of_[container.spec.name] = container.spec.service;
      if (container.state.status == model::Status::running) running_[container.id] = container.spec.service;
    }
    for (const Node& node : plan.nodes) {
      const auto* create = std::get_if<CreateContainer>(&node.operation);
      if (create != nullptr && !create->spec.one_off) service_of_[create->spec.name] = create->spec.service;
    }
  }

  void run() {
    for (Node& node : std::exchange(plan_.nodes, {})) {
      for (std::size_t& index : node.after) index = done_.at(index);
      if (const auto* stop = std::get_if<StopContainer>(&node.operation)) before(*stop, node);
      const auto* start = std::get_if<StartContainer>(&node.operation);
      const std::string started = start == nullptr ? std::string{} : start->name;
      const Cause cause = node.cause;
      std::size_t last = plan_.nodes.size();
      place_.push_back(last);
      plan_.nodes.push_back(std::move(node));
      if (!started.empty()) last = after(started, cause, last);
      done_.push_back(last);
    }
    // What is taken over may stand behind.
    for (Node& node : plan_.nodes) {
      for (std::size_t& index : node.takes_over) index = place_.at(index);
    }
  }

 private:
  const Service* find(const std::string& service) const {
    const auto active = project_.services.find(service);
    if (active != project_.services.end()) return &active->second;
    const auto disabled = project_.disabled.find(service);
    return disabled == project_.disabled.end() ? nullptr : &disabled->second;
  }

  void before(const StopContainer& stop, Node& node) {
    const auto found = running_.find(stop.id);
    const Service* service = found == running_.end() ? nullptr : find(found->second);
    if (service == nullptr) return;
    for (std::size_t i = 0; i < service->pre_stop.size(); ++i)
      node.after = {
          plan_.add(RunHook{stop.name, stop.id, service->name, HookPoint::pre_stop, static_cast<std::int32_t>(i)},
                    node.after, node.cause)};
  }

  std::size_t after(const std::string& name, const Cause& cause, std::size_t start) {
    const auto found = service_of_.find(name);
    const Service* service = found == service_of_.end() ? nullptr : find(found->second);
    if (service == nullptr) return start;
    for (std::size_t i = 0; i < service->post_start.size(); ++i)
      start = plan_.add(RunHook{name, {}, service->name, HookPoint::post_start, static_cast<std::int32_t>(i)}, {start},
                        cause);
    return start;
  }

  Plan& plan_;
  const Project& project_;
  std::map<std::string, std::string> service_of_;  // by the container's name
  std::map<std::string, std::string> running_;     // by its id
  Indices place_;                                  // of each node of the plan as it was
  Indices done_;                                   // the node after which it is done
};

}  // namespace

void add_hooks(Plan& plan, const Project& project, const Observed& observed) {
  add_pre_start(plan, project, observed);
  Hooks{plan, project, observed}.run();
}

}  // namespace stack::compose
