// Small projects for tests of plans, and a world that plays plans on what is observed.
#pragma once

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "compose/plan/reconcile.h"
#include "compose/plan/resource_spec.h"

namespace stack::compose::plan_world {

inline Service service(const std::string& name) {
  Service s;
  s.name = name;
  s.image = "app";
  s.networks["default"] = std::nullopt;
  return s;
}

inline Project project(std::vector<Service> services) {
  Project p;
  p.name = "shop";
  p.networks["default"].name = "shop_default";
  for (Service& s : services) p.services.emplace(s.name, std::move(s));
  return p;
}

inline Observed empty_world() {
  Observed world;
  world.images["app"].id = "sha256:1";
  return world;
}

// Plays a plan on the observed state the way an engine would, and checks on the way what must never happen.
class World {
 public:
  explicit World(Observed observed) : observed_(std::move(observed)) {}

  void apply(const Plan& plan) {
    std::set<std::string> stopped;
    for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
      for (const std::size_t before : plan.nodes[i].after) ASSERT_LT(before, i) << print(plan);
      ASSERT_FALSE(to_text(plan.nodes[i].cause).empty()) << "an operation without a cause\n" << print(plan);
      play(plan.nodes[i].operation, stopped, plan);
    }
  }
  const Observed& observed() const { return observed_; }
  Observed& observed() { return observed_; }

 private:
  model::Container* find(const std::string& id_or_name) {
    for (model::Container& c : observed_.containers) {
      if (c.id == id_or_name || c.spec.name == id_or_name) return &c;
    }
    return nullptr;
  }

  void play(const Operation& operation, std::set<std::string>& stopped, const Plan& plan) {
    if (const auto* network = std::get_if<CreateNetwork>(&operation)) {
      ASSERT_FALSE(observed_.networks.contains(network->spec.name));
      observed_.networks[network->spec.name] = {.id = "n" + std::to_string(++next_), .spec = network->spec};
    } else if (const auto* gone = std::get_if<RemoveNetwork>(&operation)) {
      observed_.networks.erase(gone->name);
    } else if (const auto* volume = std::get_if<CreateVolume>(&operation)) {
      observed_.volumes[volume->spec.name] = {.spec = volume->spec};
    } else if (const auto* lost = std::get_if<RemoveVolume>(&operation)) {
      observed_.volumes.erase(lost->name);
    } else if (const auto* create = std::get_if<CreateContainer>(&operation)) {
      if (model::Container* old = find(create->spec.name)) {
        ASSERT_EQ(old->id, create->replaces) << "a name is taken\n" << print(plan);
        old->spec.name = old->id + "_" + old->spec.name;
      }
      for (const model::Attachment& a : create->spec.networks)
        ASSERT_TRUE(observed_.networks.contains(a.network)) << print(plan);
      model::Container made;
      made.id = "c" + std::to_string(++next_);
      made.spec = create->spec;
      observed_.containers.push_back(made);
    } else if (const auto* aside = std::get_if<PutAside>(&operation)) {
      model::Container* container = find(aside->id);
      ASSERT_NE(container, nullptr) << print(plan);
      container->spec.name = container->id + "_" + container->spec.name;
    } else if (const auto* start = std::get_if<StartContainer>(&operation)) {
      model::Container* container = find(start->name);
      ASSERT_NE(container, nullptr) << print(plan);
      container->state.status = model::Status::running;
      container->state.endpoints.clear();
      for (const model::Attachment& a : container->spec.networks) {
        container->state.endpoints.push_back({.network = a.network, .network_id = observed_.networks.at(a.network).id});
      }
    } else if (const auto* stop = std::get_if<StopContainer>(&operation)) {
      ASSERT_TRUE(stopped.insert(stop->id).second) << "stopped twice\n" << print(plan);
      model::Container* container = find(stop->id);
      ASSERT_NE(container, nullptr) << print(plan);
      container->state.status = model::Status::exited;
      container->state.endpoints.clear();
    } else if (const auto* remove = std::get_if<RemoveContainer>(&operation)) {
      model::Container* container = find(remove->id);
      ASSERT_NE(container, nullptr) << print(plan);
      ASSERT_NE(container->state.status, model::Status::running) << "removed while it runs\n" << print(plan);
      observed_.containers.erase(observed_.containers.begin() + (container - observed_.containers.data()));
    }
  }

  Observed observed_;
  int next_ = 0;
};

inline World running(const Project& p, const UpOptions& options = {}) {
  World world{empty_world()};
  world.apply(reconcile(p, world.observed(), options));
  return world;
}

}  // namespace stack::compose::plan_world
