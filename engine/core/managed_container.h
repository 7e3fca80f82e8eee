// One container under the engine's care: its row, its shim, its process, its probes and its pending restart.
//
// Loop thread only; owned by Containers. Operations on one container are serialised: start, stop and remove wait for each other.
// Every change of the row goes to the store before it is told to anybody (design, section 5).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/async/event.h"
#include "base/async/mutex.h"
#include "base/error.h"
#include "base/model/container_state.h"
#include "engine/core/claims.h"
#include "engine/core/context.h"
#include "engine/core/exec_session.h"
#include "engine/core/shim_socket.h"
#include "engine/core/volume_mounts.h"
#include "engine/sandbox/launch_input.h"
#include "health/monitor.h"
#include "health/restart.h"
#include "netns/network.h"

namespace stack::core {

class ManagedContainer : public std::enable_shared_from_this<ManagedContainer> {
 public:
  // How the container finds what other parts own.
  struct Neighbours {
    std::function<std::optional<std::string>(const std::string& volume)> volume_path;
    std::function<std::optional<model::Volume>(const std::string& name)> volume;
    std::function<void()> network_changed;                                                      // a flush is due
    std::function<std::shared_ptr<ManagedContainer>(const std::string& id_or_name)> container;  // null: there is none
    VolumeMounts& mounts;
    health::Monitor& health;
  };
  static constexpr Nanos kDefaultGrace = std::chrono::seconds{10};
  static constexpr Nanos kKillWait = std::chrono::seconds{10};
  static constexpr Nanos kStartWait = std::chrono::seconds{60};

  ManagedContainer(Context& context, Neighbours neighbours, model::Container row);
  ~ManagedContainer();

  [[nodiscard]] const model::Container& row() const { return row_; }
  // Notified after every change of the row.
  async::Event& changed() { return changed_; }

  // Does nothing when it runs. Throws what made it fail; nothing of the attempt stays.
  boost::asio::awaitable<void> start();
  // Does nothing when it does not run. Stop signal, then SIGKILL after the grace period.
  boost::asio::awaitable<void> stop(std::optional<Nanos> grace);
  // Throws conflict when it does not run.
  void kill(int signal);
  enum class Purpose { user, probe };
  // Starts a process in it; throws conflict when the container does not run, what the shim reports, and unavailable when the
  // process is not there by `deadline`: what starts later is killed.
  boost::asio::awaitable<std::shared_ptr<ExecSession>> exec(const sandbox::ExecInput& input, Mono deadline,
                                                            Purpose purpose = Purpose::user);
  // For what the engine cannot handle: the container is killed and dead, with the reason; everything else goes on.
  void give_up(const std::string& reason) noexcept;
  // A probe has given its answer.
  void on_health(const health::Report& report) noexcept;
  void resize(std::uint32_t exec_number, std::uint16_t rows, std::uint16_t columns);

  // After a restart of the engine: takes over the shim that answers at the container's socket, or finds out how it ended.
  // `same_boot` false: everything that ran is lost.
  boost::asio::awaitable<void> recover(bool same_boot);
  // Gives up its name to a successor, or takes its own back.
  void rename(const std::string& name);
  // Its static addresses are given to nobody else by chance. For one that does not run.
  void expect_addresses();
  // Before it is destroyed: no timer, probe or connection is left.
  void abandon();
  // What release() and reserve() of the network know it by.
  [[nodiscard]] bool has_networks() const { return row_.spec.network_mode.empty() && !row_.spec.networks.empty(); }

 private:
  boost::asio::awaitable<void> launch(bool by_user);
  // Mounts the file systems of its volumes, for as long as it runs or is about to run again.
  boost::asio::awaitable<void> mount_volumes();
  // The same for one that runs on from the engine before this one.
  void adopt_volumes();
  [[nodiscard]] std::vector<model::Volume> volumes_with_options() const;
  boost::asio::awaitable<void> populate_volumes(const model::Image& image);
  sandbox::LaunchInput assemble(const model::Image& image, model::LaunchNetwork network);
  // The container whose network this one shares, or whose own it shares in turn; null when it is gone or has its own.
  [[nodiscard]] std::shared_ptr<ManagedContainer> network_owner() const;
  // A container whose namespaces this one joins may be between two runs, as all are that ended while no engine was there: its
  // restart is awaited, for kPartnerWait at most.
  boost::asio::awaitable<void> wait_for_partners();
  // Until it is restarting no more, or `deadline`.
  boost::asio::awaitable<void> wait_for_restart(Mono deadline);
  // The first process of the container that `mode` ("container:NAME") names, nothing for other modes. Throws conflict when
  // it does not run.
  [[nodiscard]] std::optional<std::int32_t> pid_of(const std::string& mode, const char* key) const;
  model::Image image() const;
  void reserve_network();
  void adopt_network();
  void reserve_ports(std::vector<model::PublishedPort> ports);
  [[nodiscard]] netns::EndpointRequest endpoint_request() const;
  void release_network();
  // Calls `work` for something that arrived from outside (a packet, a timer, a probe's answer). What it throws ends this container
  // and nothing else.
  void guarded(const char* event, const std::function<void()>& work) noexcept;
  void on_packet(shim::Received& received);
  void on_closed();
  void forget_shim();
  // Ends every process of the container, whoever their parent is now. A shim that is killed takes its container along only as long as
  // the program has not changed its rights: an AppArmor profile, a set-user-ID program and prctl(2) undo that.
  void kill_processes() const noexcept;
  bool take_exit_record();
  void on_running(shim::Received& received, Wall when);
  void on_exit(int wait_status, bool oom_killed, Wall when);
  void plan_restart(bool was_user_stop);
  boost::asio::awaitable<void> restart();
  void save(std::string action, std::map<std::string, std::string> attributes = {});
  struct Check {
    std::vector<std::string> argv;
    health::Settings settings;
  };
  void start_probes(const Check& check, bool resume);
  void set_readiness(netns::Readiness readiness);
  // What the health check runs, and how; nothing when there is none.
  [[nodiscard]] std::optional<Check> check() const;
  void stop_probes() { neighbours_.health.stop(row_.id); }

  Context& context_;
  Neighbours neighbours_;
  model::Container row_;
  async::Event changed_;
  async::Mutex mutex_;  // held by start, stop and restarts
  std::unique_ptr<ShimSocket> shim_;
  UniqueFd pidfd_;
  UniqueFd stdin_, terminal_;
  Claims::Claim image_claim_;
  std::vector<VolumeMounts::Lease> mounts_;
  std::optional<Error> launch_failure_;
  bool launching_ = false;
  bool network_shared_ = false;  // another container has joined its network namespace
  std::uint32_t next_exec_ = 1;
  std::map<std::uint32_t, std::weak_ptr<ExecSession>> execs_;
  std::map<std::uint32_t, std::optional<Error>> exec_failures_;
  std::unique_ptr<async::Alarm> restart_alarm_;
  health::RestartState restart_;
};

}  // namespace stack::core
