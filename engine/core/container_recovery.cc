// How a new engine finds a container of which the one before it only left a row.
#include <cstring>

#include "base/file.h"
#include "base/log.h"
#include "engine/core/container_lifecycle.h"
#include "engine/core/managed_container.h"
#include "engine/shim/packet_socket.h"
#include "health/restart.h"
#include "netns/network.h"

namespace stack::core {

namespace asio = boost::asio;
using model::Status;

asio::awaitable<void> ManagedContainer::recover(bool same_boot) {
  const auto self = shared_from_this();
  const bool was_alive = is_alive(row_.state);
  restart_.attempts = static_cast<int>(row_.state.restart_count);
  if (same_boot) {
    auto connection = shim::connect_shim(context_.options.shim_socket(row_.id).c_str());
    if (connection) {
      adopt_volumes();
      adopt_network();
      launching_ = true;
      launch_failure_.reset();
      shim_ = std::make_unique<ShimSocket>(
          context_.loop, std::move(*connection),
          [this](shim::Received& packet) { guarded("packet", [&] { on_packet(packet); }); },
          [this] { guarded("lost connection", [&] { on_closed(); }); });
      const Mono deadline = context_.time.mono() + kStartWait;
      bool in_time = true;
      while (launching_ && !launch_failure_ && in_time) in_time = co_await changed_.wait_until(context_.time, deadline);
      launching_ = false;
      const bool adopted = in_time && !launch_failure_;
      launch_failure_.reset();
      if (adopted) co_return;
      shim_.reset();
      release_network();
    }
  }
  // Without its shim nothing of it may run on: the next start would stand beside it.
  if (same_boot && was_alive) kill_processes();
  // Nothing of it is reserved any more: a start asks again, and gets the same addresses when they are free.
  const bool had_network = !row_.state.endpoints.empty() || !row_.state.ports.empty();
  row_.state.endpoints.clear();
  row_.state.ports.clear();
  if (same_boot && take_exit_record()) co_return;
  if (row_.state.status == Status::restarting && same_boot) {
    given_up(row_.state);
    plan_restart(row_.state.stopped_by_user);
    save({});
  } else if (was_alive) {
    lost(row_.state, context_.time.wall());
    plan_restart(row_.state.stopped_by_user);
    save("die", {{"exitCode", std::to_string(row_.state.exit_code)}});
  } else if (!same_boot && row_.state.started &&
             health::start_with_engine(row_.spec.restart, row_.state.stopped_by_user, false, row_.state.exit_code)) {
    // A machine that starts again brings back what shall always run, also what somebody had stopped before. An engine that starts
    // again does not: it comes and goes with its users' commands.
    restart_ = {};
    row_.state.stopped_by_user = false;
    plan_restart(false);
    save("restart", {});
  } else if (had_network) {
    save({});
  }
}

// What somebody else has taken meanwhile is no reason to end what runs: it goes on without.
void ManagedContainer::adopt_network() {
  if (!has_networks()) return;
  try {
    context_.network.adopt(endpoint_request(), row_.state.endpoints);
    std::vector<model::PublishedPort> bound;
    for (const model::PortBinding& port : row_.state.ports) {
      bound.push_back({port.host_ip, port.host_port, port.host_port, port.container_port, port.protocol});
    }
    reserve_ports(std::move(bound));
  } catch (const std::exception& error) {
    log_error("container " + row_.id + " runs on without what it had: " + error.what());
  }
}

// What the shim wrote when nobody listened. False when there is no record, or only the one that the row tells of already.
bool ManagedContainer::take_exit_record() {
  const auto text = read_file(context_.options.container(row_.id) / "exit");
  shim::ExitRecord record;
  if (!text || text->size() != sizeof record) return false;
  std::memcpy(&record, text->data(), sizeof record);
  const auto& known = row_.state.finished;
  if (known && record.exited_ns <= known->time_since_epoch().count()) return false;
  // It may have run without any engine ever hearing of it.
  row_.state.started = Wall{Nanos{record.started_ns}};
  on_exit(record.status, (record.flags & shim::kOomKilled) != 0, Wall{Nanos{record.exited_ns}});
  return true;
}

}  // namespace stack::core
