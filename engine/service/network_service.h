// Networks as the API asks for them.
//
// Loop thread. Besides those with a record there are three that nobody made: "bridge", which is created on first use, "host" and "none".
#pragma once

#include "engine/api/network_backend.h"
#include "engine/core/engine.h"

namespace stack::service {

class NetworkService final : public api::NetworkBackend {
 public:
  explicit NetworkService(core::Engine& engine) : engine_(engine) {}

  std::vector<model::Network> networks(const api::NetworkFilter& filter) override;
  api::NetworkView inspect(const std::string& name_or_id) override;
  model::Network create(model::NetworkSpec spec) override;
  void remove(const std::string& name_or_id) override;
  std::vector<std::string> prune(const api::NetworkFilter& filter) override;

 private:
  // All there are, by name.
  std::vector<model::Network> all();
  model::Network find(const std::string& name_or_id);
  // Names of containers that have it, running or not.
  std::vector<std::string> users_of(const model::Network& network);
  bool is_used(const model::Network& network);

  core::Engine& engine_;
};

}  // namespace stack::service
