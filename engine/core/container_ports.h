// What containers need of the machine, so narrow that a simulation can be it: control groups, files, launch plans, volumes.
//
// Loop thread only; real bodies are in container_machine.h. Failures are thrown as stack::Error unless said otherwise.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/model/container_state.h"
#include "base/model/image_config.h"
#include "base/model/launch_network.h"
#include "base/model/volume_spec.h"
#include "base/unique_fd.h"
#include "engine/core/volume_mounts.h"
#include "engine/sandbox/launch_input.h"
#include "engine/shim/protocol.h"

namespace stack::core {

class ManagedContainer;

// The control group of a container, wherever its specification puts it.
class ControlGroups {
 public:
  virtual ~ControlGroups() = default;
  // Ends every process of the container, whoever their parent is now. A shim that is killed takes its container along only as long as
  // the program has not changed its rights: an AppArmor profile, a set-user-ID program and prctl(2) undo that.
  virtual void kill_all(const model::Container& container) noexcept = 0;
  virtual void freeze(const model::Container& container, bool frozen) = 0;
  // Writes what of the limits is set. Throws invalid for limits that contradict each other.
  virtual void limit(const model::Container& container, const model::Resources& limits) = 0;
};

// A container's folder below the engine's root, and its shim's socket.
class ContainerFiles {
 public:
  virtual ~ContainerFiles() = default;
  virtual void make_folder(const std::string& id) = 0;
  virtual std::filesystem::path socket(const std::string& id) const = 0;
  // Throws invalid for files of its log driver that no connection could be made with.
  virtual boost::asio::awaitable<void> check_log_files(const model::Container& container) = 0;
  // What the shim wrote at the end of the program; nothing when there is none.
  virtual std::optional<shim::ExitRecord> exit_record(const std::string& id) const = 0;
  // Its /etc/hosts follows a change of its addresses; a failure is logged.
  virtual void update_hosts(const model::Container& container, const std::vector<model::Endpoint>& before) noexcept = 0;
  // Everything is out of the way at once; what takes time is done meanwhile, by the next engine if need be.
  virtual void discard(const model::Container& container) = 0;
};

// From records to plans, by way of the image store.
class LaunchPlanner {
 public:
  virtual ~LaunchPlanner() = default;
  [[nodiscard]] virtual std::optional<model::Image> find_image(const std::string& name_or_id) const = 0;
  // Throws what no start could give to the container.
  virtual void check(const model::ContainerSpec& spec, const model::Image& image) const = 0;

  struct Partners {  // the containers whose namespaces it joins
    const model::Container* network_owner = nullptr;
    std::optional<std::int32_t> network_pid, pid_pid, ipc_pid;
    std::map<std::string, std::string> link_variables;  // what its own environment does not say
  };
  struct Planned {
    UniqueFd sealed;
    std::vector<std::string> command;
  };
  virtual Planned plan_launch(const model::Container& container, const model::Image& image,
                              model::LaunchNetwork network, const Partners& partners) const = 0;
  // What every further process of one run has in common. Reads neither mounts nor files of the host.
  [[nodiscard]] virtual sandbox::LaunchInput exec_base(const model::Container& container,
                                                       const model::Container* network_owner) const = 0;
  virtual UniqueFd plan_exec(const sandbox::LaunchInput& base, const sandbox::ExecInput& input,
                             std::int32_t container_pid) const = 0;
};

class ContainerVolumes {
 public:
  virtual ~ContainerVolumes() = default;
  [[nodiscard]] virtual const model::Volume* find(const std::string& name) const = 0;
  virtual void ensure(model::VolumeSpec spec) = 0;
  virtual boost::asio::awaitable<void> remove(std::string name) = 0;
  // Mounts the file systems of the container's volumes, for as long as the leases live.
  virtual boost::asio::awaitable<std::vector<VolumeMounts::Lease>> mount(const model::Container& container) = 0;
  // The same for one that runs on from the engine before this one.
  virtual std::vector<VolumeMounts::Lease> adopt(const model::Container& container) = 0;
  // Fills those that are empty with what the image has at their place.
  virtual boost::asio::awaitable<void> populate(const model::Container& container, const model::Image& image) = 0;
};

// Containers as one of them sees the others.
class ContainerDirectory {
 public:
  virtual ~ContainerDirectory() = default;
  [[nodiscard]] virtual std::shared_ptr<ManagedContainer> find(const std::string& id_or_name) const = 0;
  // The last act of a removal: its name is free, and its record is on the way out of the store.
  virtual void forget(const ManagedContainer& container) = 0;
  // Tells the network room's changes to the kernel at the end of this turn of the loop, all in one transaction.
  virtual void flush_soon() = 0;
};

}  // namespace stack::core
