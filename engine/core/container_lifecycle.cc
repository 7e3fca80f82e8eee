#include "engine/core/container_lifecycle.h"

#include <array>
#include <initializer_list>
#include <iterator>

namespace stack::core {

namespace {

using enum Phase;
using D = Desired;
using T = Trigger;
using H = Handling;
using E = Effect;

enum class When : std::uint8_t {
  always,
  again,
  wanted_up,
  forced,
  never_ran,
  was_dead,
  was_paused,
  was_known,
  unplaced,
  dying
};

struct Set {
  std::uint16_t bits = 0;
};
constexpr Set in(std::initializer_list<Phase> phases) {
  Set set;
  for (const Phase phase : phases) set.bits = static_cast<std::uint16_t>(set.bits | 1U << static_cast<unsigned>(phase));
  return set;
}
constexpr Set kAny{(1U << kPhases) - 1};

// Where the phase or what users want stays as it is.
constexpr std::uint8_t kSame = 0xff;
struct Place {
  constexpr Place(Phase phase) : value(static_cast<std::uint8_t>(phase)) {}
  constexpr Place(std::uint8_t same) : value(same) {}
  std::uint8_t value;
};
struct Want {
  constexpr Want(Desired desired) : value(static_cast<std::uint8_t>(desired)) {}
  constexpr Want(std::uint8_t same) : value(same) {}
  std::uint8_t value;
};

constexpr std::size_t kEffectsMax = 9;
struct Rule {
  constexpr Rule(Trigger on, Set from, When guard, Place to, Want wants, Handling how,
                 std::initializer_list<Effect> what = {})
      : trigger(on), phases(from), when(guard), phase(to), desired(wants), handling(how), count(what.size()) {
    std::size_t i = 0;
    for (const Effect effect : what) effects.at(i++) = effect;  // one too many does not compile
  }
  Trigger trigger;
  Set phases;
  When when;
  Place phase;
  Want desired;
  Handling handling;
  std::size_t count;
  std::array<Effect, kEffectsMax> effects{};
};

constexpr When kAlways = When::always;
constexpr Set kDown = in({created, exited, dead});
constexpr Set kGone = in({removing, removed});

// clang-format off
constexpr Rule kRules[] = {
    // --- commands ----------------------------------------------------------------------------------------------------
    {T::start, in({recovering}),        kAlways, kSame,    kSame, H::wait},
    {T::start, kDown,                   kAlways, starting, D::up, H::later, {E::count_from_one, E::prepare}},
    {T::start, in({restarting}),        kAlways, starting, D::up, H::later, {E::disarm, E::count_from_one, E::prepare}},
    {T::start, in({starting, stopping}),kAlways, kSame,    D::up, H::later},
    {T::start, in({running}),           kAlways, kSame,    D::up, H::now, {E::store}},
    {T::start, kAny,                    kAlways, kSame,    kSame, H::refused},

    {T::stop, in({recovering}),         kAlways, kSame,    kSame,   H::wait},
    {T::stop, kDown,                    kAlways, kSame,    D::down, H::now, {E::store}},
    {T::stop, in({starting}),           kAlways, stopping, D::down, H::later, {E::store, E::cancel_launch, E::await_cancel}},
    {T::stop, in({running}),            kAlways, stopping, D::down, H::later,
     {E::store, E::route, E::end_probes, E::send_stop_signal, E::await_grace}},
    {T::stop, in({paused}),             kAlways, stopping, D::down, H::later,
     {E::route, E::end_probes, E::send_stop_signal, E::thaw, E::note_resume, E::tell_unpause, E::await_grace}},
    {T::stop, in({restarting}),         kAlways, exited,   D::down, H::now, {E::disarm, E::release, E::note_stopped, E::tell_stop}},
    {T::stop, in({stopping}),           kAlways, kSame,    D::down, H::later, {E::store, E::await_grace}},
    {T::stop, in({removing}),           kAlways, kSame,    kSame,   H::later},
    {T::stop, in({removed}),            kAlways, kSame,    kSame,   H::now},

    {T::kill, in({recovering}),         kAlways, kSame,    kSame,   H::wait},
    {T::kill, in({running, stopping}),  kAlways, kSame,    D::down, H::later, {E::send_signal, E::tell_kill, E::await_kill}},
    {T::kill, in({paused}),             kAlways, running,  D::down, H::later,
     {E::send_signal, E::thaw, E::note_resume, E::resume_probes, E::route, E::tell_kill, E::await_kill}},
    {T::kill, in({restarting}),         kAlways, exited,   D::down, H::now, {E::disarm, E::release, E::note_stopped, E::tell_kill}},
    {T::kill, in({removing}),           kAlways, kSame,    kSame,   H::later},
    {T::kill, kAny,                     kAlways, kSame,    kSame,   H::refused},

    {T::terminate, in({recovering}),        kAlways, kSame,   kSame,   H::wait},
    {T::terminate, in({running, stopping}), kAlways, kSame,   D::down, H::now, {E::send_signal, E::tell_kill}},
    {T::terminate, in({paused}),            kAlways, running, D::down, H::now,
     {E::send_signal, E::thaw, E::note_resume, E::resume_probes, E::route, E::tell_kill}},
    {T::terminate, in({restarting}),        kAlways, exited,  D::down, H::now, {E::disarm, E::release, E::note_stopped, E::tell_kill}},
    {T::terminate, kAny,                    kAlways, kSame,   kSame,   H::refused},

    {T::signal, in({recovering}),                kAlways, kSame, kSame, H::wait},
    {T::signal, in({running, paused, stopping}), kAlways, kSame, kSame, H::now, {E::send_signal, E::tell_kill}},
    {T::signal, kAny,                            kAlways, kSame, kSame, H::refused},

    {T::pause, in({recovering, starting}), kAlways, kSame,  kSame, H::wait},
    {T::pause, in({running}),         When::dying,  kSame,  kSame, H::refused},  // frozen it would not die
    {T::pause, in({running}),              kAlways, paused, kSame, H::now,
     {E::freeze, E::hold_probes, E::note_pause, E::route, E::tell_pause}},
    {T::pause, kAny,                       kAlways, kSame,  kSame, H::refused},

    {T::unpause, in({recovering}), kAlways, kSame,   kSame, H::wait},
    {T::unpause, in({paused}),     kAlways, running, kSame, H::now,
     {E::thaw, E::note_resume, E::resume_probes, E::route, E::tell_unpause}},
    {T::unpause, kAny,             kAlways, kSame,   kSame, H::refused},

    {T::restart, in({recovering}),           kAlways, kSame,    kSame, H::wait},
    {T::restart, in({starting}),             kAlways, kSame,    D::up, H::later},  // as fresh as a restart would make it
    {T::restart, kDown,                      kAlways, starting, D::up, H::later, {E::count_from_one, E::prepare}},
    {T::restart, in({restarting}),           kAlways, starting, D::up, H::later, {E::disarm, E::count_from_one, E::prepare}},
    {T::restart, in({running}),              kAlways, stopping, D::up, H::later,
     {E::store, E::route, E::end_probes, E::send_stop_signal, E::await_grace}},
    {T::restart, in({paused}),               kAlways, stopping, D::up, H::later,
     {E::route, E::end_probes, E::send_stop_signal, E::thaw, E::note_resume, E::tell_unpause, E::await_grace}},
    {T::restart, in({stopping}),             kAlways, kSame,    D::up, H::later, {E::await_grace}},
    {T::restart, kAny,                       kAlways, kSame,    kSame, H::refused},

    {T::remove, in({recovering}),      kAlways,      kSame,    kSame,   H::wait},
    {T::remove, kDown,                 kAlways,      removing, D::gone, H::later, {E::release, E::delete_files}},
    {T::remove, in({restarting}),      When::forced, removing, D::gone, H::later, {E::disarm, E::release, E::delete_files}},
    {T::remove, in({starting}),        When::forced, removing, D::gone, H::later, {E::cancel_launch, E::await_cancel}},
    {T::remove, in({running}),         When::forced, removing, D::gone, H::later, {E::route, E::end_probes, E::send_kill, E::await_kill}},
    {T::remove, in({paused}),          When::forced, removing, D::gone, H::later,
     {E::route, E::end_probes, E::send_kill, E::thaw, E::note_resume, E::store, E::await_kill}},
    {T::remove, in({stopping}),        When::forced, removing, D::gone, H::later, {E::send_kill, E::await_kill}},
    {T::remove, in({starting, stopping}), kAlways,   kSame,    kSame,   H::wait},
    {T::remove, in({removing}),        kAlways,      kSame,    kSame,   H::later, {E::send_kill, E::await_kill}},
    {T::remove, in({removed}),         kAlways,      kSame,    kSame,   H::now},
    {T::remove, kAny,                  kAlways,      kSame,    kSame,   H::refused},

    {T::rename, in({recovering}), kAlways, kSame, kSame, H::wait},
    {T::rename, kGone,            kAlways, kSame, kSame, H::refused},
    {T::rename, kAny,             kAlways, kSame, kSame, H::now, {E::set_name, E::tell_rename}},

    {T::update, in({recovering, starting}),      kAlways, kSame, kSame, H::wait},
    {T::update, in({running, paused, stopping}), kAlways, kSame, kSame, H::now, {E::apply_limits, E::set_limits, E::tell_update}},
    {T::update, kGone,                           kAlways, kSame, kSame, H::refused},
    {T::update, kAny,                            kAlways, kSame, kSame, H::now, {E::set_limits, E::tell_update}},

    {T::exec, in({recovering}),        kAlways, kSame, kSame, H::wait},
    {T::exec, in({running, stopping}), kAlways, kSame, kSame, H::now},
    {T::exec, kAny,                    kAlways, kSame, kSame, H::refused},

    {T::resize, in({recovering}),                kAlways, kSame, kSame, H::wait},
    {T::resize, in({running, paused, stopping}), kAlways, kSame, kSame, H::now, {E::resize_terminal}},
    {T::resize, kAny,                            kAlways, kSame, kSame, H::refused},

    {T::connect, in({recovering, starting, stopping}),    kAlways, kSame, kSame, H::wait},
    {T::connect, in({running, paused, restarting}),       kAlways, kSame, kSame, H::now,
     {E::join_network, E::route, E::tell_connect}},
    {T::connect, kDown,                                   kAlways, kSame, kSame, H::now, {E::join_network, E::store}},
    {T::connect, kAny,                                    kAlways, kSame, kSame, H::refused},

    {T::disconnect, in({recovering, starting, stopping}), kAlways, kSame, kSame, H::wait},
    {T::disconnect, in({running, paused, restarting}),    kAlways, kSame, kSame, H::now,
     {E::leave_network, E::route, E::tell_disconnect}},
    {T::disconnect, kDown,                                kAlways, kSame, kSame, H::now, {E::leave_network, E::tell_disconnect}},
    {T::disconnect, kAny,                                 kAlways, kSame, kSame, H::refused},

    // --- the start ---------------------------------------------------------------------------------------------------
    {T::prepared, in({starting}), kAlways,         kSame,    kSame, H::now, {E::spawn, E::await_launch}},
    {T::prepared, in({stopping}), When::wanted_up, starting, kSame, H::now, {E::disarm, E::spawn, E::await_launch}},
    {T::prepared, in({stopping}), kAlways,         exited,   kSame, H::now, {E::disarm, E::release, E::note_stopped, E::tell_stop}},
    {T::prepared, in({removing}), kAlways,         kSame,    kSame, H::now, {E::disarm, E::release, E::delete_files}},
    {T::prepared, in({dead}),     kAlways,         kSame,    kSame, H::now, {E::release}},
    {T::prepared, kAny,           kAlways,         kSame,    kSame, H::ignored},

    {T::launched, in({starting}), kAlways, running, kSame, H::now,
     {E::disarm, E::note_start, E::tell_start, E::route, E::begin_probes}},
    {T::launched, in({stopping, removing}), kAlways, kSame, kSame, H::now,
     {E::disarm, E::note_start, E::tell_start, E::send_kill, E::await_kill}},
    {T::launched, kAny,           kAlways, kSame,   kSame, H::ignored},

    {T::launch_failed, in({starting}), When::again,     restarting, kSame, H::now,
     {E::disarm, E::end_session, E::release, E::note_failure, E::await_restart, E::store}},
    {T::launch_failed, in({starting}), When::never_ran, created,    kSame, H::now,
     {E::disarm, E::end_session, E::release, E::note_failure, E::store}},
    {T::launch_failed, in({starting}), kAlways,         exited,     kSame, H::now,
     {E::disarm, E::end_session, E::release, E::note_failure, E::store}},
    {T::launch_failed, in({stopping}), When::wanted_up, starting,   kSame, H::now,
     {E::disarm, E::end_session, E::release, E::count_from_one, E::prepare}},
    {T::launch_failed, in({stopping}), kAlways,         exited,     kSame, H::now,
     {E::disarm, E::end_session, E::release, E::note_stopped, E::tell_stop}},
    {T::launch_failed, in({removing}), kAlways,         kSame,      kSame, H::now,
     {E::disarm, E::end_session, E::release, E::delete_files}},
    {T::launch_failed, in({recovering}), kAlways,       kSame,      kSame, H::now, {E::disarm, E::end_session}},
    {T::launch_failed, kAny,           kAlways,         kSame,      kSame, H::ignored},

    {T::launch_overdue, in({starting}), When::again,     restarting, kSame, H::now,
     {E::end_session, E::kill_processes, E::release, E::note_failure, E::await_restart, E::store}},
    {T::launch_overdue, in({starting}), When::never_ran, created,    kSame, H::now,
     {E::end_session, E::kill_processes, E::release, E::note_failure, E::store}},
    {T::launch_overdue, in({starting}), kAlways,         exited,     kSame, H::now,
     {E::end_session, E::kill_processes, E::release, E::note_failure, E::store}},
    {T::launch_overdue, in({stopping}), When::wanted_up, starting,   kSame, H::now,
     {E::end_session, E::kill_processes, E::release, E::count_from_one, E::prepare}},
    {T::launch_overdue, in({stopping}), kAlways,         exited,     kSame, H::now,
     {E::end_session, E::kill_processes, E::release, E::note_stopped, E::tell_stop}},
    {T::launch_overdue, in({removing}), kAlways,         kSame,      kSame, H::now,
     {E::end_session, E::kill_processes, E::release, E::delete_files}},
    {T::launch_overdue, in({recovering}), kAlways,       kSame,      kSame, H::now, {E::end_session, E::kill_processes}},
    {T::launch_overdue, kAny,           kAlways,         kSame,      kSame, H::ignored},

    // --- the end: here a restart is decided. `again` is the word of the restart policy (health/restart.h) ---------------
    {T::exited, in({running, paused, recovering}), When::again, restarting, kSame, H::now,
     {E::end_probes, E::end_session, E::note_exit, E::await_restart, E::route, E::tell_die}},
    {T::exited, in({running, paused, recovering}), kAlways,     exited,     kSame, H::now,
     {E::disarm, E::end_probes, E::end_session, E::note_exit, E::release, E::tell_die}},
    {T::exited, in({stopping}), When::wanted_up, starting, kSame, H::now,
     {E::disarm, E::end_session, E::note_exit, E::release, E::tell_die, E::tell_stop, E::count_from_one, E::prepare}},
    {T::exited, in({stopping}), kAlways,         exited,   kSame, H::now,
     {E::disarm, E::end_session, E::note_exit, E::release, E::tell_die, E::tell_stop}},
    {T::exited, in({removing}), kAlways,         kSame,    kSame, H::now,
     {E::disarm, E::end_session, E::note_exit, E::release, E::tell_die, E::delete_files}},
    {T::exited, in({dead}),     kAlways,         kSame,    kSame, H::now, {E::end_session}},
    {T::exited, kAny,           kAlways,         kSame,    kSame, H::ignored},

    {T::connection_lost, in({running, paused}), When::again, restarting, kSame, H::now,
     {E::end_probes, E::end_session, E::kill_processes, E::note_exit, E::await_restart, E::route, E::tell_die}},
    {T::connection_lost, in({running, paused}), kAlways,     exited,     kSame, H::now,
     {E::disarm, E::end_probes, E::end_session, E::kill_processes, E::note_exit, E::release, E::tell_die}},
    {T::connection_lost, in({stopping}), When::wanted_up, starting, kSame, H::now,
     {E::disarm, E::end_session, E::kill_processes, E::note_exit, E::release, E::tell_die, E::tell_stop, E::count_from_one, E::prepare}},
    {T::connection_lost, in({stopping}), kAlways,         exited,   kSame, H::now,
     {E::disarm, E::end_session, E::kill_processes, E::note_exit, E::release, E::tell_die, E::tell_stop}},
    {T::connection_lost, in({removing}), kAlways,         kSame,    kSame, H::now,
     {E::disarm, E::end_session, E::kill_processes, E::note_exit, E::release, E::tell_die, E::delete_files}},
    {T::connection_lost, in({dead, recovering}), kAlways, kSame,    kSame, H::now, {E::disarm, E::end_session, E::kill_processes}},
    {T::connection_lost, kAny,           kAlways,         kSame,    kSame, H::ignored},

    // --- alarms and probes -------------------------------------------------------------------------------------------
    {T::restart_due, in({restarting}), kAlways, starting, kSame, H::now, {E::prepare}},
    {T::restart_due, kAny,             kAlways, kSame,    kSame, H::ignored},

    {T::grace_over, in({stopping}), kAlways, kSame, kSame, H::now, {E::note_killed, E::send_kill, E::await_kill}},
    {T::grace_over, kAny,           kAlways, kSame, kSame, H::ignored},

    {T::kill_overdue, in({running}),  kAlways, kSame,   kSame,   H::now, {E::disarm, E::fail_stops}},
    {T::kill_overdue, in({stopping}), kAlways, running, kSame,   H::now, {E::disarm, E::fail_stops, E::store}},
    {T::kill_overdue, in({removing}), kAlways, kSame,   kSame,   H::now, {E::fail_stops, E::send_kill, E::await_kill}},
    {T::kill_overdue, kAny,           kAlways, kSame,   kSame,   H::ignored},

    {T::probed, in({running}), kAlways, kSame, kSame, H::now, {E::note_probe}},
    {T::probed, kAny,          kAlways, kSame, kSame, H::ignored},

    {T::deleted, in({removing}), kAlways, removed, kSame, H::now},
    {T::deleted, kAny,           kAlways, kSame,   kSame, H::ignored},

    // --- recovery ----------------------------------------------------------------------------------------------------
    {T::adopted, in({recovering}), When::was_dead,   dead,    kSame, H::now, {E::disarm, E::kill_processes, E::end_session}},
    // Its addresses may be another's by now. It ends, and the restart policy decides.
    {T::adopted, in({recovering}), When::unplaced,   kSame,  kSame, H::now, {E::kill_processes}},
    {T::adopted, in({recovering}), When::was_paused, paused,  kSame, H::now, {E::disarm, E::settle_freezer, E::route}},
    {T::adopted, in({recovering}), When::was_known,  running, kSame, H::now, {E::disarm, E::settle_freezer, E::route, E::resume_probes}},
    {T::adopted, in({recovering}), kAlways,          running, kSame, H::now,
     {E::disarm, E::note_start, E::settle_freezer, E::tell_start, E::route, E::begin_probes}},
    {T::adopted, kAny,             kAlways,          kSame,   kSame, H::ignored},

    {T::lost, in({recovering}), When::again, restarting, kSame, H::now, {E::note_lost, E::await_restart, E::tell_die}},
    {T::lost, in({recovering}), kAlways,     exited,     kSame, H::now, {E::note_lost, E::release, E::tell_die}},
    {T::lost, kAny,             kAlways,     kSame,      kSame, H::ignored},

    {T::idle, in({recovering}), When::was_dead,  dead,       kSame, H::now},
    {T::idle, in({recovering}), When::again,     restarting, kSame, H::now, {E::await_restart, E::store}},
    {T::idle, in({recovering}), When::never_ran, created,    kSame, H::now},
    {T::idle, in({recovering}), kAlways,         exited,     kSame, H::now, {E::note_stopped}},
    {T::idle, kAny,             kAlways,         kSame,      kSame, H::ignored},

    // --- what the engine could not handle ----------------------------------------------------------------------------
    {T::broken, in({removing}), kAlways, kSame, kSame, H::now, {E::disarm, E::kill_processes, E::end_session, E::release, E::delete_files}},
    {T::broken, in({removed}),  kAlways, kSame, kSame, H::ignored},
    {T::broken, kAny,           kAlways, dead,  kSame, H::now,
     {E::disarm, E::end_probes, E::kill_processes, E::end_session, E::note_death, E::release, E::tell_die}},
};
// clang-format on

bool fits(When when, Desired desired, const Guards& guards) {
  switch (when) {
    case When::always:
      return true;
    case When::again:
      return guards.again && desired == Desired::up;
    case When::wanted_up:
      return desired == Desired::up;
    case When::forced:
      return guards.forced;
    case When::never_ran:
      return guards.never_ran;
    case When::was_dead:
      return guards.was_dead;
    case When::was_paused:
      return guards.was_paused;
    case When::was_known:
      return guards.was_known;
    case When::unplaced:
      return guards.unplaced;
    case When::dying:
      return guards.dying;
  }
  return false;
}

// Where the rules of each trigger begin: the table is sorted by trigger.
struct Index {
  std::array<std::uint8_t, kTriggers + 1> first{};
};
constexpr Index index_of_rules() {
  Index index;
  std::size_t rule = 0;
  for (std::size_t trigger = 0; trigger < kTriggers; ++trigger) {
    index.first[trigger] = static_cast<std::uint8_t>(rule);
    while (rule < std::size(kRules) && static_cast<std::size_t>(kRules[rule].trigger) == trigger) ++rule;
  }
  index.first[kTriggers] = static_cast<std::uint8_t>(rule);
  return index;
}
constexpr Index kIndex = index_of_rules();
static_assert(kIndex.first[kTriggers] == std::size(kRules), "the rules stand in the order of the triggers");

}  // namespace

int rule_of(Phase phase, Desired desired, Trigger trigger, const Guards& guards) {
  const auto at = static_cast<std::size_t>(trigger);
  for (int i = kIndex.first.at(at); i < kIndex.first.at(at + 1); ++i) {
    const Rule& rule = kRules[i];
    if ((rule.phases.bits >> static_cast<unsigned>(phase) & 1U) != 0 && fits(rule.when, desired, guards)) return i;
  }
  return -1;
}

int rule_count() { return static_cast<int>(std::size(kRules)); }

Transition next(Phase phase, Desired desired, Trigger trigger, const Guards& guards) {
  const Rule& rule = kRules[rule_of(phase, desired, trigger, guards)];
  return {.phase = rule.phase.value == kSame ? phase : static_cast<Phase>(rule.phase.value),
          .desired = rule.desired.value == kSame ? desired : static_cast<Desired>(rule.desired.value),
          .handling = rule.handling,
          .effects = {rule.effects.data(), rule.count}};
}

Outcome outcome_of(Trigger command, Phase phase) {
  switch (command) {
    case Trigger::start:
    case Trigger::restart:
      if (phase == running || phase == paused) return Outcome::met;
      return phase == recovering || phase == starting || phase == stopping ? Outcome::open : Outcome::missed;
    case Trigger::stop:
    case Trigger::kill:
      return phase == stopping || phase == removing || phase == running || phase == paused || phase == recovering
                 ? Outcome::open
                 : Outcome::met;
    case Trigger::remove:
      return phase == removed ? Outcome::met : Outcome::open;
    default:
      return Outcome::met;
  }
}

std::string_view to_string(Phase phase) {
  static constexpr std::array<std::string_view, kPhases> kWords{"recovering", "created",    "starting", "running",
                                                                "paused",     "restarting", "stopping", "removing",
                                                                "removed",    "exited",     "dead"};
  return kWords.at(static_cast<std::size_t>(phase));
}

std::string_view to_string(Trigger trigger) {
  static constexpr std::array<std::string_view, kTriggers> kWords{
      "start",       "stop",       "kill",         "terminate",     "signal",         "pause",   "unpause",
      "restart",     "remove",     "rename",       "update",        "exec",           "resize",  "connect",
      "disconnect",  "prepared",   "launched",     "launch failed", "launch overdue", "exited",  "connection lost",
      "restart due", "grace over", "kill overdue", "probed",        "deleted",        "adopted", "lost",
      "idle",        "broken"};
  return kWords.at(static_cast<std::size_t>(trigger));
}

std::string_view predicate_of(Phase phase) {
  switch (phase) {
    case paused:
      return "is paused";
    case restarting:
      return "is restarting";
    case running:
      return "is running";
    case removing:
      return "is being removed";
    case removed:
      return "does not exist any more";
    default:
      return "is not running";
  }
}

}  // namespace stack::core
