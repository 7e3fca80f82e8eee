#include "engine/core/managed_container.h"

#include <cstring>
#include <filesystem>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/async/thread_pool.h"
#include "base/file.h"
#include "base/log.h"
#include "base/model/signals.h"
#include "base/sys/syscalls.h"
#include "base/thrown.h"
#include "engine/core/container_lifecycle.h"
#include "engine/core/event_bus.h"
#include "engine/core/launch_assembly.h"
#include "engine/core/state_writer.h"
#include "engine/image/image_store.h"
#include "engine/sandbox/launch_plan.h"
#include "engine/shim/spawn.h"
#include "engine/volume/first_use.h"
#include "engine/volume/volume_store.h"
#include "netns/network.h"

namespace stack::core {

namespace asio = boost::asio;
using model::Status;

ManagedContainer::ManagedContainer(Context& context, Neighbours neighbours, model::Container row)
    : context_(context),
      neighbours_(std::move(neighbours)),
      row_(std::move(row)),
      changed_(context.loop),
      mutex_(context.loop),
      image_claim_(
          context.claims.hold("the container " + row_.spec.name, {{Claims::Kind::image, row_.spec.image_id}})) {}

ManagedContainer::~ManagedContainer() { abandon(); }

void ManagedContainer::abandon() {
  restart_alarm_.reset();
  stop_probes();
  shim_.reset();
  for (VolumeMounts::Lease& lease : mounts_) lease.keep();  // the container may run on
  for (const auto& [number, weak] : execs_) {
    if (const auto session = weak.lock()) session->ended(137);
  }
  execs_.clear();
}

// The row goes to the store and the event to whoever listens; empty action: only the row.
void ManagedContainer::save(std::string action, std::map<std::string, std::string> attributes) {
  std::vector<state::Change> changes{state::PutContainer{row_}};
  if (!action.empty()) {
    for (const auto& [name, value] : row_.spec.labels) attributes.emplace(name, value);
    attributes["image"] = row_.spec.image;
    attributes["name"] = row_.spec.name;
    model::Event event{.time = context_.time.wall(),
                       .type = "container",
                       .action = std::move(action),
                       .id = row_.id,
                       .attributes = std::move(attributes)};
    changes.push_back(state::AppendEvent{context_.events.publish(std::move(event))});
  }
  context_.state.post(std::move(changes));
  changed_.notify_all();
}

model::Image ManagedContainer::image() const {
  auto found = context_.images.find(row_.spec.image_id.empty() ? row_.spec.image : row_.spec.image_id);
  if (!found) {
    throw Error(ErrorKind::not_found, "the image " + row_.spec.image + " does not exist any more")
        .remedy("pull or import it again, then recreate the container");
  }
  return std::move(*found);
}

sandbox::LaunchInput ManagedContainer::assemble(const model::Image& of, model::LaunchNetwork network) {
  LaunchParts parts{.image = of, .layers = context_.images.layer_folders(of), .volume_path = neighbours_.volume_path};
  parts.network = std::move(network);
  parts.first_start = !row_.state.started.has_value();
  const auto owner = network_owner();
  if (owner) parts.network_owner = &owner->row();
  parts.host_name = read_host_name();
  parts.host_resolv_conf = read_host_resolv_conf();
  if (row_.spec.network_mode == "host") parts.host_hosts = read_host_hosts();
  return assemble_launch(row_, context_.options, parts);
}

void ManagedContainer::reserve_network() {
  if (has_networks()) {
    row_.state.endpoints = context_.network.reserve(endpoint_request());
  }
  reserve_ports(row_.spec.ports);
}

void ManagedContainer::expect_addresses() { context_.network.expect(endpoint_request()); }

netns::EndpointRequest ManagedContainer::endpoint_request() const {
  const model::ContainerSpec& spec = row_.spec;
  return {.container_id = row_.id,
          .sticky_key = spec.name,
          .hostname = spec.hostname.empty() ? std::string{short_id(row_.id)} : spec.hostname,
          .attachments = spec.networks,
          .dns = spec.dns,
          .dns_search = spec.dns_search,
          .dns_options = spec.dns_options};
}

void ManagedContainer::reserve_ports(std::vector<model::PublishedPort> ports) {
  if (ports.empty()) return;
  const std::string owner = row_.spec.project.empty() ? row_.spec.name : row_.spec.project + "/" + row_.spec.service;
  row_.state.ports =
      context_.network.reserve_ports({.container_id = row_.id, .owner = owner, .ports = std::move(ports)});
}

void ManagedContainer::release_network() {
  if (std::exchange(network_shared_, false)) context_.network.disconnect(row_.id);
  context_.network.release(row_.id);
  neighbours_.network_changed();
  mounts_.clear();
}

// Those that mount a file system: the others have nothing to wait for.
std::vector<model::Volume> ManagedContainer::volumes_with_options() const {
  std::vector<model::Volume> volumes;
  for (const model::Mount& mount : row_.spec.mounts) {
    if (mount.kind != model::MountKind::volume) continue;
    if (auto found = neighbours_.volume(mount.source); found && !found->spec.driver_opts.empty())
      volumes.push_back(std::move(*found));
  }
  return volumes;
}

asio::awaitable<void> ManagedContainer::mount_volumes() {
  std::vector<VolumeMounts::Lease> leases;
  for (model::Volume& volume : volumes_with_options())
    leases.push_back(co_await neighbours_.mounts.take(std::move(volume)));
  mounts_ = std::move(leases);  // those of the run before end
}

void ManagedContainer::adopt_volumes() {
  for (model::Volume& volume : volumes_with_options()) mounts_.push_back(neighbours_.mounts.adopt(std::move(volume)));
}

asio::awaitable<void> ManagedContainer::populate_volumes(const model::Image& of) {
  struct Fill {
    std::string target;
    std::string data;
    bool ours = false;
  };
  std::vector<Fill> plain;
  std::vector<std::pair<std::string, Fill>>
      with_options;  // by volume: what may belong to a server that does not answer
  for (const model::Mount& mount : row_.spec.mounts) {
    if (mount.kind != model::MountKind::volume || mount.no_copy || !mount.subpath.empty()) continue;
    const auto volume = neighbours_.volume(mount.source);
    if (!volume) continue;
    const bool ours = volume->mountpoint.starts_with((context_.options.root / "volumes").string() + "/");
    Fill fill{mount.target, volume->mountpoint, ours};
    if (volume->spec.driver_opts.empty()) {
      plain.push_back(std::move(fill));
    } else {
      with_options.emplace_back(mount.source, std::move(fill));
    }
  }
  if (plain.empty() && with_options.empty()) co_return;
  auto layers = context_.images.layer_folders(of);
  layers.push_back(context_.options.skeleton().string());  // what every container has is in the image's folders as well
  for (auto& [name, fill] : with_options) {
    std::function<void()> work = [layers, fill = std::move(fill)] {
      volume::populate(layers, fill.target, fill.data, fill.ours);
    };
    co_await neighbours_.mounts.run(name, std::move(work));
  }
  if (plain.empty()) co_return;
  auto work = [fills = std::move(plain), layers = std::move(layers)] {
    for (const Fill& fill : fills) volume::populate(layers, fill.target, fill.data, fill.ours);
  };
  co_await context_.workers.run(std::move(work));
}

asio::awaitable<void> ManagedContainer::start() {
  const auto self = shared_from_this();
  const auto lock = co_await mutex_.lock();
  if (row_.state.status == Status::running) co_return;
  restart_alarm_.reset();
  row_.state.stopped_by_user = false;
  row_.state.restart_count = 0;
  restart_ = {};
  co_await launch(true);
}

asio::awaitable<void> ManagedContainer::launch(bool by_user) {
  std::optional<Error> failed;
  try {
    const model::Image of = image();
    co_await mount_volumes();
    co_await populate_volumes(of);
    co_await wait_for_partners();
    if (row_.state.endpoints.empty()) reserve_network();
    model::LaunchNetwork network;
    const auto join_network = pid_of(row_.spec.network_mode, "network_mode");
    if (row_.spec.network_mode != "host" && !join_network) network = context_.network.launch_network(row_.id);
    if (has_networks()) row_.state.endpoints = context_.network.endpoints(row_.id);
    sandbox::LaunchInput input = assemble(of, std::move(network));
    input.join_network_pid = join_network;
    input.join_pid_pid = pid_of(row_.spec.pid_mode, "pid");
    input.join_ipc_pid = pid_of(row_.spec.ipc_mode, "ipc");
    const sandbox::LaunchPlan plan =
        sandbox::make_launch_plan(input, sandbox::gather_host_facts(context_.facts, input));
    row_.command = plan.identity.argv;
    row_.exposed = of.config.exposed_ports;
    row_.exposed.insert(row_.exposed.end(), row_.spec.expose.begin(), row_.spec.expose.end());
    std::sort(row_.exposed.begin(), row_.exposed.end());
    row_.exposed.erase(std::unique(row_.exposed.begin(), row_.exposed.end()), row_.exposed.end());
    const std::filesystem::path folder = context_.options.container(row_.id);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
      throw Error::from_errno(errno, "making " + folder.string());
    // From here on a killed engine finds the row, and with it the shim's socket.
    std::vector<state::Change> changes;
    changes.push_back(state::PutContainer{row_});
    co_await context_.state.commit(std::move(changes));
    const UniqueFd sealed = sandbox::seal_plan(plan);
    launching_ = true;
    launch_failure_.reset();
    shim::SpawnedShim spawned = shim::spawn_shim(context_.shim_program);
    shim_ = std::make_unique<ShimSocket>(
        context_.loop, std::move(spawned.control),
        [this](shim::Received& packet) { guarded("packet", [&] { on_packet(packet); }); },
        [this] { guarded("lost connection", [&] { on_closed(); }); });
    shim_->send({.kind = shim::Kind::launch}, {sealed.get()});
    const Mono deadline = context_.time.mono() + kStartWait;
    bool in_time = true;
    while (launching_ && !launch_failure_ && in_time) in_time = co_await changed_.wait_until(context_.time, deadline);
    if (!in_time) launch_failure_ = Error("the container's shim does not answer");
    if (launch_failure_) failed = std::move(launch_failure_);
  } catch (...) {
    const auto thrown = std::current_exception();
    failed = async::is_cancellation(thrown) ? Error(ErrorKind::unavailable, "the engine is shutting down")
                                            : error_of(thrown);
  }
  launching_ = false;
  launch_failure_.reset();
  if (!failed) co_return;
  shim_.reset();
  release_network();
  start_failed(row_.state, *failed, context_.time.wall());
  save({});
  if (!by_user) plan_restart(false);
  throw Error(*failed).context("starting container " + row_.spec.name);
}

asio::awaitable<void> ManagedContainer::stop(std::optional<Nanos> grace) {
  const auto self = shared_from_this();
  const auto lock = co_await mutex_.lock();
  row_.state.stopped_by_user = true;
  restart_alarm_.reset();
  save({});  // an engine that is killed now must not let the next one start it again
  if (row_.state.status == Status::restarting) {
    given_up(row_.state);
    row_.state.endpoints.clear();
    row_.state.ports.clear();
    release_network();
    save("stop");
    co_return;
  }
  if (row_.state.status != Status::running && row_.state.status != Status::paused) co_return;
  set_readiness(netns::Readiness::none);
  stop_probes();
  std::string name = row_.spec.stop_signal;
  if (name.empty()) {
    const auto of = context_.images.find(row_.spec.image_id);
    if (of) name = of->config.stop_signal;
  }
  const int signal = model::parse_signal(name.empty() ? "SIGTERM" : name).value_or(SIGTERM);
  const Nanos patience = grace.value_or(row_.spec.stop_grace.value_or(kDefaultGrace));
  if (patience.count() > 0) {
    sys::Status sent = sys::pidfd_send_signal(pidfd_, signal);
    if (!sent && sent.err() != ESRCH) throw Error::from_errno(sent.err(), "signalling container " + row_.spec.name);
    const Mono deadline = context_.time.mono() + patience;
    bool in_time = true;
    while (row_.state.status == Status::running && in_time)
      in_time = co_await changed_.wait_until(context_.time, deadline);
  }
  if (row_.state.status == Status::running) {
    sys::Status sent = sys::pidfd_send_signal(pidfd_, SIGKILL);
    if (!sent && sent.err() != ESRCH) throw Error::from_errno(sent.err(), "killing container " + row_.spec.name);
    const Mono deadline = context_.time.mono() + kKillWait;
    bool in_time = true;
    while (row_.state.status == Status::running && in_time)
      in_time = co_await changed_.wait_until(context_.time, deadline);
    if (!in_time) throw Error("container " + row_.spec.name + " is still running after SIGKILL");
    if (patience.count() > 0 && signal != SIGKILL) row_.state.killed_after = patience;
  }
  save("stop");
}

void ManagedContainer::kill(int signal) {
  if (row_.state.status != Status::running && row_.state.status != Status::paused) {
    throw Error(ErrorKind::conflict, "container " + row_.spec.name + " is not running");
  }
  if (signal == SIGKILL) row_.state.stopped_by_user = true;
  const sys::Status sent = sys::pidfd_send_signal(pidfd_, signal);
  if (!sent && sent.err() != ESRCH) throw Error::from_errno(sent.err(), "signalling container " + row_.spec.name);
  save("kill", {{"signal", std::to_string(signal)}});
}

void ManagedContainer::set_readiness(netns::Readiness readiness) {
  if (!has_networks()) return;
  context_.network.set_readiness(row_.id, readiness);
  neighbours_.network_changed();
}

}  // namespace stack::core
