#include "engine/service/container_command_service.h"

#include <algorithm>
#include <filesystem>

#include "base/async/thread_pool.h"
#include "base/log.h"
#include "base/model/model_words.h"
#include "base/model/reference.h"
#include "base/model/signals.h"
#include "base/moment.h"
#include "base/thrown.h"
#include "engine/core/context.h"
#include "engine/core/engine_socket.h"
#include "engine/core/predefined_networks.h"
#include "engine/core/state_writer.h"
#include "engine/image/image_store.h"
#include "engine/image/platform.h"
#include "engine/service/answered.h"
#include "engine/service/container_names.h"
#include "engine/service/creation_refusals.h"
#include "engine/service/machine_limits.h"
#include "engine/service/start_failure.h"

namespace stack::service {

namespace asio = boost::asio;
using model::Status;

namespace {

// A client that does not read cannot keep a container that has ended for longer than this.
constexpr std::chrono::seconds kOutputWait{10};
// Nor the news of its end, as with dockerd.
constexpr std::chrono::seconds kTellWait{2};

int signal_of(const std::string& text) {
  const auto number = model::parse_signal(text);
  if (number) return *number;
  const std::string_view digits = std::string_view{text}.substr(text.starts_with('-') ? 1 : 0);
  const bool is_number = !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
  if (is_number && digits.find_first_not_of('0') != std::string_view::npos)
    throw Error(ErrorKind::invalid, "the linux daemon does not support signal " + text);
  throw Error(ErrorKind::invalid, "invalid signal: " + text);
}

int signal_for(const std::string& step, const std::string& container, const std::string& text) {
  try {
    return signal_of(text);
  } catch (Error& error) {
    throw error.context(step + container);
  }
}

std::vector<std::string> ports_of(const std::string& range) {
  const std::size_t slash = range.find('/');
  const std::string protocol = slash == std::string::npos ? "/tcp" : range.substr(slash);
  const std::string numbers = range.substr(0, slash);
  const std::size_t dash = numbers.find('-');
  std::vector<std::string> ports;
  const int last = std::stoi(dash == std::string::npos ? numbers : numbers.substr(dash + 1));
  for (int port = std::stoi(numbers.substr(0, dash)); port <= last; ++port)
    ports.push_back(std::to_string(port) + protocol);
  return ports;
}

// Each exposed port that is not published yet gets a free port of the host.
void publish_exposed(model::ContainerSpec& spec, const model::Image& image) {
  std::vector<std::string> exposed = spec.expose;
  exposed.insert(exposed.end(), image.config.exposed_ports.begin(), image.config.exposed_ports.end());
  for (const std::string& range : exposed) {
    for (const std::string& text : ports_of(range)) {
      model::PublishedPort port;
      port.container_port = static_cast<std::uint16_t>(std::stoi(text));
      port.protocol = parse_word<model::Protocol>(text.substr(text.find('/') + 1)).value_or(model::Protocol::tcp);
      const bool published = std::any_of(spec.ports.begin(), spec.ports.end(), [&](const auto& each) {
        return each.container_port == port.container_port && each.protocol == port.protocol;
      });
      if (!published) spec.ports.push_back(port);
    }
  }
}

// As dockerd writes a name that leads nowhere: with the tag that was meant. An id has none.
std::string name_with_tag(const std::string& name) {
  if (name.starts_with("sha256:")) return name;
  return model::parse_reference(name).familiar();
}

model::Image image_of(const image::Store& images, const std::string& name, const std::string& platform) {
  auto image = images.find(name);
  if (!image) throw Error(ErrorKind::not_found, "No such image: " + name_with_tag(name));
  const image::Platform made_for{image->os, image->architecture, image->variant};
  if (!platform.empty() && !image::distance(image::parse_platform(platform), made_for)) {
    throw Error(ErrorKind::not_found, "image with reference " + name + " was found but its platform (" +
                                          made_for.text() + ") does not match the specified platform (" + platform +
                                          ")")
        .remedy("stack image pull --platform " + platform + " " + name);
  }
  return std::move(*image);
}

// In dockerd's words, by which clients know the case.
void check_name(const core::Containers& containers, const std::string& name) {
  const auto holder = name.empty() ? nullptr : containers.find(name);
  if (!holder || holder->row().spec.name != name) return;
  throw Error(ErrorKind::conflict,
              "Conflict. The container name \"/" + name + "\" is already in use by container \"" + holder->row().id +
                  "\". You have to remove (or rename) that container to be able to reuse that name.");
}

// Whose namespace it shares is settled here, whatever the name means later.
void name_by_id(const core::Containers& containers, std::string& mode) {
  constexpr std::string_view kOf = "container:";
  if (!mode.starts_with(kOf)) return;
  if (const auto found = containers.find(mode.substr(kOf.size()))) mode = std::string{kOf} + found->row().id;
}

// Which networks it is on is settled here as well; the predefined ones are there as soon as they are needed.
void settle_networks(const core::Networks& networks, model::ContainerSpec& spec) {
  for (model::Attachment& attachment : spec.networks) {
    const model::Network* network = networks.find(attachment.network);
    if (network != nullptr && !core::is_predefined_network(network->spec.name)) attachment.network_id = network->id;
  }
}

// Of the bind mounts that make no folder for themselves, the first without a source.
std::optional<std::string> missing_source(const std::vector<model::Mount>& mounts) {
  for (const model::Mount& mount : mounts) {
    std::error_code failed;
    const bool has_to_be = mount.kind == model::MountKind::bind && mount.long_form && !mount.create_host_path &&
                           !model::is_docker_socket(mount.source);
    if (has_to_be && !std::filesystem::exists(std::filesystem::symlink_status(mount.source, failed)))
      return mount.source;
  }
  return std::nullopt;
}

Error cannot_update(const model::Container& row, const std::string& why) {
  return {ErrorKind::conflict, "Cannot update container " + row.id + ": " + why};
}

// Zero leaves what is there. What swap is added to the memory is settled at the creation, as Docker has it.
model::Resources changed(const model::Container& row, const model::Resources& change) {
  model::Resources limits = row.spec.resources;
  if (limits.memory_swap == 0) limits.memory_swap = 2 * limits.memory_max;
  if (change.memory_max > limits.memory_swap && change.memory_swap == 0) {
    throw cannot_update(
        row,
        "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time");
  }
  const auto take = [](std::int64_t& limit, std::int64_t wanted) {
    if (wanted != 0) limit = wanted;
  };
  take(limits.memory_max, change.memory_max);
  take(limits.memory_low, change.memory_low);
  take(limits.memory_swap, change.memory_swap);
  take(limits.cpu_shares, change.cpu_shares);
  take(limits.cpu_period_us, change.cpu_period_us);
  take(limits.cpu_quota_us, change.cpu_quota_us);
  take(limits.block_weight, change.block_weight);
  take(limits.pids_max, change.pids_max);
  if (change.nano_cpus != 0) {
    limits.nano_cpus = change.nano_cpus;
    limits.cpu_period_us = limits.cpu_quota_us = 0;
  }
  if (change.cpu_quota_us != 0 || change.cpu_period_us != 0) limits.nano_cpus = 0;
  if (!change.cpuset.empty()) limits.cpuset = change.cpuset;
  if (!change.memory_nodes.empty()) limits.memory_nodes = change.memory_nodes;
  if (limits.memory_swap > 0 && limits.memory_max > limits.memory_swap)
    throw cannot_update(row, "Minimum memoryswap limit should be larger than memory limit, see usage");
  return limits;
}

// Which of both limits would rule is not said.
void check_share_of_processors(const model::Container& row, const model::Resources& change) {
  if (row.spec.resources.nano_cpus == 0 || change.nano_cpus != 0) return;
  for (const auto& [limit, name] : {std::pair{change.cpu_period_us, "Period"}, {change.cpu_quota_us, "Quota"}}) {
    if (limit == 0) continue;
    throw cannot_update(
        row, std::string{"Conflicting options: CPU "} + name + " cannot be updated as NanoCPUs has already been set");
  }
}

}  // namespace

ContainerCommandService::ContainerCommandService(core::Engine& engine, Attachments& attachments,
                                                 LogForwarders& forwarders)
    : engine_(engine),
      attachments_(attachments),
      forwarders_(forwarders),
      tasks_(engine.context().loop, "container commands"),
      heard_(engine.context().events.subscribe([this](const model::Event& event) { on_event(event); })) {}

ContainerCommandService::Container ContainerCommandService::named(const std::string& name,
                                                                  const std::string& step) const {
  try {
    return container_named(engine_, name);
  } catch (Error& error) {
    if (!step.empty()) error.context(step);
    throw;
  }
}

// --- creation --------------------------------------------------------------------------------------------------------

void ContainerCommandService::create(api::ContainerCreation creation,
                                     std::function<void(std::variant<api::ContainerCreated, Error>)> answer) {
  model::ContainerSpec& spec = creation.spec;
  for (std::string* mode : {&spec.network_mode, &spec.pid_mode, &spec.ipc_mode})
    name_by_id(engine_.containers(), *mode);
  CreationNames names = names_of(spec);
  tasks_.start(make(std::move(creation), std::move(names)), answered(std::move(answer)));
}

CreationNames ContainerCommandService::names_of(const model::ContainerSpec& spec) const {
  const Identities identities{.container =
                                  [this](const std::string& name) {
                                    const auto found = name.empty() ? nullptr : engine_.containers().find(name);
                                    return found ? found->row().id : std::string{};
                                  },
                              .network =
                                  [this](const std::string& name) {
                                    const model::Network* found = engine_.networks().find(name);
                                    return found == nullptr ? std::string{} : found->id;
                                  },
                              // Volumes have no ids: one that was made at another time is another one.
                              .volume =
                                  [this](const std::string& name) {
                                    const auto& all = engine_.volumes().by_name();
                                    const auto found = all.find(name);
                                    return found == all.end() ? std::string{} : rfc3339_nanos(found->second.created);
                                  }};
  return {spec, identities};
}

// From the last wait to the end, names stand for what they stood for when the request was judged.
asio::awaitable<api::ContainerCreated> ContainerCommandService::make(api::ContainerCreation creation,
                                                                     CreationNames judged) {
  model::ContainerSpec& spec = creation.spec;
  core::Context& context = engine_.context();
  check_machine_limits(spec.resources);
  const model::Image image = image_of(context.images, spec.image, creation.platform);
  spec.image_id = image.id;
  check_command(spec, image.config);
  check_name(engine_.containers(), spec.name);
  check_capabilities("CapAdd", spec.cap_add);
  check_capabilities("CapDrop", spec.cap_drop);
  const bool publishes = !spec.ports.empty();
  if (spec.publish_all) publish_exposed(spec, image);
  auto find_missing = [mounts = spec.mounts] { return missing_source(mounts); };
  if (const auto missing = co_await context.workers.run(std::move(find_missing))) {
    throw Error(ErrorKind::invalid,
                "invalid mount config for type \"bind\": bind source path does not exist: " + *missing);
  }
  api::ContainerCreated created{.id = "", .warnings = std::move(creation.warnings)};
  if (spec.network_mode == "host" && publishes)
    created.warnings.emplace_back("Published ports are discarded when using host network mode");
  for (model::VolumeSpec volume : creation.volumes) {
    if (!volume.name.empty()) co_await engine_.volumes().create(std::move(volume));
  }
  judged.check(names_of(spec));
  engine_.ensure_network_of(spec);
  settle_networks(engine_.networks(), spec);
  check_endpoints(engine_.networks(), spec);
  check_partners(engine_.containers(), spec);
  const Container made = engine_.containers().create(std::move(spec), {});
  co_await context.state.settle({});
  created.id = made->row().id;
  co_return created;
}

// --- its life --------------------------------------------------------------------------------------------------------

asio::awaitable<void> ContainerCommandService::start_one(Container container) {
  std::exception_ptr failed;
  try {
    co_await container->start();
  } catch (const std::exception&) {
    failed = std::current_exception();
  }
  if (!failed) co_return;
  const std::string name = container->row().spec.name, id = container->row().id;
  if (container->row().spec.auto_remove) co_await remove_itself(id, Nanos{0});
  if (async::is_cancellation(failed)) std::rethrow_exception(failed);
  throw docker_start_failure(error_of(failed), name, id);
}

void ContainerCommandService::start(const std::string& container, Changed answer) {
  const Container on = named(container);
  if (on->row().state.status == Status::paused)
    throw Error(ErrorKind::conflict, "cannot start a paused container, try unpause instead");
  // One that waits to be started again goes on waiting.
  if (model::is_alive(on->row().state)) return answer(false);
  tasks_.start(start_one(on), answered_with(std::move(answer), true));
}

void ContainerCommandService::stop(const std::string& container, const api::StopOptions& options, Changed answer) {
  const Container on = named(container);
  if (!model::is_alive(on->row().state) && on->phase() != core::Phase::starting) return answer(false);
  const int signal = options.signal.empty() ? 0 : signal_for("cannot stop container: ", container, options.signal);
  tasks_.start(on->stop(options.grace, signal), answered_with(std::move(answer), true));
}

void ContainerCommandService::restart(const std::string& container, const api::StopOptions& options, Done answer) {
  const Container on = named(container);
  const int signal = options.signal.empty() ? 0 : signal_for("Cannot restart container ", container, options.signal);
  tasks_.start(on->restart(options.grace, signal), answered_with(std::move(answer)));
}

void ContainerCommandService::kill(const std::string& container, const std::string& signal, Done answer) {
  const int number = signal_for("cannot kill container: ", container, signal.empty() ? "KILL" : signal);
  const Container on = named(container, "cannot kill container: " + container);
  if (!model::is_alive(on->row().state))
    throw Error(ErrorKind::conflict,
                "cannot kill container: " + container + ": container " + on->row().id + " is not running");
  tasks_.start(on->kill(number), answered_with(std::move(answer)));
}

void ContainerCommandService::pause(const std::string& container, Done answer) {
  const Container on = named(container);
  const Status status = on->row().state.status;
  if (status == Status::paused) throw Error(ErrorKind::conflict, "Container " + on->row().id + " is already paused");
  if (!model::is_alive(on->row().state))
    throw Error(ErrorKind::conflict, "container " + on->row().id + " is not running");
  tasks_.start(on->pause(), answered_with(std::move(answer)));
}

void ContainerCommandService::unpause(const std::string& container, Done answer) {
  const Container on = named(container);
  // dockerd's status for it is 500.
  if (on->row().state.status != Status::paused) throw Error("Container " + on->row().id + " is not paused");
  tasks_.start(on->unpause(), answered_with(std::move(answer)));
}

void ContainerCommandService::rename(const std::string& container, const std::string& name, Done answer) {
  if (name.empty()) throw Error(ErrorKind::invalid, "Neither old nor new names may be empty");
  const Container on = named(container);
  const std::string wanted = name.starts_with('/') ? name.substr(1) : name;
  if (on->row().spec.name != wanted) {
    try {
      if (!core::is_container_name(wanted)) {
        throw Error(ErrorKind::invalid,
                    "Invalid container name (/" + wanted + "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
      }
      check_name(engine_.containers(), wanted);
    } catch (Error& error) {
      throw error.context("Error when allocating new name");
    }
  }
  engine_.containers().rename(on->row().id, wanted);
  tasks_.start(engine_.context().state.settle({}), answered_with(std::move(answer)));
}

void ContainerCommandService::update(const std::string& container, const api::ContainerChange& change, Done answer) {
  const Container on = named(container);
  if (change.restart && on->row().spec.auto_remove && change.restart->kind != model::RestartKind::no)
    throw Error(ErrorKind::invalid, "Cannot update container " + on->row().id +
                                        ": Restart policy cannot be updated because AutoRemove is enabled for the "
                                        "container");
  check_machine_limits(change.limits);
  check_share_of_processors(on->row(), change.limits);
  core::ContainerUpdate update{.resources = changed(on->row(), change.limits), .restart = change.restart};
  tasks_.start(on->update(std::move(update)), answered_with(std::move(answer)));
}

void ContainerCommandService::resize(const std::string& container, std::uint16_t rows, std::uint16_t columns) {
  const Container on = named(container);
  if (!model::is_alive(on->row().state))
    throw Error(ErrorKind::conflict, "container " + on->row().id + " is not running");
  on->resize(rows, columns);
  on->announce("resize", {{"height", std::to_string(rows)}, {"width", std::to_string(columns)}});
}

// --- its end ---------------------------------------------------------------------------------------------------------

void ContainerCommandService::remove(const std::string& container, const api::ContainerRemovalOptions& options,
                                     Done answer) {
  const Container on = named(container);
  const Status status = on->row().state.status;
  const bool alive = model::is_alive(on->row().state);
  if (alive && !options.force) {
    const char* what = status == Status::paused ? "paused and must be unpaused first"
                                                : "running: stop the container before removing or force remove";
    throw Error(ErrorKind::conflict, "cannot remove container \"" + container + "\": container is " + what);
  }
  tasks_.start(
      engine_.containers().remove(on->row().id, {.force = options.force, .anonymous_volumes = options.volumes}),
      answered_with(std::move(answer)));
}

void ContainerCommandService::on_event(const model::Event& event) {
  if (event.type != "container" || event.action != "die") return;
  const Container container = engine_.containers().find(event.id);
  if (container && container->row().spec.auto_remove) tasks_.start(remove_itself(event.id, kOutputWait));
}

asio::awaitable<void> ContainerCommandService::remove_itself(std::string id, Nanos patience) {
  co_await attachments_.drained(id, engine_.context().time.mono() + patience);
  co_await forwarders_.drained(id, engine_.context().time.mono() + kOutputWait);
  const Container container = engine_.containers().find(id);
  // A user may have started or removed it meanwhile.
  if (!container || model::is_alive(container->row().state)) co_return;
  try {
    co_await engine_.containers().remove(id, {.anonymous_volumes = true});
  } catch (const Error& error) {
    log_warning("removing container " + id + " at its end: " + error.message());
  }
}

void ContainerCommandService::sweep() {
  for (const auto& [id, container] : engine_.containers().by_id()) {
    const model::Container& row = container->row();
    if (row.spec.auto_remove && row.state.status == Status::exited) tasks_.start(remove_itself(id, Nanos{0}));
  }
}

namespace {

// Listens until the end comes, and then answers once.
struct Waiting {
  std::function<void(api::ContainerEnd)> answer;
  core::EventBus::Subscription heard;
  int exit_code = 0;
};

}  // namespace

// Clients expect what the container wrote before the news of its end, though the two come by connections of their own.
asio::awaitable<void> ContainerCommandService::tell_end(std::string id, std::function<void()> tell) {
  co_await attachments_.drained(id, engine_.context().time.mono() + kTellWait);
  tell();
}

std::function<void()> ContainerCommandService::wait(const std::string& container, api::WaitFor what,
                                                    std::function<void(api::ContainerEnd)> answer) {
  const Container on = named(container);
  const auto waiting = std::make_shared<Waiting>();
  waiting->answer = std::move(answer);
  waiting->exit_code = on->row().state.exit_code;
  const auto answer_soon = [this, id = on->row().id](const std::shared_ptr<Waiting>& ended) {
    tasks_.start(tell_end(id, [ended, code = ended->exit_code] {
      ended->heard = {};
      if (const auto tell = std::exchange(ended->answer, {})) tell({.exit_code = code});
    }));
  };
  const bool over = !model::is_alive(on->row().state) && on->phase() != core::Phase::starting;
  if (what == api::WaitFor::not_running && over) {
    answer_soon(waiting);
  } else {
    const std::weak_ptr<Waiting> weak = waiting;
    waiting->heard = engine_.context().events.subscribe([weak, what, on, answer_soon](const model::Event& event) {
      const auto self = weak.lock();
      if (!self || event.type != "container" || event.id != on->row().id) return;
      if (event.action == "die") self->exit_code = std::atoi(event.attributes.at("exitCode").c_str());
      const bool removed = event.action == "destroy";
      // One that never ran has ended by the failure of its start.
      if (removed) self->exit_code = on->row().state.exit_code;
      if (removed || (event.action == "die" && what != api::WaitFor::removed)) answer_soon(self);
    });
  }
  return [waiting] {
    waiting->answer = {};
    waiting->heard = {};
  };
}

asio::awaitable<void> ContainerCommandService::stop_all() {
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace stack::service
