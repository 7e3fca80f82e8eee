// Processes that clients start in containers: pumps their descriptors to and from the connection, with back pressure both ways.
//
// Loop thread only; each process is a coroutine group that ends with the process.
#pragma once

#include "engine/api/backend.h"
#include "engine/core/engine.h"

namespace stack::service {

class Exec final : public api::ContainerBackend {
 public:
  explicit Exec(core::Engine& engine) : engine_(engine) {}
  void kill(const std::string& container, const std::string& signal) override;
  void exec(api::ExecRequest request, api::ExecEvents events,
            api::Answer<std::shared_ptr<api::ExecProcess>> answer) override;

 private:
  core::Engine& engine_;
};

}  // namespace stack::service
