// The life of a container as a table: (what its users want, where it is, what happened) -> (where it is next, what has to be done).
//
// Pure; any thread. The rules stand in container_lifecycle.cc, one a line, grouped by what happened; the first that fits counts, and for
// every combination there is one (tests/unit/core_lifecycle_test.cc walks them all). ManagedContainer plays the effects.
//
//   phase       meaning                                             shown as
//   recovering  a new engine looks for what the last one left       what the record says
//   created     it has never run                                    created
//   starting    volumes, addresses and shim are being made ready    what it was before
//   running     its program runs                                    running
//   paused      its processes are frozen                            paused
//   restarting  it has ended and waits for its alarm                restarting
//   stopping    it ends; with desired `up` it then starts again     what it was before
//   removing    it ends, then its files go                          what it was before
//   removed     nothing of it is left; for good
//   exited      it has run                                          exited
//   dead        the engine could not handle it                      dead
//
// Laws: after `removing` comes nothing but `removed`; only `running` becomes `paused`; nothing but a user's start leads from a
// container that users stopped to a start; what users want changes by their commands only.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace stack::core {

enum class Phase : std::uint8_t {
  recovering,
  created,
  starting,
  running,
  paused,
  restarting,
  stopping,
  removing,
  removed,
  exited,
  dead
};
inline constexpr int kPhases = 11;

// What users asked for last. A container that nobody has started yet counts as `up`: nothing holds its restart policy back.
enum class Desired : std::uint8_t { up, down, gone };

enum class Trigger : std::uint8_t {
  // commands
  start,
  stop,
  kill,       // SIGKILL: done when it has ended
  terminate,  // its stop signal, without a grace period
  signal,     // any other
  pause,
  unpause,
  restart,
  remove,
  rename,
  update,
  exec,
  resize,
  connect,     // to a network
  disconnect,  // from one
  // facts
  prepared,         // its volumes, addresses and launch plan are ready, and its record is stored
  launched,         // its program runs
  launch_failed,    // and nothing of the attempt is left but what the effects clear away
  launch_overdue,   // its shim does not answer
  exited,           // as the shim or the exit record says
  connection_lost,  // its shim is gone
  restart_due,
  grace_over,
  kill_overdue,  // SIGKILL did not end it
  probed,
  deleted,  // its files are
  adopted,  // recovery: a shim answers and its program runs
  lost,     // recovery: it ran, and nothing tells how it ended
  idle,     // recovery: it did not run
  broken    // the engine could not handle something of it
};
inline constexpr int kTriggers = 30;
inline constexpr int kCommands = 15;

// What decides between two rules of one trigger.
struct Guards {
  bool again = false;      // the restart policy starts it again; counts only while users want it up
  bool forced = false;     // remove: even if it runs
  bool never_ran = false;  // its record says "created"
  bool was_dead = false;   // its record says "dead"
  bool was_paused = false;
  bool was_known = false;  // its record says that this very program runs
  bool unplaced = false;   // its start could not be stored, so nobody knows which addresses it has
  bool dying = false;      // SIGKILL is sent and awaited
};

enum class Handling : std::uint8_t {
  now,      // done when the effects are
  later,    // a command that a phase to come answers: see outcome_of()
  wait,     // a command that is asked again in the next phase
  refused,  // a command that the phase does not allow
  ignored   // a fact that comes too late to matter
};

enum class Effect : std::uint8_t {
  // the start
  prepare,         // begin to make it ready; `prepared` or `launch_failed` follows
  cancel_launch,   // what is being made ready ends soon; the same follow, or `connection_lost`
  spawn,           // a shim gets the plan; `launched`, `launch_failed` or `connection_lost` follows
  count_from_one,  // a user's start forgets the restarts before it
  // its processes
  send_signal,
  send_stop_signal,
  send_kill,
  freeze,
  thaw,
  settle_freezer,  // frozen or not as the record says: the engine before may have been killed in between
  resize_terminal,
  apply_limits,
  end_session,  // a shim that lives may leave; what a dead one left is killed
  kill_processes,
  // alarms: a container waits for one thing at a time
  await_launch,
  await_cancel,
  await_grace,
  await_kill,
  await_restart,
  disarm,
  // its health and its traffic
  begin_probes,
  resume_probes,  // of a container that runs already: its health is known
  hold_probes,
  end_probes,
  route,  // new connections come, or do not, as the next phase and its health say
  release,
  join_network,  // in its namespace where it has one; and in its record
  leave_network,
  // its record: what follows is stored with it, and published
  note_start,
  note_failure,
  note_exit,
  note_lost,
  note_death,
  note_stopped,  // before it ran, or while it waited for its restart
  note_killed,   // the grace period was not enough
  note_pause,
  note_resume,
  note_probe,
  set_name,
  set_limits,
  store,  // the record alone
  tell_start,
  tell_stop,
  tell_die,
  tell_kill,
  tell_pause,
  tell_unpause,
  tell_rename,
  tell_update,
  tell_connect,
  tell_disconnect,
  // the end
  fail_stops,  // whoever waits for its end learns that it does not end
  delete_files
};

struct Transition {
  Phase phase{};
  Desired desired{};
  Handling handling{};
  std::span<const Effect> effects;
};

Transition next(Phase phase, Desired desired, Trigger trigger, const Guards& guards);

// Whether a command that was to be answered later is done, has failed or goes on, now that the container is in `phase`.
enum class Outcome : std::uint8_t { open, met, missed };
Outcome outcome_of(Trigger command, Phase phase);

std::string_view to_string(Phase phase);
std::string_view to_string(Trigger trigger);
// How a refusal names the phase: "is not running".
std::string_view predicate_of(Phase phase);

// For the test of the table: the place of the rule that counts; -1 when there is none.
int rule_of(Phase phase, Desired desired, Trigger trigger, const Guards& guards);
int rule_count();

}  // namespace stack::core
