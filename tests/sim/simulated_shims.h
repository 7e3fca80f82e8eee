// Simulated shims: what engine/shim does, as far as an engine can see it, with everything that can go wrong.
#pragma once

#include <list>

#include "tests/sim/simulated_machine.h"

namespace stack::sim {

class SimulatedShims final : public core::Shims {
 public:
  explicit SimulatedShims(SimulatedMachine& machine) : machine_(machine) {}
  std::unique_ptr<core::ShimLink> spawn() override;
  std::unique_ptr<core::ShimLink> connect(const std::filesystem::path& socket) override;
  core::Process hold(std::int32_t pid) override { return {.pid = pid, .pidfd = {}}; }
  sys::Status signal(const core::Process& process, int signal) noexcept override;
  bool has_ended(const core::Process& process) const noexcept override {
    return !machine_.programs.contains(process.pid);
  }

  // The plan of a container's launch, as a descriptor that the shim knows again.
  UniqueFd plan(const std::string& container);
  std::optional<shim::ExitRecord> record(const std::string& container) const;
  void forget_records(const std::string& container) { records_.erase(container); }
  void kill_programs_of(const std::string& container);
  void freeze(const std::string& container, bool frozen);
  void kill_some();
  void hang_some();
  void reboot();
  [[nodiscard]] std::size_t alive() const;

 private:
  class Link;
  struct Exec {
    std::uint32_t number = 0;
  };
  struct Shim {
    std::string container;
    enum class Phase { empty, launching, running, over, gone } phase = Phase::empty;
    bool hangs = false;
    std::int32_t pid = 0;
    int wait_status = 0;
    Wall started{}, ended{};
    Link* link = nullptr;
    std::map<std::int32_t, Exec> execs;  // by process
  };
  using Owned = std::shared_ptr<Shim>;

  void launch(const Owned& shim, const std::string& container);
  void tell(const Owned& shim, shim::Packet packet);
  void end_program(std::int32_t pid, int wait_status);
  void leave(const Owned& shim);
  void on_packet(const Owned& shim, const shim::Packet& packet, int plan);
  void start_exec(const Owned& shim, std::uint32_t number);
  void live(const Owned& shim);
  [[nodiscard]] Owned some(bool running);

  SimulatedMachine& machine_;
  std::list<Owned> shims_;
  std::map<int, std::string> plans_;  // by descriptor
  std::map<std::string, shim::ExitRecord> records_;
  std::int32_t last_pid_ = 0;
};

}  // namespace stack::sim
