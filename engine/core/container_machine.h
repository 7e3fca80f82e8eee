// The machine as containers use it: the real bodies of container_ports.h.
//
// Loop thread only; owned by Engine. What waits for a disk goes to the pool.
#pragma once

#include "engine/cdi/cdi_devices.h"
#include "engine/core/container_ports.h"
#include "engine/core/context.h"
#include "engine/core/volumes.h"

namespace stack::core {

class KernelGroups final : public ControlGroups {
 public:
  explicit KernelGroups(Context& context) : context_(context) {}
  void kill_all(const model::Container& container) noexcept override;
  void freeze(const model::Container& container, bool frozen) override;
  void limit(const model::Container& container, const model::Resources& limits) override;
  // Below each hierarchy.
  [[nodiscard]] std::string path(const model::Container& container) const;

 private:
  Context& context_;
};

class EngineFiles final : public ContainerFiles {
 public:
  EngineFiles(Context& context, const KernelGroups& groups) : context_(context), groups_(groups) {}
  void make_folder(const std::string& id) override;
  boost::asio::awaitable<void> check_log_files(const model::Container& container) override;
  std::filesystem::path socket(const std::string& id) const override { return context_.options.shim_socket(id); }
  std::optional<shim::ExitRecord> exit_record(const std::string& id) const override;
  void update_hosts(const model::Container& container, const std::vector<model::Endpoint>& before) noexcept override;
  void discard(const model::Container& container) override;

 private:
  boost::asio::awaitable<void> remove(std::filesystem::path folder, std::string group);

  Context& context_;
  const KernelGroups& groups_;
};

class StorePlanner final : public LaunchPlanner {
 public:
  StorePlanner(Context& context, const Volumes& volumes, cdi::CurrentDevices& devices)
      : context_(context), volumes_(volumes), devices_(devices) {}
  std::optional<model::Image> find_image(const std::string& name_or_id) const override;
  void check(const model::ContainerSpec& spec, const model::Image& image) const override;
  Planned plan_launch(const model::Container& container, const model::Image& image, model::LaunchNetwork network,
                      const Partners& partners) const override;
  sandbox::LaunchInput exec_base(const model::Container& container,
                                 const model::Container* network_owner) const override;
  UniqueFd plan_exec(const sandbox::LaunchInput& base, const sandbox::ExecInput& input,
                     std::int32_t container_pid) const override;

 private:
  Context& context_;
  const Volumes& volumes_;
  cdi::CurrentDevices& devices_;
};

class EngineVolumes final : public ContainerVolumes {
 public:
  EngineVolumes(Context& context, Volumes& volumes) : context_(context), volumes_(volumes) {}
  const model::Volume* find(const std::string& name) const override;
  void ensure(model::VolumeSpec spec) override { volumes_.ensure(std::move(spec)); }
  boost::asio::awaitable<void> remove(std::string name) override { return volumes_.remove(std::move(name)); }
  boost::asio::awaitable<std::vector<VolumeMounts::Lease>> mount(const model::Container& container) override;
  std::vector<VolumeMounts::Lease> adopt(const model::Container& container) override;
  boost::asio::awaitable<void> populate(const model::Container& container, const model::Image& image) override;

 private:
  [[nodiscard]] std::vector<model::Volume> with_options(const model::Container& container) const;

  Context& context_;
  Volumes& volumes_;
};

}  // namespace stack::core
