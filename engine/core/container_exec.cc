// Further processes in a running container: those that users ask for, and the probes of its health.
#include "base/log.h"
#include "base/model/effective_config.h"
#include "engine/core/exec_probe.h"
#include "engine/core/launch_assembly.h"
#include "engine/core/managed_container.h"

namespace stack::core {

namespace asio = boost::asio;

asio::awaitable<std::shared_ptr<ExecSession>> ManagedContainer::exec(sandbox::ExecInput input, Mono deadline,
                                                                     Purpose purpose) {
  const auto self = shared_from_this();
  // Nothing of the container changes, so nothing but the question goes through the table.
  Handling handling = next(phase_, desired_, Trigger::exec, {}).handling;
  for (bool in_time = true; handling == Handling::wait && in_time;) {
    in_time = co_await changed_.wait_until(context_.time, deadline);
    handling = next(phase_, desired_, Trigger::exec, {}).handling;
  }
  if (handling != Handling::now || !session_ || !session_->runs()) throw refusal(Trigger::exec);
  UniqueFd plan = context_.planner.plan_exec(exec_base(), input, record_.state.pid);
  co_return co_await session_->exec(std::move(plan), input.tty, purpose, deadline);
}

const sandbox::LaunchInput& ManagedContainer::exec_base() {
  if (!exec_base_) {
    const auto owner = network_owner();
    exec_base_ = context_.planner.exec_base(record_, owner ? &owner->row() : nullptr);
    add_variables(link_variables(false), *exec_base_);
  }
  return *exec_base_;
}

// An image that is gone says nothing any more: what the container says itself still counts.
std::optional<ProbeLoop::Check> ManagedContainer::check() const {
  const auto of =
      context_.planner.find_image(record_.spec.image_id.empty() ? record_.spec.image : record_.spec.image_id);
  const model::ImageConfig config = of ? of->config : model::ImageConfig{};
  const model::Healthcheck merged = model::merged_healthcheck(record_.spec.healthcheck, config.healthcheck);
  if (const auto problem = health::problem_of(merged.test))
    log_warning("container " + record_.id + " is not checked: its health check's test " + *problem);
  auto argv = health::command_of(merged.test, config.shell);
  if (!argv) return std::nullopt;
  return ProbeLoop::Check{std::move(*argv), health::settings_of(merged)};
}

void ManagedContainer::begin_probes(bool known) {
  auto what = check();
  if (!what) return;
  ProbeLoop::Owner& owner = *this;
  probes_ = std::make_shared<ProbeLoop>(context_.time, context_.tasks, context_.probe_slots, owner, std::move(*what));
  const health::State state{.health = record_.state.health,
                            .failing_streak = record_.state.failing_streak,
                            .start_period_over = record_.state.health == model::Health::healthy,
                            .started = context_.time.mono()};
  probes_->begin(known ? &state : nullptr);
}

asio::awaitable<health::ProbeOutcome> ManagedContainer::run_probe(ProbeLoop::Run run) {
  const auto self = shared_from_this();
  StartProbe start = [this, argv = run.argv](Mono deadline) {
    return exec(sandbox::ExecInput{.argv = argv}, deadline, Purpose::probe);
  };
  co_return co_await run_exec_probe(context_.loop, context_.time, std::move(run), std::move(start));
}

void ManagedContainer::on_probe(const ProbeLoop::Report& report) noexcept {
  guarded("a health check's result", [&] { post({.trigger = Trigger::probed, .content = report}); });
}

}  // namespace stack::core
