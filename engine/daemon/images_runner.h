// Images as the API asks for them: imports run on the pool.
#pragma once

#include "engine/api/backend.h"
#include "engine/core/engine_runner.h"

namespace stack::daemon {

class Images final : public api::ImageBackend {
 public:
  explicit Images(core::Engine& engine) : engine_(engine) {}
  void import(UniqueFd archive, api::ImportOptions options, api::Answer<model::Image> answer) override;
  std::vector<model::Image> images() override;

 private:
  core::Engine& engine_;
};

}  // namespace stack::daemon
