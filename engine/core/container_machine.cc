#include "engine/core/container_machine.h"

#include <algorithm>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/model/log_endpoint.h"
#include "engine/cgroup/cgroup_tree.h"
#include "engine/cgroup/limits.h"
#include "engine/core/device_edits.h"
#include "engine/core/engine_socket.h"
#include "engine/core/injected_files.h"
#include "engine/core/launch_assembly.h"
#include "engine/core/state_writer.h"
#include "engine/image/image_store.h"
#include "engine/image/registry/tls_files.h"
#include "engine/sandbox/apparmor.h"
#include "engine/sandbox/launch_plan.h"
#include "engine/sandbox/project_quota.h"
#include "engine/sandbox/storage_options.h"

namespace stack::core {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kHostsBytesMax = 1 << 20;

}  // namespace

// --- control groups --------------------------------------------------------------------------------------------------

std::string KernelGroups::path(const model::Container& container) const {
  sandbox::LaunchInput input;
  input.cgroup_path = context_.options.cgroup() + "/" + container.id;
  input.spec.cgroup_parent = container.spec.cgroup_parent;
  return sandbox::effective_cgroup_path(input);
}

void KernelGroups::kill_all(const model::Container& container) noexcept {
  try {
    cgroup::kill_all(context_.facts.cgroups, path(container));
  } catch (const std::exception& error) {
    log_error("ending the processes of container " + container.id + ": " + error.what());
  }
}

void KernelGroups::freeze(const model::Container& container, bool frozen) {
  cgroup::set_frozen(context_.facts.cgroups, path(container), frozen);
}

void KernelGroups::limit(const model::Container& container, const model::Resources& limits) {
  auto writes = cgroup::limit_writes(limits, context_.facts.cgroups.mode, context_.facts.swap_accounting);
  const std::string group = path(container);
  try {
    cgroup::apply(context_.facts.cgroups, group, writes);
    return;
  } catch (const Error&) {
    // Version 1 refuses a memory limit above the limit of memory and swap, and the other way round, at every moment.
  }
  std::reverse(writes.begin(), writes.end());
  cgroup::apply(context_.facts.cgroups, group, writes);
}

// --- files -----------------------------------------------------------------------------------------------------------

void EngineFiles::make_folder(const std::string& id) {
  const fs::path folder = context_.options.container(id);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    throw Error::from_errno(errno, "creating " + folder.string());
}

asio::awaitable<void> EngineFiles::check_log_files(const model::Container& container) {
  const model::LogConfig& log = container.spec.log;
  if (log.driver != "syslog") co_return;
  auto tls = model::log_endpoint(log.driver, log.options).tls;
  if (!tls) co_return;
  auto check = [wanted = std::move(*tls)] { static_cast<void>(image::log_tls_context(wanted)); };
  try {
    co_await context_.workers.run(std::move(check));
  } catch (Error& error) {
    throw error.context("log driver syslog");
  }
}

std::optional<shim::ExitRecord> EngineFiles::exit_record(const std::string& id) const {
  const auto text = read_file(context_.options.container(id) / "exit");
  shim::ExitRecord record;
  if (!text || text->size() != sizeof record) return std::nullopt;
  std::memcpy(&record, text->data(), sizeof record);
  return record;
}

// In place: the container has it mounted.
void EngineFiles::update_hosts(const model::Container& container, const std::vector<model::Endpoint>& before) noexcept {
  try {
    const fs::path path = context_.options.container(container.id) / "hosts";
    const auto text = read_file(path, kHostsBytesMax);
    if (!text) return;
    const std::string hostname = effective_hostname(container, read_host_name());
    const UniqueFd file{::open(path.c_str(), O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC)};
    if (!file) throw Error::from_errno(errno, "opening " + path.string());
    write_all(file, hosts_after(*text, before, container, hostname));
  } catch (const std::exception& error) {
    log_warning("container " + container.id + ": /etc/hosts stays as it was: " + error.what());
  }
}

void EngineFiles::discard(const model::Container& container) {
  if (!container.spec.storage_options.empty()) {
    // Its number is nobody else's, but the file system would keep the limit.
    const std::string root = context_.options.root.string();
    const int failed = sandbox::limit_project(root.c_str(), sandbox::storage_project(container.id), 0);
    if (failed != 0) log_warning("container " + container.id + ": its limit of storage stays");
  }
  // A shim that was killed has left its socket, and its control groups.
  std::error_code ignored;
  const bool killed = fs::remove(context_.options.shim_socket(container.id), ignored);
  const fs::path aside = context_.options.removed() / container.id;
  std::error_code failed;
  fs::rename(context_.options.container(container.id), aside, failed);
  // It never started; or the next engine finds the folder, which belongs to no record.
  if (failed) return;
  context_.tasks.start(remove(aside, killed ? groups_.path(container) : std::string{}));
}

asio::awaitable<void> EngineFiles::remove(fs::path folder, std::string group) {
  auto work = [folder = std::move(folder), group = std::move(group), &layout = context_.facts.cgroups] {
    std::error_code failed;
    fs::remove_all(folder, failed);
    if (failed) log_warning("removing " + folder.string() + ": " + failed.message());
    if (group.empty()) return;
    for (const std::string& why : cgroup::remove_tree(layout, group)) log_warning(why);
  };
  co_await context_.workers.run(std::move(work));
  context_.state.retry();
}

// --- plans -----------------------------------------------------------------------------------------------------------

std::optional<model::Image> StorePlanner::find_image(const std::string& name_or_id) const {
  return context_.images.find_used(name_or_id);
}

void StorePlanner::check(const model::ContainerSpec& spec, const model::Image& image) const {
  sandbox::check_container(spec, image.config, context_.facts);
  sandbox::check_storage_options(spec.storage_options, context_.options.root.string());
}

LaunchPlanner::Planned StorePlanner::plan_launch(const model::Container& container, const model::Image& image,
                                                 model::LaunchNetwork network, const Partners& partners) const {
  const model::ContainerSpec& spec = container.spec;
  if (spec.api_scope != model::ApiScope::all) context_.scoped_sockets.open(spec.api_scope, spec.project);
  LaunchParts parts{.image = image,
                    .layers = context_.images.layer_folders(image),
                    .volume_path = [this](const std::string& volume) { return volumes_.path(volume); },
                    .image_layers =
                        [this](const std::string& id) {
                          const auto found = context_.images.find_used(id);
                          return found ? context_.images.layer_folders(*found) : std::vector<std::string>{};
                        }};
  parts.network = std::move(network);
  parts.first_start = !container.state.started.has_value();
  parts.network_owner = partners.network_owner;
  parts.host_name = read_host_name();
  parts.host_resolv_conf = read_host_resolv_conf();
  if (spec.network_mode == "host") parts.host_hosts = read_host_hosts();
  sandbox::LaunchInput input = assemble_launch(container, context_.options, parts);
  if (!container.spec.device_requests.empty())
    apply_edits(devices_.get().resolve(container.spec.device_requests), input);
  add_variables(partners.link_variables, input);
  input.join_network_pid = partners.network_pid;
  input.join_pid_pid = partners.pid_pid;
  input.join_ipc_pid = partners.ipc_pid;
  const sandbox::LaunchPlan plan = sandbox::make_launch_plan(input, sandbox::gather_host_facts(context_.facts, input));
  return {.sealed = sandbox::seal_plan(plan), .command = plan.identity.argv};
}

sandbox::LaunchInput StorePlanner::exec_base(const model::Container& container,
                                             const model::Container* network_owner) const {
  const auto image = find_image(container.spec.image_id.empty() ? container.spec.image : container.spec.image_id);
  if (!image) throw Error(ErrorKind::not_found, "the image " + container.spec.image + " does not exist any more");
  sandbox::LaunchInput input =
      assemble_exec(container, image->config, network_owner == nullptr ? container : *network_owner);
  if (container.spec.device_requests.empty()) return input;
  try {
    apply_variables(devices_.get().resolve(container.spec.device_requests), input);
  } catch (const Error& error) {
    log_warning("container " + container.id +
                ": its further processes lack the variables of its devices: " + error.message());
  }
  return input;
}

UniqueFd StorePlanner::plan_exec(const sandbox::LaunchInput& base, const sandbox::ExecInput& input,
                                 std::int32_t container_pid) const {
  sandbox::ExecInput confined = input;
  // With `init: true` the first process is ours and runs unconfined; the program is its first child.
  const int program = base.spec.init.value_or(false) ? sandbox::first_child_of(container_pid) : container_pid;
  confined.apparmor = sandbox::profile_of_process(program);
  return sandbox::seal_plan(sandbox::make_exec_plan(base, context_.facts, confined));
}

}  // namespace stack::core
