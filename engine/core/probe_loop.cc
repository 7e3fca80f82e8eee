#include "engine/core/probe_loop.h"

#include <algorithm>
#include <utility>

#include "base/thrown.h"

namespace stack::core {

bool ProbeSlots::take(const std::shared_ptr<ProbeLoop>& loop) {
  if (starting_ >= kStartingMax) {
    waiting_.push_back(loop);
    return false;
  }
  ++starting_;
  return true;
}

void ProbeSlots::give_back() {
  --starting_;
  while (!waiting_.empty() && starting_ < kStartingMax) {
    const auto loop = waiting_.front().lock();
    waiting_.pop_front();
    if (loop) loop->due();
  }
}

ProbeLoop::ProbeLoop(async::Timekeeper& time, async::TaskGroup& tasks, ProbeSlots& slots, Owner& owner, Check check)
    : time_(time), tasks_(tasks), slots_(slots), owner_(&owner), check_(std::move(check)) {}

void ProbeLoop::begin(const health::State* known) {
  state_ = health::start(check_.settings, time_.mono());
  if (known != nullptr) {
    const Mono soon = state_.next_probe;
    state_ = *known;
    state_.next_probe = soon;
  }
  mode_ = Mode::watching;
  arm();
}

void ProbeLoop::hold() {
  if (mode_ != Mode::watching) return;
  mode_ = Mode::held;
  cancel();
}

void ProbeLoop::resume() {
  if (mode_ != Mode::held) return;
  mode_ = Mode::watching;
  state_.next_probe = time_.mono();
  arm();
}

void ProbeLoop::end() {
  mode_ = Mode::ended;
  cancel();
}

void ProbeLoop::cancel() {
  alarm_.reset();
  if (probe_) probe_->request();
}

void ProbeLoop::arm() {
  const auto pause = std::max(state_.next_probe - time_.mono(), probed_ ? kPauseMin : Nanos{0});
  alarm_ = time_.after(pause, [this] { due(); });
}

void ProbeLoop::due() {
  if (mode_ != Mode::watching || probe_) return;
  if (slots_.take(shared_from_this())) start();
}

void ProbeLoop::start() {
  has_place_ = probed_ = true;
  const auto token = std::make_shared<async::CancellationToken>();
  probe_ = token;
  probe_started_ = time_.wall();
  Run run{.argv = check_.argv,
          .timeout = check_.settings.timeout,
          .started = [self = shared_from_this()] { self->give_place(); },
          .token = token};
  tasks_.start(owner_->run_probe(std::move(run)),
               [self = shared_from_this(), token](const std::exception_ptr& thrown, health::ProbeOutcome outcome) {
                 if (thrown) {
                   outcome = {.kind = health::ProbeOutcome::Kind::not_started, .output = error_of(thrown).message()};
                 }
                 self->done(token, std::move(outcome));
               });
}

void ProbeLoop::give_place() {
  if (std::exchange(has_place_, false)) slots_.give_back();
}

void ProbeLoop::done(const std::shared_ptr<async::CancellationToken>& token, health::ProbeOutcome outcome) {
  give_place();
  probe_.reset();
  if (mode_ != Mode::watching) return;
  // It was held and goes on already: this answer is of the time before.
  if (token->requested()) return arm();
  outcome.output = health::bounded_output(outcome.output);
  state_ = health::advance(check_.settings, state_, health::result_of(outcome), time_.mono()).state;
  arm();
  owner_->on_probe({state_, std::move(outcome), probe_started_, time_.wall()});
}

}  // namespace stack::core
