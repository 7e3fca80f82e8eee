// The engine: its containers, networks and volumes, and how it finds them again after it was killed or the machine was reset.
//
// Loop thread only; built by the daemon's main, which owns everything in Context.
#pragma once

#include <set>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "engine/core/container_machine.h"
#include "engine/core/containers.h"
#include "engine/core/kernel_shims.h"
#include "engine/core/log_watches.h"
#include "engine/core/networks.h"
#include "engine/core/volumes.h"
#include "engine/state/state_store.h"

namespace stack::core {

class Engine {
 public:
  explicit Engine(Context& context);

  // Reality wins: rows become what the shims, exit records and the kernel say, and what belongs to no row is removed. `same_boot`
  // is false when the machine was reset since the rows were written; then nothing runs any more.
  boost::asio::awaitable<void> recover(state::Snapshot snapshot, bool same_boot);
  // Nothing alive and nothing pending: an engine that was started on demand may leave.
  [[nodiscard]] bool idle() const;
  // The engine leaves: no probe, timer or connection is left. The containers run on.
  boost::asio::awaitable<void> stop();

  // Throws conflict while a container has the volume, or a running operation other than `by` is about to use it; not_found.
  boost::asio::awaitable<void> remove_volume(std::string name, std::string by = {});
  // The same for a network, whose containers only the network room knows: theirs is the conflict that it throws.
  void remove_network(const std::string& id, const std::string& name, const std::string& by = {});
  // The network "bridge" is created on first use: when a container has it, or somebody asks for it.
  void ensure_default_network();
  void ensure_network_of(const model::ContainerSpec& spec);

  Containers& containers() { return containers_; }
  Networks& networks() { return networks_; }
  Volumes& volumes() { return volumes_; }
  LogWatches& log_watches() { return log_watches_; }
  cdi::CurrentDevices& devices() { return devices_; }
  Context& context() { return context_; }

 private:
  [[nodiscard]] std::vector<model::Container> running_rows() const;
  void set_strangers_aside(const std::set<std::string>& unreadable);
  void sweep_folders();
  void sweep_cgroups(const std::set<std::string>& unreadable);

  Context& context_;
  LogWatches log_watches_;
  cdi::CurrentDevices devices_;
  Networks networks_;
  Volumes volumes_;
  KernelShims shims_;
  KernelGroups groups_;
  EngineFiles files_;
  StorePlanner planner_;
  EngineVolumes container_volumes_;
  ProbeSlots probe_slots_;
  ContainerContext container_context_;
  Containers containers_;
};

}  // namespace stack::core
