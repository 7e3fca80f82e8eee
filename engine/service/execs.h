// Processes that clients start in containers: pumps their descriptors to and from the connection, with back pressure both ways.
//
// Loop thread only; each process is a coroutine group that ends with the process.
#pragma once

#include "engine/api/backend.h"
#include "engine/core/engine.h"

namespace stack::service {

class Execs final : public api::ContainerBackend {
 public:
  explicit Execs(core::Engine& engine) : engine_(engine), tasks_(engine.context().loop, "exec") {}
  void exec(api::ExecRequest request, api::ExecEvents events,
            api::Answer<std::shared_ptr<api::ExecProcess>> answer) override;
  // Lets go of all of them; resumes when that is done. The processes run on.
  boost::asio::awaitable<void> stop();

 private:
  boost::asio::awaitable<void> begin(std::shared_ptr<core::ManagedContainer> in, api::ExecRequest wanted,
                                     api::ExecEvents callbacks, api::Answer<std::shared_ptr<api::ExecProcess>> reply);

  core::Engine& engine_;
  async::TaskGroup tasks_;
};

}  // namespace stack::service
