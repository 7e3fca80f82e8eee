// One container under the engine's care: its record, its inbox, its shim's session, its probes.
//
// Everything that happens to it, commands of users and facts from the machine, goes through one inbox, in order; container_lifecycle.h says
// what follows, and this class plays it. Loop thread only; owned by Containers.
//
// A command is answered when its effect is complete and the batch with its change is in the store (state_writer.h): what is answered
// as done survives a kill of the engine, and a power cut may take the last moment back. When the store refuses the batch, the answer
// does not wait for it: what has happened has happened, and the batch is kept. Events are published as things happen, before they are
// stored. Nothing is launched whose record is not in the store.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/async/event.h"
#include "base/error.h"
#include "base/model/container_state.h"
#include "base/model/engine_event.h"
#include "engine/core/claims.h"
#include "engine/core/container_context.h"
#include "engine/core/container_lifecycle.h"
#include "engine/core/container_message.h"
#include "engine/core/container_network.h"
#include "engine/core/exec_session.h"
#include "engine/core/probe_loop.h"
#include "engine/core/shim_session.h"
#include "engine/sandbox/launch_input.h"
#include "health/restart.h"

namespace stack::core {

class ManagedContainer final : public std::enable_shared_from_this<ManagedContainer>,
                               private ShimSession::Owner,
                               private ProbeLoop::Owner {
 public:
  static constexpr Nanos kDefaultGrace = std::chrono::seconds{10};
  static constexpr Nanos kKillWait = std::chrono::seconds{10};  // for SIGKILL, or for a launch that is cancelled
  static constexpr Nanos kStartWait = std::chrono::seconds{60};
  static constexpr Nanos kWithoutEnd = std::chrono::hours{24 * 365 * 100};

  ManagedContainer(ContainerContext& context, ContainerDirectory& directory, model::Container record);
  ~ManagedContainer() override;

  [[nodiscard]] const model::Container& row() const { return record_; }
  [[nodiscard]] Phase phase() const { return phase_; }
  // Notified after every change of the record or the phase.
  async::Event& changed() { return changed_; }

  // --- commands: each throws conflict when the phase does not allow it ---
  // Does nothing when it runs. Throws what made it fail; nothing of the attempt stays.
  boost::asio::awaitable<void> start();
  // Does nothing when it does not run. Stop signal, then SIGKILL after the grace period; a start under way is ended. The earliest of
  // several grace periods counts. `signal` takes the place of its stop signal; 0: does not.
  boost::asio::awaitable<void> stop(std::optional<Nanos> grace, int signal = 0);
  boost::asio::awaitable<void> restart(std::optional<Nanos> grace, int signal = 0);
  // Its processes, files and record are gone then. With `force`, also when it runs.
  boost::asio::awaitable<void> remove(bool force);
  // `to_read`: nobody asked for it, and the next engine lets it continue when this one is killed.
  boost::asio::awaitable<void> pause(bool to_read = false);
  boost::asio::awaitable<void> unpause();
  // Limits of a container that runs change at once. Throws at once for limits that no start could give to it.
  boost::asio::awaitable<void> update(ContainerUpdate change);
  // One more network, or one less; at once for one that runs, else with its next start. Throws conflict when it has the network already,
  // or does not have it, or another one's network; and what the network room refuses.
  boost::asio::awaitable<void> connect(NetworkChange change);
  boost::asio::awaitable<void> disconnect(NetworkChange change);
  // SIGKILL is done when the container has ended, any other signal when it is sent. With SIGKILL or its stop signal the restart policy
  // rests.
  boost::asio::awaitable<void> kill(int signal);
  // Is done when it returns, and stored soon.
  void rename(const std::string& name);
  // An event about it that leaves its record as it is: a client attached, or copied something. `attributes` come before its labels.
  void announce(std::string action, std::map<std::string, std::string> attributes = {});
  // Its standard input, or its terminal, for a client that attaches; invalid when it has none, or does not run.
  [[nodiscard]] UniqueFd input_for_client() const;
  // Its standard input ends, whoever else is attached.
  void close_input();
  void resize(std::uint16_t rows, std::uint16_t columns);  // of its program's terminal

  using Purpose = ShimSession::Purpose;
  // Starts a process in it; throws what the shim reports, and unavailable when the process is not there by `deadline`, whether or
  // not the shim answers: what starts later is killed.
  boost::asio::awaitable<std::shared_ptr<ExecSession>> exec(sandbox::ExecInput input, Mono deadline,
                                                            Purpose purpose = Purpose::user);
  // Of a process that an engine before this one started: its exit code, once the shim has told it.
  [[nodiscard]] std::optional<int> stray_exit(std::int32_t pid) const {
    return session_ ? session_->stray_exit(pid) : std::nullopt;
  }

  // --- its files, for others than its processes (container_access.cc) ---
  struct Access {
    std::int32_t pid = 0;  // of its first process; 0: it does not run, and its file systems are put together
    std::vector<VolumeMounts::Lease> mounts;  // of volumes that mount a file system, while it does not run
    std::shared_ptr<void> hold;  // while it lives, the container does not start; null unless something is changed
    std::shared_ptr<const Claims::Claim> images;  // its layers stay, also when it is removed meanwhile
  };
  // Waits while it starts or ends. Its volumes are mounted and filled as its start would have them. Throws conflict when it is removed.
  boost::asio::awaitable<Access> access(bool change);

  // --- for the engine ---
  // For what the engine cannot handle: the container is killed and dead, with the reason; everything else goes on.
  void give_up(const std::string& reason) noexcept;
  // After a restart of the engine: takes over the shim that answers at the container's socket, or finds out how it ended.
  // `same_boot` false: everything that ran is lost.
  boost::asio::awaitable<void> recover(bool same_boot);
  // Its static addresses are given to nobody else by chance. For one that does not run.
  void expect_addresses() { network_.expect(); }
  // Before it is destroyed: no timer, probe or connection is left, and whoever waits is told that the engine leaves. The container
  // runs on.
  void abandon();

 private:
  // --- inbox (managed_container.cc) ---
  void post(Message message) noexcept;
  void handle(Message& message);
  void want(Desired desired);
  void enter(Phase phase);
  void answer_open(const Message& message, Phase from);
  void could_not_handle(Trigger trigger, const std::string& why) noexcept;
  boost::asio::awaitable<void> ask(Trigger command, decltype(Message::content) content = {});
  static boost::asio::awaitable<void> asked(std::shared_ptr<ManagedContainer> self, Trigger command,
                                            decltype(Message::content) content);
  static boost::asio::awaitable<void> restarted(std::shared_ptr<ManagedContainer> self, Grace how);
  void ask_now(Trigger command, decltype(Message::content) content);
  [[nodiscard]] Guards guards_of(Message& message);
  [[nodiscard]] health::RestartDecision decision_after(int exit_code, Nanos ran) const;
  [[nodiscard]] Error refusal(Trigger command) const;
  [[nodiscard]] Error missed(const Message& message, Phase from) const;

  // --- effects (container_effects.cc) ---
  void play(Effect effect, Message& message, Phase to);
  void play_on_processes(Effect effect, Message& message);
  void settle_freezer(bool frozen);
  void play_alarm(Effect effect, const Message& message);
  void play_on_record(Effect effect, Message& message);
  void tell(Effect effect, const Message& message);
  void change_network(Effect effect, const NetworkChange& change);
  void tell_network(const char* action, const NetworkChange& change);
  void arm(Trigger alarm, Nanos pause);
  void await_grace(const Message& message);
  void save(std::string action, std::map<std::string, std::string> attributes = {});
  [[nodiscard]] model::Event event_of(std::string action, std::map<std::string, std::string> attributes) const;
  // To whoever listens, and to the store; `record`: in front of them what it is now.
  void publish(std::vector<model::Event> events, bool record = false);
  // Its networks and volumes learn that it has come, or that it goes: once each per run.
  void tell_arrival();
  void tell_departure();
  void route(Phase phase);
  void release();
  void fail_stops();
  void note_probe(const ProbeLoop::Report& report);
  void send(int signal);
  [[nodiscard]] Nanos grace_of(const Message& message) const;
  [[nodiscard]] int stop_signal() const;
  [[nodiscard]] int stop_signal(const Message& message) const;

  // --- start (container_start.cc) ---
  boost::asio::awaitable<void> wait_for_files(std::uint32_t launch);  // container_access.cc
  boost::asio::awaitable<void> prepare(std::uint32_t launch);
  boost::asio::awaitable<UniqueFd> make_ready(std::uint32_t launch);
  void check_wanted(std::uint32_t launch) const;
  void note_plan(const model::Image& image, std::vector<std::string> command);
  void spawn(Message& message);
  [[nodiscard]] model::Image image() const;

  // --- the containers whose namespaces it joins (partners.cc) ---
  // One may be between two runs, as all are that ended while no engine was there: its restart is awaited, for kPartnerWait at most.
  boost::asio::awaitable<void> wait_for_partners(std::uint32_t launch);
  [[nodiscard]] LaunchPlanner::Partners partners() const;
  // Of the containers that it links to; one that does not run is left out, or, with `all`, refused with conflict.
  [[nodiscard]] std::map<std::string, std::string> link_variables(bool all) const;
  // The container whose network this one shares, or whose own it shares in turn; null when it is gone or has its own.
  [[nodiscard]] std::shared_ptr<ManagedContainer> network_owner() const;
  // The first process of the container that `mode` ("container:NAME") names, nothing for other modes. Throws conflict when
  // it does not run.
  [[nodiscard]] std::optional<std::int32_t> pid_of(const std::string& mode, const char* key) const;

  // --- further processes, health (container_exec.cc) ---
  [[nodiscard]] const sandbox::LaunchInput& exec_base();
  // What the health check runs, and how; nothing when there is none.
  [[nodiscard]] std::optional<ProbeLoop::Check> check() const;
  void begin_probes(bool known);
  boost::asio::awaitable<health::ProbeOutcome> run_probe(ProbeLoop::Run run) override;
  void on_probe(const ProbeLoop::Report& report) noexcept override;

  // --- the session's words (container_facts.cc) ---
  void on_launched(ShimSession::Launched launched) noexcept override;
  void on_failed(Error why) noexcept override;
  void on_exited(ShimSession::Exit exit) noexcept override;
  void on_lost() noexcept override;
  // Calls `work` for something that arrived from outside. What it throws ends this container and nothing else.
  void guarded(const char* what, const std::function<void()>& work) noexcept;
  // What the shim wrote at the end of a run of which the record does not tell.
  [[nodiscard]] std::optional<ShimSession::Exit> recorded_exit();
  boost::asio::awaitable<void> adopt();
  void find_out(bool same_boot, bool was_alive);

  ContainerContext& context_;
  ContainerDirectory& directory_;
  model::Container record_;
  Phase phase_;
  Desired desired_;
  async::Event changed_;
  ContainerNetwork network_;

  bool busy_ = false;  // a message is being handled: what comes meanwhile queues
  bool left_ = false;  // abandoned
  // Its networks and volumes know of its run.
  bool present_ = record_.state.status == model::Status::running || record_.state.status == model::Status::paused;
  std::list<Message> inbox_;
  std::list<Message> waiting_;  // commands for the next phase
  struct Open {
    Trigger command;
    std::shared_ptr<Ticket> ticket;
  };
  std::vector<Open> open_;  // commands that a phase to come answers

  std::unique_ptr<ShimSession> session_;
  std::unique_ptr<async::Alarm> alarm_;
  Trigger awaited_{};  // what the alarm stands for
  Mono alarm_time_{};
  Nanos grace_{};  // of the stop under way
  struct Launch {
    std::uint32_t number = 0;
    Wall begun{};            // in front of all that its program does and writes
    bool by_policy = false;  // its failure counts as an exit
    bool cancelled = false;
  };
  Launch launch_;
  std::function<void()> end_wait_;  // for a partner
  health::RestartState restarts_;
  health::RestartDecision decision_;  // of the message under way

  std::shared_ptr<ProbeLoop> probes_;
  std::optional<sandbox::LaunchInput> exec_base_;     // of this run, once asked for
  std::shared_ptr<const Claims::Claim> image_claim_;  // null once it is removed
  std::vector<VolumeMounts::Lease> mounts_;
  int holds_ = 0;  // of its files
};

}  // namespace stack::core
