// The engine's description of itself, and its end on request.
//
// Loop thread.
#pragma once

#include <functional>

#include "engine/api/backend.h"
#include "engine/core/engine.h"

namespace stack::service {

class System final : public api::SystemBackend {
 public:
  System(core::Engine& engine, std::function<void()> leave, Wall started)
      : engine_(engine), leave_(std::move(leave)), started_(started) {}
  api::SystemInfo info() override;
  std::vector<std::string> remains() override;
  void shutdown() override { leave_(); }

 private:
  core::Engine& engine_;
  std::function<void()> leave_;
  Wall started_;
};

}  // namespace stack::service
