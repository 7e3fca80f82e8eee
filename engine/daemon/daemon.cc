#include "engine/daemon/daemon.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/async/task_group.h"
#include "base/async/thread_pool.h"
#include "base/engine_tree.h"
#include "base/file.h"
#include "base/log.h"
#include "base/thrown.h"
#include "engine/api/http_server.h"
#include "engine/api/stack_api.h"
#include "engine/buildkit/buildkit_service.h"
#include "engine/cgroup/cgroup_tree.h"
#include "engine/core/claims.h"
#include "engine/core/engine.h"
#include "engine/core/event_bus.h"
#include "engine/core/init_program.h"
#include "engine/core/state_writer.h"
#include "engine/daemon/control_socket.h"
#include "engine/daemon/host_machine.h"
#include "engine/daemon/idle_memory.h"
#include "engine/daemon/run_lock.h"
#include "engine/daemon/service_manager.h"
#include "engine/image/image_store.h"
#include "engine/sandbox/skeleton.h"
#include "engine/scope/scoped_listeners.h"
#include "engine/service/attachments.h"
#include "engine/service/build_service.h"
#include "engine/service/connections.h"
#include "engine/service/container_command_service.h"
#include "engine/service/container_file_service.h"
#include "engine/service/container_folders.h"
#include "engine/service/container_service.h"
#include "engine/service/event_streams.h"
#include "engine/service/exec_registry.h"
#include "engine/service/execs.h"
#include "engine/service/images.h"
#include "engine/service/log_forwarders.h"
#include "engine/service/log_streams.h"
#include "engine/service/network_service.h"
#include "engine/service/process_tables.h"
#include "engine/service/projects.h"
#include "engine/service/registry_questions.h"
#include "engine/service/stats_streams.h"
#include "engine/service/system_service.h"
#include "engine/service/volume_service.h"
#include "engine/shim/spawn.h"
#include "engine/state/state_store.h"
#include "engine/volume/volume_store.h"
#include "netns/network.h"

namespace stack::daemon {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kWorkers = 2;
constexpr rlim_t kDescriptors = 65536;        // about eight a container
constexpr std::chrono::seconds kStopWait{5};  // for what is under way, when the engine leaves
constexpr int kIdleLooks = 8;                 // while the patience lasts
constexpr std::chrono::milliseconds kIdleLookMin{50};

void make_run_folder(const fs::path& path) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) throw Error::from_errno(failed.value(), "making " + path.string());
}

void make_root(const fs::path& path) {
  if (!tree::may_be_root(path)) {
    throw Error(ErrorKind::invalid, "the root folder " + path.string() + " holds things that are not an engine's")
        .remedy("give --root a folder of its own: it will be closed to all other users");
  }
  tree::make_folder(path);
}

// Corrects what an earlier version has made, before anything of it is used.
void make_folders(const core::Options& options) {
  for (const std::string& wrong : tree::correct(options.root, options.run)) log_warning("permissions: " + wrong);
  for (const fs::path& folder : {options.containers(), options.removed(), options.shims()}) tree::make_folder(folder);
}

// A disk that has no room for a log is no reason not to serve.
void begin_log(const fs::path& file, LogLevel least) {
  try {
    log_to(file, least);
  } catch (const Error& error) {
    log_warning(error.message() + "; lines go to standard error");
  }
}

std::string meta(const state::Snapshot& snapshot, const std::string& key) {
  for (const auto& [name, value] : snapshot.meta) {
    if (name == key) return value;
  }
  return {};
}

void prepare_process() {
  std::signal(SIGPIPE, SIG_IGN);
  struct sigaction reap {};
  reap.sa_handler = SIG_DFL;
  reap.sa_flags = SA_NOCLDWAIT;  // shims are watched by their connections; nobody waits for their status
  ::sigaction(SIGCHLD, &reap, nullptr);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < kDescriptors) {
    const rlim_t allowed = files.rlim_max;
    files.rlim_cur = files.rlim_max = std::max(allowed, kDescriptors);
    if (::setrlimit(RLIMIT_NOFILE, &files) != 0) {
      files.rlim_cur = files.rlim_max = allowed;  // without CAP_SYS_RESOURCE
      ::setrlimit(RLIMIT_NOFILE, &files);
    }
  }
  ::mallopt(M_ARENA_MAX, 2);
  // The text of a long list comes and goes without the kernel; a process that rests gives back all of it.
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 20);
  ::umask(0022);
}

// What escapes a handler ends that handler and nothing else; a program that does nothing but throw is of no use to anybody.
void run_loop(asio::io_context& loop) {
  constexpr int kThrownMax = 1000;
  for (int thrown = 0;; ++thrown) {
    try {
      loop.run();
      return;
    } catch (const std::exception& error) {
      log_error(std::string{"internal: "} + error.what());
      if (thrown >= kThrownMax) throw;
    }
  }
}

// An engine that leaves while nothing of it runs leaves nothing in the host's network; the next one makes it again.
void remove_networks(netns::NetworkStack& network) {
  try {
    const netns::SweepReport report = network.remove_all();
    for (const std::string& what : report.removed) log_info("removed " + what);
    for (const std::string& error : report.errors) log_error("leaving: " + error);
    if (const std::string kept = network.remains(); !kept.empty()) log_info(kept);
  } catch (const Error& error) {
    log_error("leaving: " + error.message());
  }
}

// The store, and the engine's tag in it: stored before anything bears it, so that what a first start that is killed leaves can be
// swept by the next one.
std::string tag_of(state::Store& store, const state::Snapshot& snapshot, const RandomSource& random) {
  std::string tag = meta(snapshot, "tag");
  if (!tag.empty()) return tag;
  tag = new_id(random, 6);
  store.commit({state::PutMeta{"tag", tag}});
  return tag;
}

core::Options with_tag(core::Options options, std::string tag) {
  options.tag = std::move(tag);
  return options;
}

// What runs in one engine, each after what it needs.
class Daemon {
 public:
  Daemon(const Arguments& arguments, core::Options options, Activation activation);
  // Until the engine has left.
  void run();

 private:
  asio::awaitable<void> begin(state::Snapshot snapshot);
  asio::awaitable<void> recover(state::Snapshot snapshot);
  // Calls leave() once nothing runs, nobody is connected, and that has lasted.
  asio::awaitable<void> leave_when_idle();
  void leave();
  // Two steps: everything is asked to end, then awaited, for kStopWait at most. The containers run on.
  asio::awaitable<void> end();
  asio::awaitable<void> stop_services();

  const Arguments& arguments_;
  Activation activation_;
  asio::io_context loop_{1};
  async::SystemTimekeeper time_{loop_};
  const RandomSource random_ = system_random();
  const image::RegistrySettings registries_;
  state::Store store_;
  state::Snapshot snapshot_ = store_.load();
  const core::Options options_;
  core::StateWriter writer_{loop_, time_, store_};
  async::ThreadPool workers_{kWorkers};
  async::TaskGroup tasks_{loop_, "engine"};
  core::EventBus events_{snapshot_.last_event};
  core::Claims claims_;
  image::Store images_{options_.root / "images", time_, random_};
  volume::Store volumes_{options_.root / "volumes"};
  const sandbox::HostFacts facts_ = facts_of_machine(options_);
  const UniqueFd shim_program_ = shim::seal_program(options_.shim_program);
  const std::unique_ptr<netns::NetworkStack> network_ = netns::NetworkStack::open(loop_, {.tag = options_.tag});
  core::Context context_{loop_,   options_, time_,    random_,   writer_, workers_,      tasks_, events_,
                         claims_, images_,  volumes_, *network_, facts_,  shim_program_, scoped_};
  core::Engine engine_{context_};
  service::Images image_service_{engine_, registries_};
  service::BuildService builds_{engine_, image_service_.pulls(), registries_};
  buildkit::BuildkitService buildkit_{loop_, time_, random_, builds_, buildkit::image_files(image_service_)};
  service::Projects projects_{engine_, image_service_, &builds_, snapshot_.projects, snapshot_.last_revisions};
  service::Logs logs_{engine_, projects_};
  service::Execs execs_{engine_};
  service::ExecRegistry exec_registry_{engine_, execs_};
  service::ContainerService container_service_{engine_, exec_registry_};
  service::ContainerFileService container_files_{engine_, registries_.limits};
  service::Attachments attachments_{engine_};
  service::LogForwarders forwarders_{engine_};
  service::ContainerCommandService container_commands_{engine_, attachments_, forwarders_};
  service::EventStreams event_streams_{engine_};
  service::ContainerFolders container_folders_{engine_};
  service::ProcessTables process_tables_{engine_};
  service::StatsStreams stats_streams_{engine_, container_service_};
  service::NetworkService network_service_{engine_};
  service::RegistryQuestions registry_questions_{engine_, registries_};
  service::Connections connections_{engine_, network_service_, container_service_};
  service::VolumeService volume_service_{engine_};
  service::System system_{engine_, [this] { leave(); }, time_.wall()};
  const IdleMemory idle_memory_{context_};
  ControlSocket door_;
  api::Routes routes_;
  std::unique_ptr<api::HttpServer> server_;
  scope::ScopedListeners scoped_{
      loop_, options_, routes_, {container_service_, network_service_, volume_service_, exec_registry_}};
  asio::signal_set signals_{loop_, SIGTERM, SIGINT};
  async::TaskGroup life_{loop_, "daemon"};  // its beginning, and the wait for idleness
  async::TaskGroup stopping_{loop_, "stopping"}, end_{loop_, "shutdown"};
  bool leaving_ = false;
  std::exception_ptr failure_;
};

Daemon::Daemon(const Arguments& arguments, core::Options options, Activation activation)
    : arguments_(arguments),
      activation_(std::move(activation)),
      registries_(image::load_registry_settings(arguments.config,
                                                [](const char* name) -> const char* { return std::getenv(name); })),
      store_(options.root / "state.db"),
      options_(with_tag(options, tag_of(store_, snapshot_, random_))),
      door_(options_.socket(), std::move(activation_.listening)) {
  for (const auto& [kind, key, why] : snapshot_.unreadable)
    log_error("the " + kind + " " + key + " cannot be read and is left alone: " + why);
  cgroup::make_parent(facts_.cgroups, options_.cgroup());
  api::add_stack_routes(routes_, {projects_,
                                  logs_,
                                  exec_registry_,
                                  container_service_,
                                  container_files_,
                                  container_commands_,
                                  attachments_,
                                  exec_registry_,
                                  image_service_,
                                  network_service_,
                                  volume_service_,
                                  system_,
                                  event_streams_,
                                  builds_,
                                  stats_streams_,
                                  container_folders_,
                                  process_tables_,
                                  connections_,
                                  registry_questions_,
                                  time_,
                                  [this] { return buildkit_.trace(); }});
  buildkit_.add_routes(routes_);
  server_ = std::make_unique<api::HttpServer>(loop_, door_.take(), routes_);
}

void Daemon::run() {
  const UniqueFd joins = cgroup::favour_joins(facts_.cgroups, options_.tag);
  life_.start(begin(std::move(snapshot_)));
  run_loop(loop_);
  if (failure_) std::rethrow_exception(failure_);
  log_info("stackd leaves");
}

asio::awaitable<void> Daemon::begin(state::Snapshot snapshot) {
  try {
    co_await recover(std::move(snapshot));
  } catch (const std::exception& error) {
    // Each container, network and volume by itself says what it lacks; this is for the rest.
    log_error(std::string{"taking over what runs: "} + error.what());
  }
  signals_.async_wait([this](const boost::system::error_code& cancelled, int) {
    if (!cancelled) leave();
  });
  container_commands_.sweep();
  server_->start();
  scoped_.start();
  tell_service_manager(activation_.address, "READY=1");
  log_info("stackd " STACK_VERSION " answers at " + options_.socket().string());
  if (arguments_.ready_fd >= 0) {
    write_all(BorrowedFd{arguments_.ready_fd}, "1");
    ::close(arguments_.ready_fd);
  }
  if (arguments_.on_demand) life_.start(leave_when_idle());
}

asio::awaitable<void> Daemon::recover(state::Snapshot snapshot) {
  const std::string boot = current_boot();
  const bool same_boot = meta(snapshot, "boot") == boot;
  std::exception_ptr thrown;
  try {
    co_await engine_.recover(std::move(snapshot), same_boot);
    forwarders_.begin();
    exec_registry_.recover();
    image_service_.drop_taken();
  } catch (...) {
    thrown = std::current_exception();
  }
  // Whatever failed: what runs from now on belongs to this boot.
  std::vector<state::Change> changes{state::PutMeta{"boot", boot}};
  co_await writer_.settle(std::move(changes));
  if (thrown) std::rethrow_exception(thrown);
}

asio::awaitable<void> Daemon::leave_when_idle() {
  const Nanos patience = arguments_.idle_after;
  for (Mono busy = time_.mono(); time_.mono() - busy < patience;) {
    co_await async::sleep_until(loop_, time_, time_.mono() + std::max<Nanos>(patience / kIdleLooks, kIdleLookMin));
    if (!engine_.idle() || server_->sessions() + scoped_.sessions() > 0) busy = time_.mono();
  }
  log_info("nothing to do: leaving");
  leave();
}

void Daemon::leave() {
  if (std::exchange(leaving_, true)) return;
  tell_service_manager(activation_.address, "STOPPING=1");
  door_.withdraw();
  end_.start(end(), [this](const std::exception_ptr& thrown) {
    failure_ = thrown;
    loop_.stop();
  });
}

asio::awaitable<void> Daemon::end() {
  co_await server_->stop();
  co_await scoped_.stop();
  async::Event changed{loop_};
  stopping_.start(stop_services(), [&changed](const std::exception_ptr& thrown) {
    if (thrown) log_error("leaving: " + error_of(thrown).message());
    changed.notify_all();
  });
  const Mono deadline = time_.mono() + kStopWait;
  for (bool in_time = true; stopping_.size() > 0 && in_time;) in_time = co_await changed.wait_until(time_, deadline);
  try {
    co_await writer_.drain();
  } catch (const std::exception& error) {
    log_error(std::string{"leaving: "} + error.what());
  }
  if (engine_.idle()) remove_networks(*network_);
  if (stopping_.size() > 0 || engine_.volumes().mounts().waits()) {
    // Its thread ends with the process only; all that has to be stored is stored, and what is half-made is swept by the next engine.
    log_warning(engine_.volumes().mounts().waits()
                    ? "the server of a mounted volume does not answer: leaving without it"
                    : "a long copy or download is still under way: leaving without it");
    std::_Exit(0);
  }
  co_await writer_.stop();
}

asio::awaitable<void> Daemon::stop_services() {
  co_await projects_.stop();
  co_await logs_.stop();
  co_await forwarders_.stop();
  co_await exec_registry_.stop();
  co_await execs_.stop();
  co_await container_commands_.stop_all();
  co_await attachments_.stop();
  co_await event_streams_.stop();
  co_await stats_streams_.stop();
  co_await container_folders_.stop();
  co_await process_tables_.stop();
  co_await connections_.stop();
  co_await registry_questions_.stop();
  co_await buildkit_.stop();
  co_await builds_.stop();
  co_await image_service_.stop();
  co_await container_files_.stop();
  co_await volume_service_.stop();
  life_.cancel();
  co_await life_.join();
  co_await engine_.stop();
}

}  // namespace

void run_daemon(const Arguments& arguments) {
  check_privileges();
  prepare_process();
  core::Options options{.root = arguments.root, .run = arguments.run, .shim_program = program_beside_us("stack-shim")};
  Activation activation = take_activation(options.run / "stackd.sock");
  make_run_folder(options.run);
  const Holder holder = activation.listening ? Holder::leaves : Holder::stays;
  const sys::EngineLock run_lock = lock_run_folder(options.run, holder);
  make_root(options.root);
  const sys::EngineLock root_lock = lock_root_folder(options.root, options.run, holder);
  make_folders(options);
  sandbox::make_skeleton(options.skeleton());
  if (!arguments.log_to_stderr) begin_log(options.root / "stackd.log", arguments.log_level);
  check_overlayfs();
  try {
    core::keep_init_program(options);
  } catch (const Error& error) {  // containers that want one have the shim's process in its place
    log_warning("the init of containers: " + error.message());
  }
  Daemon daemon{arguments, std::move(options), std::move(activation)};
  daemon.run();
}

}  // namespace stack::daemon
