#include "engine/daemon/daemon.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/engine_tree.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sys/syscalls.h"
#include "base/thrown.h"
#include "engine/api/http_server.h"
#include "engine/api/stack_api.h"
#include "engine/cgroup/cgroup_tree.h"
#include "engine/core/claims.h"
#include "engine/core/engine.h"
#include "engine/core/event_bus.h"
#include "engine/core/state_writer.h"
#include "engine/core/workers.h"
#include "engine/daemon/control_socket.h"
#include "engine/daemon/idle_memory.h"
#include "engine/daemon/run_lock.h"
#include "engine/daemon/service_manager.h"
#include "engine/image/image_store.h"
#include "engine/sandbox/apparmor.h"
#include "engine/sandbox/skeleton.h"
#include "engine/service/execs.h"
#include "engine/service/images.h"
#include "engine/service/log_streams.h"
#include "engine/service/projects.h"
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
constexpr rlim_t kDescriptors = 65536;  // about eight a container
constexpr int kIdleLooks = 8;           // while the patience lasts
constexpr std::chrono::milliseconds kIdleLookMin{50};
constexpr std::chrono::seconds kModuleWait{1};
constexpr useconds_t kModuleLookUs = 20'000;

void make_run_folder(const fs::path& path) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) throw Error::from_errno(failed.value(), "making " + path.string());
}

// Corrects what an earlier version has made, before anything of it is used.
void make_folders(const core::Options& options) {
  if (!tree::may_be_root(options.root)) {
    throw Error(ErrorKind::invalid,
                "the root folder " + options.root.string() + " holds things that are not an engine's")
        .remedy("give --root a folder of its own: it will be closed to all other users");
  }
  tree::make_folder(options.root);
  for (const std::string& wrong : tree::correct(options.root, options.run)) log_warning("permissions: " + wrong);
  for (const fs::path& folder : {options.containers(), options.removed(), options.shims()}) tree::make_folder(folder);
}

fs::path program_beside_us(const char* name) {
  std::error_code failed;
  const fs::path self = fs::read_symlink("/proc/self/exe", failed);
  if (failed) throw Error::from_errno(failed.value(), "finding the engine's own program");
  for (const fs::path& candidate : {self.parent_path() / name, self.parent_path() / "../libexec/stack" / name}) {
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  throw Error(ErrorKind::not_found, std::string{name} + " is not beside " + self.string())
      .remedy("install stack again");
}

void check_privileges() {
  if (::geteuid() == 0) return;
  throw Error(ErrorKind::not_permitted,
              "the engine needs root: it makes namespaces, mounts, networks and control groups")
      .remedy("run it as root, or with sudo");
}

void check_overlayfs() {
  // Asking for the file system makes the kernel load its module. Of several that ask at once on a freshly booted machine, all but the
  // first are told that there is none while it is being loaded.
  const Mono deadline = SystemClock{}.mono() + kModuleWait;
  do {
    if (sys::fsopen("overlay")) return;
    ::usleep(kModuleLookUs);
  } while (SystemClock{}.mono() < deadline);
  throw Error(ErrorKind::unsupported, "this kernel has no overlayfs, which containers' root file systems are made of")
      .remedy("load it with: modprobe overlay; or boot a kernel with CONFIG_OVERLAY_FS");
}

// Containers run without a profile rather than not at all where its loading fails: they are confined by everything else.
sandbox::HostFacts facts_of_machine(const core::Options& options) {
  sandbox::HostFacts facts = sandbox::gather_host_facts();
  if (!facts.apparmor) return facts;
  try {
    sandbox::load_default_profile({}, options.run / "apparmor");
    facts.apparmor_default = sandbox::kDefaultProfile;
  } catch (const Error& error) {
    log_error("containers run without an AppArmor profile: " + error.message());
  }
  return facts;
}

std::string meta(const state::Snapshot& snapshot, const std::string& key) {
  for (const auto& [name, value] : snapshot.meta) {
    if (name == key) return value;
  }
  return {};
}

std::string current_boot() {
  std::string id = read_file("/proc/sys/kernel/random/boot_id").value_or("unknown");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

void prepare_process() {
  std::signal(SIGPIPE, SIG_IGN);
  struct sigaction reap {};
  reap.sa_handler = SIG_DFL;
  reap.sa_flags = SA_NOCLDWAIT;  // shims are watched by their connections; nobody waits for their status
  ::sigaction(SIGCHLD, &reap, nullptr);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < kDescriptors) {
    files.rlim_cur = std::max(files.rlim_max, kDescriptors);
    files.rlim_max = files.rlim_cur;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_TRIM_THRESHOLD, 256 << 10);
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

// Calls `leave` once nothing runs, nobody is connected, and that has lasted.
asio::awaitable<void> leave_when_idle(core::Engine& engine, api::HttpServer& server, Nanos patience,
                                      std::function<void()> leave) {
  asio::steady_timer timer{engine.context().loop};
  const Clock& clock = engine.context().clock;
  Mono busy = clock.mono();
  for (;;) {
    timer.expires_after(std::max<Nanos>(patience / kIdleLooks, kIdleLookMin));
    boost::system::error_code cancelled;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (cancelled) co_return;
    if (!engine.idle() || server.sessions() > 0) busy = clock.mono();
    if (clock.mono() - busy < patience) continue;
    log_info("nothing to do: leaving");
    leave();
    co_return;
  }
}

}  // namespace

void run_daemon(const Arguments& arguments) {
  check_privileges();
  prepare_process();
  core::Options options{.root = arguments.root, .run = arguments.run, .shim_program = program_beside_us("stack-shim")};
  Activation activation = take_activation(options.run / "stackd.sock");
  make_run_folder(options.run);
  const UniqueFd lock = lock_run_folder(options.run, activation.listening ? Holder::leaves : Holder::stays);
  make_folders(options);
  sandbox::make_skeleton(options.skeleton());
  if (!arguments.log_to_stderr) log_to(options.root / "stackd.log", arguments.log_level);
  check_overlayfs();
  const image::RegistrySettings registries = image::load_registry_settings(
      arguments.config, [](const char* name) -> const char* { return std::getenv(name); });

  const SystemClock clock;
  const RandomSource random = system_random();
  state::Store store{options.root / "state.db"};
  state::Snapshot snapshot = store.load();
  for (const auto& [kind, key, why] : snapshot.unreadable)
    log_error("the " + kind + " " + key + " cannot be read and is left alone: " + why);
  options.tag = meta(snapshot, "tag");
  const std::string boot = current_boot();
  const bool same_boot = meta(snapshot, "boot") == boot;
  if (options.tag.empty()) {
    // Known before anything bears it: what a first start that is killed leaves is the next one's to sweep.
    options.tag = new_id(random, 6);
    store.commit({state::PutMeta{"tag", options.tag}});
  }

  asio::io_context loop{1};
  core::StateWriter writer{loop, store};
  core::Workers workers{kWorkers};
  core::EventBus events{snapshot.last_event};
  core::Claims claims;
  image::Store images{options.root / "images", clock, random};
  volume::Store volumes{options.root / "volumes"};
  const sandbox::HostFacts facts = facts_of_machine(options);
  cgroup::make_parent(facts.cgroups, options.cgroup());
  const UniqueFd joins = cgroup::favour_joins(facts.cgroups, options.tag);
  const UniqueFd shim_program = shim::seal_program(options.shim_program);
  const std::unique_ptr<netns::NetworkStack> network = netns::NetworkStack::open(loop, {.tag = options.tag});
  core::Context context{loop,   options, clock,   random,   writer, workers,     events,
                        claims, images,  volumes, *network, facts,  shim_program};
  core::Engine engine{context};
  service::Images image_backend{engine, registries};
  service::Projects projects{engine, image_backend, snapshot.projects};
  service::Logs logs{engine, projects};
  service::Exec exec{engine};
  const Rest rest{context};

  ControlSocket door{options.run / "stackd.sock", std::move(activation.listening)};
  bool leaving = false;
  std::unique_ptr<api::HttpServer> server;
  std::function<void()> leave;
  service::VolumeService volume_service{engine};
  service::System system{engine, [&] { leave(); }, clock.wall()};
  api::Routes routes;
  api::add_stack_routes(routes, {projects, logs, exec, image_backend, volume_service, system});
  asio::signal_set signals{loop, SIGTERM, SIGINT};
  std::exception_ptr failure;

  leave = [&] {
    if (std::exchange(leaving, true)) return;
    tell_service_manager(activation.address, "STOPPING=1");
    door.withdraw();
    asio::co_spawn(
        loop,
        [](api::HttpServer& http, service::Images& pulling, core::Engine& running,
           core::StateWriter& state) -> asio::awaitable<void> {
          co_await http.stop();
          co_await pulling.stop();
          running.abandon();
          try {
            co_await state.drain();
          } catch (const std::exception& error) {
            log_error(std::string{"leaving: "} + error.what());
          }
          if (running.idle()) remove_networks(running.context().network);
        }(*server, image_backend, engine, writer),
        [&](const std::exception_ptr& thrown) {
          failure = thrown;
          signals.cancel();
          loop.stop();
        });
  };
  server = std::make_unique<api::HttpServer>(loop, door.take(), routes);
  asio::co_spawn(
      loop,
      [](core::Engine& fresh, core::StateWriter& state, state::Snapshot rows, bool same,
         std::string boot_id) -> asio::awaitable<void> {
        std::vector<state::Change> changes;
        changes.push_back(state::PutMeta{"boot", boot_id});
        std::exception_ptr thrown;
        try {
          co_await fresh.recover(std::move(rows), same);
        } catch (...) {
          thrown = std::current_exception();
        }
        // Whatever failed: what runs from now on belongs to this boot.
        co_await state.settle(std::move(changes));
        if (thrown) std::rethrow_exception(thrown);
      }(engine, writer, std::move(snapshot), same_boot, boot),
      [&](const std::exception_ptr& thrown) {
        // Each container, network and volume by itself says what it lacks; this is for the rest.
        if (thrown) log_error("taking over what runs: " + error_of(thrown).message());
        signals.async_wait([&](const boost::system::error_code& cancelled, int) {
          if (!cancelled) leave();
        });
        server->start();
        tell_service_manager(activation.address, "READY=1");
        log_info("stackd " STACK_VERSION " answers at " + (options.run / "stackd.sock").string());
        if (arguments.ready_fd >= 0) {
          write_all(BorrowedFd{arguments.ready_fd}, "1");
          ::close(arguments.ready_fd);
        }
        if (arguments.on_demand) {
          asio::co_spawn(loop, leave_when_idle(engine, *server, arguments.idle_after, leave),
                         [](const std::exception_ptr&) {});
        }
      });
  run_loop(loop);
  if (failure) std::rethrow_exception(failure);
  log_info("stackd leaves");
  if (engine.volumes().mounts().waits()) {
    // Its thread ends with the process only; all that has to be stored is stored.
    log_warning("the server of a mounted volume does not answer: nobody waits for it");
    std::_Exit(0);
  }
}

}  // namespace stack::daemon
