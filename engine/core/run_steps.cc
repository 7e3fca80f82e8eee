#include "engine/core/run_steps.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/engine_tree.h"
#include "base/file.h"
#include "base/log.h"
#include "base/scope_guard.h"
#include "base/thrown.h"
#include "engine/cgroup/cgroup_tree.h"
#include "engine/core/launch_assembly.h"
#include "engine/core/log_tail.h"
#include "engine/core/shim_session.h"
#include "engine/sandbox/launch_plan.h"
#include "netns/network.h"

namespace stack::core {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr const char* kHostName = "buildkitsandbox";  // programs that note where they were built note the same
constexpr int kSignalBase = 128;                      // of exit codes, as shells have them
constexpr const char* kBridge = "bridge";

int exit_code(int wait_status) {
  return WIFSIGNALED(wait_status) ? kSignalBase + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

model::ContainerSpec spec_of(const build::RunJob& job, const std::string& id) {
  model::ContainerSpec spec;
  spec.name = "build-" + id.substr(0, 12);
  spec.entrypoint = job.argv;
  spec.command = std::vector<std::string>{};
  spec.environment["HOSTNAME"] = std::nullopt;
  for (const auto& [name, value] : job.environment) spec.environment[name] = value;
  spec.user = job.user;
  spec.working_dir = job.working_dir;
  spec.hostname = kHostName;
  spec.network_mode = job.network;
  if (job.network.empty()) spec.networks.push_back({.network = kBridge});
  spec.extra_hosts = job.extra_hosts;
  spec.privileged = job.insecure;
  spec.shm_size = job.shm_size;
  spec.ulimits = job.ulimits;
  for (const auto& bind : job.binds) {
    model::Mount mount{.kind = model::MountKind::bind, .source = bind.source, .target = bind.target};
    mount.read_only = bind.read_only;
    mount.create_host_path = false;
    spec.mounts.push_back(std::move(mount));
  }
  for (const auto& tmpfs : job.tmpfs) {
    model::Mount mount{.kind = model::MountKind::tmpfs, .source = {}, .target = tmpfs.target};
    mount.tmpfs_size = tmpfs.bytes;
    spec.mounts.push_back(std::move(mount));
  }
  return spec;
}

}  // namespace

// From its launch until nothing of it is left. Kept by its task and by the one that waits for it.
class RunSteps::Command final : public ShimSession::Owner {
 public:
  Command(RunSteps& steps, build::RunJob job)
      : steps_(steps),
        context_(steps.engine_.context()),
        job_(std::move(job)),
        id_(new_id(context_.random)),
        changed_(context_.loop),
        session_(context_.loop, context_.time, steps.shims_, *this) {
    steps_.commands_[id_] = this;
  }
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  ~Command() override { steps_.commands_.erase(id_); }

  static asio::awaitable<void> play(std::shared_ptr<Command> self);
  asio::awaitable<build::RunOutcome> outcome();
  // Nobody wants its end any more.
  void give_up() noexcept;

  void on_launched(ShimSession::Launched launched) noexcept override;
  void on_failed(Error why) noexcept override { over(std::move(why)); }
  void on_exited(ShimSession::Exit exit) noexcept override {
    outcome_ = {exit_code(exit.wait_status), exit.oom_killed};
    over(std::nullopt);
  }
  void on_lost() noexcept override { over(Error("the command's shim is gone")); }

 private:
  void over(std::optional<Error> failure) noexcept {
    ended_ = true;
    if (failure && !failure_) failure_ = std::move(failure);
    if (tail_) tail_->end();
    changed_.notify_all();
  }
  void launch();
  UniqueFd sealed_plan();
  model::LaunchNetwork network(model::Container& container);
  void write_secrets();
  [[nodiscard]] fs::path secrets_folder() const { return context_.options.build_secrets() / id_; }
  [[nodiscard]] std::string group() const { return context_.options.cgroup() + "/" + id_; }
  asio::awaitable<void> clean();

  RunSteps& steps_;
  Context& context_;
  build::RunJob job_;
  const std::string id_;
  async::Event changed_;
  ShimSession session_;
  std::unique_ptr<LogTail> tail_;
  build::RunOutcome outcome_;
  std::optional<Error> failure_;
  bool launched_ = false, ended_ = false, unwanted_ = false, done_ = false, reserved_ = false;
};

RunSteps::RunSteps(Engine& engine)
    : engine_(engine),
      shims_(engine.context().loop, engine.context().shim_program),
      tasks_(engine.context().loop, "build steps") {
  std::error_code failed;
  fs::remove_all(engine.context().options.build_secrets(), failed);
  if (failed) log_warning("removing what a build has left: " + failed.message());
}

asio::awaitable<build::RunOutcome> RunSteps::run(build::RunJob job) {
  const auto command = std::make_shared<Command>(*this, std::move(job));
  tasks_.start(Command::play(command));
  // Also when the task that waits is cancelled.
  const ScopeGuard leave{[command] { command->give_up(); }};
  co_return co_await command->outcome();
}

asio::awaitable<void> RunSteps::stop() {
  for (const auto& [id, command] : commands_) command->give_up();
  co_await tasks_.join();
}

asio::awaitable<build::RunOutcome> RunSteps::Command::outcome() {
  while (!done_) co_await changed_.wait();
  if (failure_) throw Error(*failure_);
  co_return outcome_;
}

void RunSteps::Command::give_up() noexcept {
  if (done_ || std::exchange(unwanted_, true)) return;
  job_.on_output = [](int, std::string_view) {};
  try {
    if (session_.runs()) {
      session_.signal(SIGKILL);
    } else {
      session_.cancel();
    }
  } catch (const std::exception& error) {
    log_warning("ending " + job_.name + ": " + error.what());
  }
  changed_.notify_all();
}

asio::awaitable<void> RunSteps::Command::play(std::shared_ptr<Command> self) {
  try {
    if (self->unwanted_) throw Error(ErrorKind::conflict, "the build was cancelled");
    self->launch();
    co_await self->tail_->run();
  } catch (...) {
    if (!self->failure_) self->failure_ = error_of(std::current_exception());
    self->give_up();
  }
  while (self->launched_ && !self->ended_) co_await self->changed_.wait();
  co_await self->clean();
  self->done_ = true;
  self->changed_.notify_all();
}

void RunSteps::Command::launch() {
  const fs::path log = sandbox::log_folder(job_.folder);
  if (::mkdir(log.c_str(), 0700) != 0) throw Error::from_errno(errno, "making " + log.string());
  const auto take = [this](int stream, std::string_view bytes) {
    if (job_.on_output) job_.on_output(stream, bytes);
  };
  tail_ = std::make_unique<LogTail>(context_.loop, context_.workers, steps_.engine_.log_watches(), log, take);
  write_secrets();
  const UniqueFd plan = sealed_plan();
  session_.launch(plan);
  launched_ = true;
}

// Where no disk keeps them.
void RunSteps::Command::write_secrets() {
  if (job_.secrets.empty()) return;
  tree::make_folder(secrets_folder());
  int number = 0;
  for (const auto& secret : job_.secrets) {
    const fs::path file = secrets_folder() / std::to_string(number++);
    replace_file(file, secret.content, Durable::no, 0600);
    if (::chown(file.c_str(), secret.user, secret.group) != 0 || ::chmod(file.c_str(), secret.mode) != 0)
      throw Error::from_errno(errno, "writing a secret");
    job_.binds.push_back({file.string(), secret.target, true});
  }
}

model::LaunchNetwork RunSteps::Command::network(model::Container& container) {
  if (job_.network == "host") return {};
  if (job_.network.empty()) {
    steps_.engine_.ensure_network_of(container.spec);
    container.state.endpoints = context_.network.reserve({.container_id = id_,
                                                          .sticky_key = container.spec.name,
                                                          .hostname = std::string{short_id(id_)},
                                                          .attachments = container.spec.networks,
                                                          .dns = {},
                                                          .dns_search = {},
                                                          .dns_options = {}});
    reserved_ = true;
  }
  model::LaunchNetwork made = context_.network.launch_network(id_);
  return made;
}

UniqueFd RunSteps::Command::sealed_plan() {
  model::Container container;
  container.id = id_;
  container.spec = spec_of(job_, id_);
  LaunchParts parts{.image = {}, .layers = job_.layers, .volume_path = {}};
  parts.network = network(container);
  parts.host_name = read_host_name();
  parts.host_resolv_conf = read_host_resolv_conf();
  if (job_.network == "host") parts.host_hosts = read_host_hosts();
  sandbox::LaunchInput input = assemble_launch(container, context_.options, parts);
  // The host's name in a layer is the image's matter; names and name servers are not, and cannot be changed.
  std::erase_if(input.files, [](const sandbox::InjectedFile& file) { return file.name == "hostname"; });
  for (sandbox::InjectedFile& file : input.files) file.read_only = true;
  input.container_dir = job_.folder;
  input.becomes_layer = true;
  return sandbox::seal_plan(sandbox::make_launch_plan(input, sandbox::gather_host_facts(context_.facts, input)));
}

void RunSteps::Command::on_launched(ShimSession::Launched launched) noexcept {
  try {
    if (unwanted_) return session_.signal(SIGKILL);
    if (!reserved_) return;
    context_.network.serve_dns(id_, std::move(launched.dns_udp), std::move(launched.dns_tcp));
  } catch (const std::exception& error) {
    log_warning(job_.name + ": " + error.what());
  }
}

// Everything that it had, whatever fails.
asio::awaitable<void> RunSteps::Command::clean() {
  session_.end();
  try {
    if (job_.network != "host") context_.network.release(id_);
    context_.network.flush();
  } catch (const std::exception& error) {
    log_warning("after " + job_.name + ": " + error.what());
  }
  auto work = [secrets = job_.secrets.empty() ? fs::path{} : secrets_folder(), group = group(),
               socket = context_.options.shim_socket(id_), &layout = context_.facts.cgroups] {
    std::error_code failed;
    if (!secrets.empty()) fs::remove_all(secrets, failed);
    if (failed) log_warning("removing " + secrets.string() + ": " + failed.message());
    std::error_code ignored;
    fs::remove(socket, ignored);
    const auto groups = layout.folders(group);
    if (groups.empty() || !fs::exists(groups.front(), ignored)) return;
    for (const std::string& why : cgroup::remove_tree(layout, group)) log_warning(why);
  };
  co_await context_.workers.run(std::move(work));
  job_.keep.reset();
}

}  // namespace stack::core
