// Further processes in a running container: those that users ask for, and the probes of its health.
#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/core/managed_container.h"
#include "engine/image/image_store.h"
#include "engine/sandbox/apparmor.h"
#include "engine/sandbox/launch_plan.h"
#include "health/probe/probe.h"

namespace stack::core {

namespace asio = boost::asio;
using model::Status;

asio::awaitable<std::shared_ptr<ExecSession>> ManagedContainer::exec(const sandbox::ExecInput& input, Mono deadline,
                                                                     Purpose purpose) {
  const auto self = shared_from_this();
  if (row_.state.status != Status::running || !shim_) {
    throw Error(ErrorKind::conflict, "container " + row_.spec.name + " is not running");
  }
  const sandbox::LaunchInput launch_input = assemble(image(), {});
  sandbox::ExecInput confined = input;
  // With `init: true` the first process is ours and runs unconfined; the program is its first child.
  const int program = row_.spec.init ? sandbox::first_child_of(row_.state.pid) : row_.state.pid;
  confined.apparmor = sandbox::profile_of_process(program);
  // Devices are the container's, whether or not the host still has them.
  const UniqueFd plan = sandbox::seal_plan(sandbox::make_exec_plan(launch_input, context_.facts, confined));
  const auto session = std::make_shared<ExecSession>(context_.loop, next_exec_++);
  execs_[session->number()] = session;
  const auto pipe = [](UniqueFd& reading, UniqueFd& writing) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw Error::from_errno(errno, "making a pipe");
    reading.reset(ends[0]);
    writing.reset(ends[1]);
  };
  const std::uint32_t flags = purpose == Purpose::probe ? std::uint32_t{shim::kProbe} : 0;
  if (input.tty) {
    shim_->send({.kind = shim::Kind::exec, .number = session->number(), .flags = flags}, {plan.get()});
  } else {
    UniqueFd in, out, err;
    pipe(in, session->in);
    pipe(session->out, out);
    pipe(session->err, err);
    shim_->send({.kind = shim::Kind::exec, .number = session->number(), .flags = flags},
                {plan.get(), in.get(), out.get(), err.get()});
  }
  const std::uint32_t number = session->number();
  bool in_time = true;
  while (session->pid() == 0 && !session->exit_code() && !exec_failures_.contains(number) && in_time)
    in_time = co_await session->changed().wait_until(context_.time, deadline);
  if (!in_time && session->pid() == 0 && !exec_failures_.contains(number)) {
    execs_.erase(number);
    throw Error(ErrorKind::unavailable, "the process did not start in time");
  }
  if (const auto failed = exec_failures_.find(number); failed != exec_failures_.end()) {
    Error error = *failed->second;
    exec_failures_.erase(failed);
    execs_.erase(number);
    throw error;
  }
  co_return session;
}

void ManagedContainer::resize(std::uint32_t exec_number, std::uint16_t rows, std::uint16_t columns) {
  if (!shim_) return;
  shim_->send({.kind = shim::Kind::resize, .number = exec_number, .rows = rows, .columns = columns});
}

void ManagedContainer::rename(const std::string& name) {
  row_.spec.name = name;
  save("rename");
}

// An image that is gone says nothing any more: what the container says itself still counts.
std::optional<ManagedContainer::Check> ManagedContainer::check() const {
  const auto of = context_.images.find(row_.spec.image_id.empty() ? row_.spec.image : row_.spec.image_id);
  const model::ImageConfig config = of ? of->config : model::ImageConfig{};
  const model::Healthcheck merged = health::merge(row_.spec.healthcheck, config.healthcheck);
  if (const auto problem = health::problem_of(merged.test))
    log_warning("container " + row_.id + " is not checked: its health check's test " + *problem);
  auto argv = health::command_of(merged.test, config.shell);
  if (!argv) return std::nullopt;
  return Check{std::move(*argv), health::settings_of(merged)};
}

void ManagedContainer::start_probes(const Check& check, bool resume) {
  const health::State known{.health = row_.state.health,
                            .failing_streak = row_.state.failing_streak,
                            .start_period_over = row_.state.health == model::Health::healthy,
                            .started = context_.time.mono()};
  neighbours_.health.watch(row_.id, check.argv, check.settings, resume ? &known : nullptr);
}

void ManagedContainer::on_health(const health::Report& report) noexcept {
  guarded("health check's result", [&] {
    if (row_.state.status != Status::running) return;
    const bool told = row_.state.health != report.state.health;
    row_.state.health = report.state.health;
    row_.state.failing_streak = report.state.failing_streak;
    const bool ended = report.outcome.kind == health::ProbeOutcome::Kind::exited;
    auto& probes = row_.state.probes;
    probes.push_back({.started = report.started,
                      .ended = report.ended,
                      .exit_code = ended ? report.outcome.exit_code : -1,
                      .output = health::bounded_output(report.outcome.output)});
    if (probes.size() > model::kProbeResultsMax) probes.erase(probes.begin());
    if (!told) return;
    set_readiness(row_.state.health == model::Health::healthy ? netns::Readiness::ready
                                                              : netns::Readiness::last_resort);
    save("health_status: " + std::string{model::to_string(row_.state.health)});
  });
}

}  // namespace stack::core
