// Containers that come to networks and go from them. Loop thread; stop() has to be awaited before the loop ends.
#pragma once

#include "base/async/task_group.h"
#include "engine/api/connect_backend.h"
#include "engine/api/container_query.h"
#include "engine/api/network_backend.h"
#include "engine/core/engine.h"

namespace stack::service {

class Connections final : public api::ConnectBackend {
 public:
  Connections(core::Engine& engine, api::NetworkBackend& networks, api::ContainerQuery& containers);
  void connect(const std::string& network, api::NetworkJoin join, api::Answer<std::monostate> answer) override;
  void disconnect(const std::string& network, api::NetworkLeave leave, api::Answer<std::monostate> answer) override;
  boost::asio::awaitable<void> stop();

 private:
  [[nodiscard]] std::shared_ptr<core::ManagedContainer> container(const std::string& name_or_id) const;

  core::Engine& engine_;
  api::NetworkBackend& networks_;
  api::ContainerQuery& containers_;
  async::TaskGroup tasks_;
};

}  // namespace stack::service
