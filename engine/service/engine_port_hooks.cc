// How an engine runs the hooks of services.
#include <algorithm>

#include <signal.h>

#include "base/scope_guard.h"
#include "compose/plan/hook_container.h"
#include "engine/core/context.h"
#include "engine/core/exec_output.h"
#include "engine/logs/reader.h"
#include "engine/sandbox/launch_plan.h"
#include "engine/service/engine_port.h"

namespace stack::service {

namespace asio = boost::asio;
using compose::HookPoint;
using compose::Outcome;

namespace {

constexpr std::chrono::seconds kHookStartWait{60};
constexpr std::size_t kOutputBytes = 2048;  // of what a failed hook wrote
constexpr std::size_t kOutputLines = 10;

const compose::Hook* find_hook(const compose::Project* project, const compose::RunHook& hook) {
  if (project == nullptr) return nullptr;
  auto service = project->services.find(hook.service);
  if (service == project->services.end()) {
    service = project->disabled.find(hook.service);
    if (service == project->disabled.end()) return nullptr;
  }
  const compose::Service& of = service->second;
  const auto& list = hook.point == HookPoint::post_start ? of.post_start : of.pre_stop;
  const auto index = static_cast<std::size_t>(hook.index);
  return index < list.size() ? &list[index] : nullptr;
}

std::string last_lines(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::size_t at = text.size();
  for (std::size_t lines = 0; lines < kOutputLines && at != std::string::npos; ++lines)
    at = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
  return at == std::string::npos ? text : text.substr(at + 1);
}

sandbox::ExecInput input_of(const compose::Hook& hook) {
  sandbox::ExecInput input{.user = hook.user, .working_dir = hook.working_dir, .privileged = hook.privileged};
  if (hook.command) input.argv = *hook.command;
  for (const auto& [name, value] : hook.environment) input.env.push_back(value ? name + "=" + *value : name);
  return input;
}

std::string name_of(const compose::RunHook& hook) {
  return std::string{to_word(hook.point)} + "[" + std::to_string(hook.index) + "]";
}

// What the container wrote last, errors before anything else.
asio::awaitable<std::string> last_output(const core::Context& context, std::string id) {
  auto read = [folder = sandbox::log_folder(context.options.container(id))] {
    logs::Reader reader{folder};
    logs::Cursor cursor = reader.tail(kOutputLines);
    std::vector<logs::Entry> entries;
    while (reader.read(cursor, {}, entries)) {
    }
    return entries;
  };
  const std::vector<logs::Entry> entries = co_await context.workers.run(std::move(read));
  std::string out, err;
  for (const logs::Entry& entry : entries)
    (entry.stream == logs::Stream::err ? err : out) += entry.text + (entry.partial ? "" : "\n");
  std::string said = last_lines(err.empty() ? std::move(out) : std::move(err));
  if (said.size() > kOutputBytes) said.erase(0, said.size() - kOutputBytes);
  co_return said;
}

}  // namespace

asio::awaitable<Outcome> EnginePort::play(const compose::RunHook& hook) {
  if (hook.spec) co_return co_await run_beside(hook);
  const compose::Hook* wanted = find_hook(options_.project, hook);
  const auto container = engine_.containers().find(hook.id.empty() ? hook.container : hook.id);
  // What has ended by itself meanwhile is stopped already.
  if (wanted == nullptr || !container) co_return Outcome{};
  const std::string what = "container " + hook.container + ": " + name_of(hook);
  core::ExecEnd end;
  bool cancelled = false;
  try {
    const Mono deadline = engine_.context().time.mono() + kHookStartWait;
    const auto session = co_await container->exec(input_of(*wanted), deadline);
    const std::uint64_t number = next_work_++;
    work_.emplace(number, [session, &cancelled] {
      cancelled = true;
      session->signal(SIGKILL);
    });
    const ScopeGuard leave{[this, number] { work_.erase(number); }};
    end = co_await core::run_to_end(engine_.context().loop, session, kOutputBytes);
  } catch (Error& error) {
    if (hook.point == HookPoint::pre_stop && error.kind() == ErrorKind::conflict) co_return Outcome{};
    throw error.context(what);
  }
  if (cancelled)
    throw Error(ErrorKind::unavailable, "container " + hook.container + ": " + name_of(hook) + " was cancelled");
  if (end.exit_code == 0) co_return Outcome{};
  const std::string said = last_lines(end.err.empty() ? end.out : end.err);
  throw Error(what + ": " + hook.service + " hook exited with status " + std::to_string(end.exit_code) +
              (said.empty() ? "" : ": " + said));
}

// In a container of its own, which stays when it fails: its log and its files say why.
asio::awaitable<Outcome> EnginePort::run_beside(const compose::RunHook& hook) {
  core::Containers& containers = engine_.containers();
  const core::Containers::RemoveOptions entirely{.force = true, .anonymous_volumes = true};
  if (const auto left = containers.find(hook.container);
      left && left->row().spec.labels.contains(std::string{compose::kHookLabel}))
    co_await containers.remove(left->row().id, entirely);
  std::shared_ptr<core::ManagedContainer> container;
  bool cancelled = false, started = false;
  std::optional<Error> failure;
  try {
    engine_.ensure_network_of(*hook.spec);
    container = containers.create(*hook.spec, {});
    const std::uint64_t number = next_work_++;
    work_.emplace(number, [container, &cancelled] {
      cancelled = true;
      container->changed().notify_all();
    });
    const ScopeGuard leave{[this, number] { work_.erase(number); }};
    co_await container->start();
    started = true;
    while (!cancelled && is_alive(container->row().state)) co_await container->changed().wait();
  } catch (Error& error) {
    failure = placed(error.about(name_of(hook)), hook.service);
  }
  const std::string id = container ? container->row().id : std::string{};
  const int code = container ? container->row().state.exit_code : 0;
  if (cancelled)
    failure = Error(ErrorKind::unavailable, "container " + hook.container + ": " + name_of(hook) + " was cancelled");
  if (!failure && code != 0) {
    const std::string said = co_await last_output(engine_.context(), id);
    Error exited("exited with code " + std::to_string(code) + (said.empty() ? "" : ": " + said));
    exited.remedy("look into its container " + hook.container + ", which is kept until the next up or down");
    failure = placed(exited.about(name_of(hook)), hook.service);
  }
  if (container && (!failure || cancelled || !started)) co_await containers.remove(id, entirely);
  if (failure) throw *std::move(failure);
  co_return Outcome{};
}

}  // namespace stack::service
