// The table of a container's life, walked through: every phase, desire, trigger and guard.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/core/container_lifecycle.h"

namespace stack::core {
namespace {

constexpr int kGuards = 256;

Guards guards_of(int bits) {
  return {.again = (bits & 1) != 0,
          .forced = (bits & 2) != 0,
          .never_ran = (bits & 4) != 0,
          .was_dead = (bits & 8) != 0,
          .was_paused = (bits & 16) != 0,
          .was_known = (bits & 32) != 0,
          .unplaced = (bits & 64) != 0,
          .dying = (bits & 128) != 0};
}

struct Place {
  Phase phase;
  Desired desired;
  Trigger trigger;
  Guards guards;
  [[nodiscard]] Transition next() const { return core::next(phase, desired, trigger, guards); }
  [[nodiscard]] bool is_command() const { return static_cast<int>(trigger) < kCommands; }
  [[nodiscard]] std::string name() const {
    return std::string(to_string(phase)) + " + " + std::string(to_string(trigger));
  }
};

template <class F>
void walk(F visit) {
  for (int phase = 0; phase < kPhases; ++phase)
    for (int desired = 0; desired < 3; ++desired)
      for (int trigger = 0; trigger < kTriggers; ++trigger)
        for (int bits = 0; bits < kGuards; ++bits)
          visit(Place{static_cast<Phase>(phase), static_cast<Desired>(desired), static_cast<Trigger>(trigger),
                      guards_of(bits)});
}

bool does(const Transition& transition, Effect effect) {
  return std::find(transition.effects.begin(), transition.effects.end(), effect) != transition.effects.end();
}

TEST(Lifecycle, HasARuleForEverythingAndNeedsEachRule) {
  std::set<int> used;
  walk([&](const Place& place) {
    const int rule = rule_of(place.phase, place.desired, place.trigger, place.guards);
    ASSERT_GE(rule, 0) << place.name();
    used.insert(rule);
  });
  EXPECT_EQ(used.size(), static_cast<std::size_t>(rule_count())) << "a rule that never counts";
}

TEST(Lifecycle, CommandsAreAnsweredAndFactsAreNot) {
  walk([](const Place& place) {
    const Handling handling = place.next().handling;
    if (place.is_command()) {
      ASSERT_NE(handling, Handling::ignored) << place.name();
    } else {
      ASSERT_TRUE(handling == Handling::now || handling == Handling::ignored) << place.name();
    }
  });
}

TEST(Lifecycle, WhatIsNotHandledChangesNothing) {
  walk([](const Place& place) {
    const Transition to = place.next();
    if (to.handling != Handling::wait && to.handling != Handling::refused && to.handling != Handling::ignored) return;
    ASSERT_EQ(to.phase, place.phase) << place.name();
    ASSERT_EQ(to.desired, place.desired) << place.name();
    ASSERT_TRUE(to.effects.empty()) << place.name();
  });
}

TEST(Lifecycle, WhatWaitsIsAskedAgainInAPhaseThatEnds) {
  walk([](const Place& place) {
    if (place.next().handling != Handling::wait) return;
    ASSERT_TRUE(place.phase == Phase::recovering || place.phase == Phase::starting || place.phase == Phase::stopping)
        << place.name();
  });
}

TEST(Lifecycle, WhatIsAnsweredLaterIsStillOpenThen) {
  walk([](const Place& place) {
    const Transition to = place.next();
    if (to.handling != Handling::later) return;
    ASSERT_EQ(outcome_of(place.trigger, to.phase), Outcome::open) << place.name();
  });
}

TEST(Lifecycle, EveryOpenCommandEnds) {
  for (const Trigger command : {Trigger::start, Trigger::stop, Trigger::restart, Trigger::remove}) {
    EXPECT_NE(outcome_of(command, Phase::removed), Outcome::open) << to_string(command);
    // Where nothing is under way, nothing is awaited; a removal is, but never from a phase at rest.
    if (command == Trigger::remove) continue;
    for (const Phase phase : {Phase::created, Phase::restarting, Phase::exited, Phase::dead})
      EXPECT_NE(outcome_of(command, phase), Outcome::open) << to_string(command) << " " << to_string(phase);
  }
}

TEST(Lifecycle, AfterRemovingComesNothingButRemoved) {
  walk([](const Place& place) {
    if (place.phase != Phase::removing && place.phase != Phase::removed) return;
    const Transition to = place.next();
    ASSERT_TRUE(to.phase == place.phase || to.phase == Phase::removed) << place.name();
    ASSERT_EQ(to.desired, place.desired) << place.name();
    ASSERT_FALSE(does(to, Effect::prepare) || does(to, Effect::spawn)) << place.name();
    if (place.phase == Phase::removed) {
      ASSERT_TRUE(to.effects.empty()) << place.name();
    }
  });
}

TEST(Lifecycle, OnlyARemovalRemoves) {
  walk([](const Place& place) {
    const Transition to = place.next();
    if (to.phase == Phase::removed && place.phase != Phase::removed) {
      ASSERT_EQ(place.trigger, Trigger::deleted);
    }
    if (to.phase == Phase::removing && place.phase != Phase::removing) {
      ASSERT_EQ(place.trigger, Trigger::remove);
    }
    if (does(to, Effect::delete_files)) {
      ASSERT_EQ(to.phase, Phase::removing) << place.name();
    }
  });
}

TEST(Lifecycle, WithoutForceNothingThatRunsIsRemoved) {
  for (const Phase phase : {Phase::running, Phase::paused, Phase::restarting})
    EXPECT_EQ(next(phase, Desired::up, Trigger::remove, {}).handling, Handling::refused) << to_string(phase);
  for (const Phase phase : {Phase::starting, Phase::stopping})
    EXPECT_EQ(next(phase, Desired::up, Trigger::remove, {}).handling, Handling::wait) << to_string(phase);
}

TEST(Lifecycle, OnlyRunningBecomesPaused) {
  walk([](const Place& place) {
    const Transition to = place.next();
    if (to.phase != Phase::paused || place.phase == Phase::paused) return;
    ASSERT_TRUE(place.phase == Phase::running || (place.phase == Phase::recovering && place.guards.was_paused))
        << place.name();
    ASSERT_TRUE(place.trigger == Trigger::pause || place.trigger == Trigger::adopted) << place.name();
  });
}

TEST(Lifecycle, WhatUsersWantChangesByTheirCommandsOnly) {
  walk([](const Place& place) {
    if (place.next().desired != place.desired) {
      ASSERT_TRUE(place.is_command()) << place.name();
    }
  });
}

TEST(Lifecycle, ARestartPolicyNeverStartsWhatAUserStopped) {
  walk([](const Place& place) {
    const Transition to = place.next();
    if (place.desired == Desired::up || place.is_command()) return;
    if (place.phase != Phase::restarting) {
      ASSERT_NE(to.phase, Phase::restarting) << place.name();
    }
    // An alarm that rings, or a launch that goes on, was armed before; a stop leaves both phases.
    if (place.phase == Phase::restarting || place.phase == Phase::starting) return;
    ASSERT_FALSE(does(to, Effect::prepare) || does(to, Effect::spawn) || does(to, Effect::await_restart))
        << place.name();
  });
  for (const Phase phase : {Phase::restarting, Phase::starting}) {
    for (const Trigger command : {Trigger::stop, Trigger::kill, Trigger::terminate}) {
      const Transition to = next(phase, Desired::up, command, {});
      if (to.handling == Handling::refused) continue;
      EXPECT_NE(to.phase, phase) << to_string(command);
      EXPECT_EQ(to.desired, Desired::down) << to_string(command);
    }
  }
}

TEST(Lifecycle, AStopDuringTheStartEndsInExited) {
  const Transition stop = next(Phase::starting, Desired::up, Trigger::stop, {});
  EXPECT_EQ(stop.phase, Phase::stopping);
  EXPECT_TRUE(does(stop, Effect::cancel_launch));
  for (const Trigger end : {Trigger::prepared, Trigger::launch_failed, Trigger::launch_overdue, Trigger::exited}) {
    for (int bits = 0; bits < kGuards; ++bits) {
      const Transition to = next(stop.phase, stop.desired, end, guards_of(bits));
      EXPECT_EQ(to.phase, Phase::exited) << to_string(end);
      EXPECT_TRUE(does(to, Effect::release)) << to_string(end);
    }
  }
  // It ran after all: it is killed, and ends.
  const Transition launched = next(stop.phase, stop.desired, Trigger::launched, {});
  EXPECT_EQ(launched.phase, Phase::stopping);
  EXPECT_TRUE(does(launched, Effect::send_kill));
}

TEST(Lifecycle, WhoeverComesToRestHasReleasedItsAddresses) {
  walk([](const Place& place) {
    const Transition to = place.next();
    const bool rests = to.phase == Phase::created || to.phase == Phase::exited || to.phase == Phase::dead;
    const bool held = place.phase != Phase::created && place.phase != Phase::exited && place.phase != Phase::dead &&
                      place.phase != Phase::recovering && place.phase != to.phase;
    if (rests && held) {
      ASSERT_TRUE(does(to, Effect::release)) << place.name();
    }
    if (does(to, Effect::delete_files)) {
      ASSERT_TRUE(does(to, Effect::release)) << place.name();
    }
  });
}

TEST(Lifecycle, EveryPhaseThatWaitsForSomethingHasAnAlarm) {
  walk([](const Place& place) {
    const Transition to = place.next();
    if (to.phase == place.phase) return;
    if (to.phase == Phase::restarting) {
      ASSERT_TRUE(does(to, Effect::await_restart)) << place.name();
    }
    if (to.phase == Phase::stopping) {
      ASSERT_TRUE(does(to, Effect::await_grace) || does(to, Effect::await_cancel)) << place.name();
    }
    if (place.phase == Phase::restarting && place.trigger != Trigger::restart_due) {
      ASSERT_TRUE(does(to, Effect::disarm)) << place.name();
    }
  });
}

TEST(Lifecycle, WhatChangesIsStored) {
  walk([](const Place& place) {
    const Transition to = place.next();
    const bool settles = to.phase == Phase::exited || to.phase == Phase::dead || to.phase == Phase::restarting;
    if (!settles || to.phase == place.phase || place.trigger == Trigger::idle || place.trigger == Trigger::adopted)
      return;
    const bool stored = does(to, Effect::store) || does(to, Effect::tell_stop) || does(to, Effect::tell_die) ||
                        does(to, Effect::tell_kill);
    ASSERT_TRUE(stored) << place.name();
  });
}

}  // namespace
}  // namespace stack::core
