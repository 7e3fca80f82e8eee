// How a container starts: what it needs is made ready, its record is stored, and a shim gets the plan.
#include <algorithm>

#include "base/file.h"
#include "base/log.h"
#include "base/thrown.h"
#include "engine/core/managed_container.h"
#include "engine/core/state_writer.h"

namespace stack::core {

namespace asio = boost::asio;

model::Image ManagedContainer::image() const {
  const model::ContainerSpec& spec = record_.spec;
  auto found = context_.planner.find_image(spec.image_id.empty() ? spec.image : spec.image_id);
  if (!found) {
    throw Error(ErrorKind::not_found, "the image " + spec.image + " does not exist any more")
        .remedy("pull or import it again, then recreate the container");
  }
  return std::move(*found);
}

asio::awaitable<void> ManagedContainer::prepare(std::uint32_t launch) {
  const auto self = shared_from_this();
  Message result{.trigger = Trigger::prepared};
  try {
    result.content = co_await make_ready(launch);
  } catch (...) {
    const auto thrown = std::current_exception();
    result.trigger = Trigger::launch_failed;
    result.content = async::is_cancellation(thrown) ? Error(ErrorKind::unavailable, "the engine is shutting down")
                                                    : error_of(thrown);
  }
  // One that was given up meanwhile and started again has another.
  if (launch == launch_.number) post(std::move(result));
}

void ManagedContainer::check_wanted(std::uint32_t launch) const {
  if (launch != launch_.number || launch_.cancelled) throw Error(ErrorKind::conflict, "the start was cancelled");
}

asio::awaitable<UniqueFd> ManagedContainer::make_ready(std::uint32_t launch) {
  const model::Image of = image();
  co_await wait_for_files(launch);
  auto mounted = co_await context_.volumes.mount(record_);
  check_wanted(launch);
  mounts_ = std::move(mounted);  // those of the run before end
  co_await context_.volumes.populate(record_, of);
  co_await context_.files.check_log_files(record_);
  co_await wait_for_partners(launch);
  check_wanted(launch);
  network_.reserve();
  const LaunchPlanner::Partners joined = partners();
  model::LaunchNetwork network;
  if (record_.spec.network_mode != "host" && !joined.network_pid) network = network_.launch();
  LaunchPlanner::Planned planned = context_.planner.plan_launch(record_, of, std::move(network), joined);
  note_plan(of, std::move(planned.command));
  context_.files.make_folder(record_.id);
  // From here on a killed engine finds the record, and with it the shim's socket. That of one that has run before it finds in any
  // case, so a full disk keeps nobody from starting again; an engine that is killed before the disk has room again ends it.
  std::vector<state::Change> changes;
  changes.push_back(state::PutContainer{record_});
  if (record_.state.started) {
    co_await context_.state.settle(std::move(changes));
  } else {
    co_await context_.state.commit(std::move(changes));
  }
  co_return std::move(planned.sealed);
}

void ManagedContainer::note_plan(const model::Image& of, std::vector<std::string> command) {
  record_.command = std::move(command);
  for (model::Mount& mount : record_.spec.mounts) {
    if (!mount.source_identity.empty()) mount.source_identity = file_identity(mount.source);
  }
  record_.exposed = of.config.exposed_ports;
  record_.exposed.insert(record_.exposed.end(), record_.spec.expose.begin(), record_.spec.expose.end());
  std::sort(record_.exposed.begin(), record_.exposed.end());
  record_.exposed.erase(std::unique(record_.exposed.begin(), record_.exposed.end()), record_.exposed.end());
}

// What keeps the shim from being made is the launch's failure, and no other's.
void ManagedContainer::spawn(Message& message) {
  if (session_) session_->end();
  ShimSession::Owner& owner = *this;
  session_ = std::make_unique<ShimSession>(context_.loop, context_.time, context_.shims, owner);
  launch_.begun = context_.time.wall();
  try {
    session_->launch(std::get<UniqueFd>(message.content));
  } catch (const std::exception& error) {
    session_.reset();
    post({.trigger = Trigger::launch_failed, .content = error_of(error)});
  }
}

}  // namespace stack::core
