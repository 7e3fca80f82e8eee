#include "health/machine.h"

#include <algorithm>

namespace stack::health {

namespace {

void take(Nanos& out, const std::optional<Nanos>& value) {
  if (value && value->count() > 0) out = *value;
}

bool in_start_period(const Settings& settings, const State& state, Mono now) {
  return !state.start_period_over && now < state.started + settings.start_period;
}

Nanos regular_pause(const Settings& settings, const State& state, Mono now) {
  const bool starting = state.health == model::Health::starting && in_start_period(settings, state, now);
  return starting ? settings.start_interval : settings.interval;
}

}  // namespace

Settings settings_of(const model::Healthcheck& check) {
  Settings out;
  take(out.interval, check.interval);
  take(out.timeout, check.timeout);
  take(out.start_period, check.start_period);
  take(out.start_interval, check.start_interval);
  if (check.retries && *check.retries > 0) out.retries = *check.retries;
  return out;
}

State start(const Settings& settings, Mono now) {
  State state;
  state.started = now;
  state.early_delay = std::min(kFirstDelay, regular_pause(settings, state, now));
  state.next_probe = now + state.early_delay;
  return state;
}

Step advance(const Settings& settings, const State& before, Result result, Mono now) {
  Step step{before, Verdict::none};
  State& state = step.state;
  const bool early = before.early_delay.count() > 0;
  if (result == Result::pass) {
    if (state.health != model::Health::healthy) step.verdict = Verdict::became_healthy;
    state.health = model::Health::healthy;
    state.failing_streak = 0;
    state.start_period_over = true;
    state.early_delay = Nanos{0};
    state.next_probe = now + settings.interval;
    return step;
  }
  if (early) {
    const Mono first_regular = state.started + regular_pause(settings, state, state.started);
    state.early_delay *= 2;
    state.next_probe = now + state.early_delay;
    if (state.next_probe >= first_regular) {
      state.early_delay = Nanos{0};
      state.next_probe = std::max(first_regular, now);
    }
    return step;
  }
  if (!in_start_period(settings, state, now)) {
    ++state.failing_streak;
    if (state.failing_streak >= settings.retries && state.health != model::Health::unhealthy) {
      state.health = model::Health::unhealthy;
      step.verdict = Verdict::became_unhealthy;
    }
  }
  state.next_probe = now + regular_pause(settings, state, now);
  return step;
}

}  // namespace stack::health
