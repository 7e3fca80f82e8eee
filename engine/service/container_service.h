// Containers as the API asks for them. Loop thread.
#pragma once

#include "engine/api/container_query.h"
#include "engine/core/engine.h"
#include "engine/service/exec_registry.h"

namespace stack::service {

class ContainerService final : public api::ContainerQuery {
 public:
  ContainerService(core::Engine& engine, const ExecRegistry& execs) : engine_(engine), execs_(execs) {}

  std::vector<api::ContainerView> find(const api::ContainerFilter& filter) override;
  api::ContainerDetails inspect(const std::string& name_or_id) override;
  std::shared_ptr<const model::Container> get(const std::string& name_or_id) override;

 private:
  // What a list needs, which is little: there may be many.
  [[nodiscard]] api::ContainerView brief_view_of(std::shared_ptr<const model::Container> container) const;
  [[nodiscard]] bool matches(const api::ContainerFilter& filter, const model::Container& container) const;

  core::Engine& engine_;
  const ExecRegistry& execs_;
};

}  // namespace stack::service
