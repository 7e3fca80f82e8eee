// Volumes as the API asks for them.
//
// Loop thread. A volume is in use as long as a container has it, running or not, and while an operation is about to give it to one.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "engine/api/backend.h"
#include "engine/core/claims.h"
#include "engine/core/engine.h"

namespace stack::service {

class VolumeService final : public api::VolumeBackend {
 public:
  explicit VolumeService(core::Engine& engine) : engine_(engine), tasks_(engine.context().loop, "volumes") {}

  std::vector<model::Volume> volumes(const api::VolumeFilter& filter) override;
  void create(model::VolumeSpec spec, api::Answer<model::Volume> answer) override;
  model::Volume inspect(const std::string& name) override;
  void remove(std::string name, bool force, api::Answer<bool> answer) override;
  void prune(api::VolumeFilter filter, api::Answer<api::VolumeRemoval> answer) override;
  // Resumes when nothing is under way.
  boost::asio::awaitable<void> stop();

 private:
  boost::asio::awaitable<bool> remove_one(std::string name, bool force);
  boost::asio::awaitable<api::VolumeRemoval> remove_unused(api::VolumeFilter filter);
  bool is_used(const std::string& name) const {
    return !engine_.containers().users_of(name).empty() ||
           engine_.context().claims.holder_of(core::Claims::Kind::volume, name);
  }

  core::Engine& engine_;
  async::TaskGroup tasks_;
};

}  // namespace stack::service
