#include "engine/core/engine.h"

#include <filesystem>
#include <functional>
#include <set>

#include "base/async/thread_pool.h"
#include "base/log.h"
#include "engine/cgroup/cgroup_tree.h"
#include "engine/core/claims.h"
#include "engine/core/engine_socket.h"
#include "engine/core/older_layout.h"
#include "engine/image/image_store.h"
#include "engine/volume/volume_store.h"
#include "netns/network.h"

namespace stack::core {

namespace fs = std::filesystem;

Engine::Engine(Context& context)
    : context_(context),
      log_watches_(context.loop, context.workers),
      networks_(context),
      volumes_(context),
      shims_(context.loop, context.shim_program),
      groups_(context),
      files_(context, groups_),
      planner_(context, volumes_, devices_),
      container_volumes_(context, volumes_),
      container_context_{context.loop,   context.time,   context.random,     context.state, context.tasks,
                         context.events, context.claims, context.network,    shims_,        groups_,
                         files_,         planner_,       container_volumes_, probe_slots_},
      containers_(container_context_) {}

std::vector<model::Container> Engine::running_rows() const {
  std::vector<model::Container> rows;
  for (const auto& [id, container] : containers_.by_id()) {
    if (model::is_alive(container->row().state) && container->row().state.pid != 0) rows.push_back(container->row());
  }
  return rows;
}

boost::asio::awaitable<void> Engine::recover(state::Snapshot snapshot, bool same_boot) {
  // What fails here must not keep the rest from its place.
  const auto attempt = [](const char* what, const std::function<void()>& step) {
    try {
      step();
    } catch (const std::exception& error) {
      log_error(std::string{what} + ": " + error.what());
    }
  };
  attempt("files of an earlier version", [&] { adopt_older_layout(context_.options); });
  for (const std::string& error : networks_.recover(std::move(snapshot.networks))) log_error(error);
  volumes_.recover(std::move(snapshot.volumes));
  co_await containers_.recover(std::move(snapshot.containers), same_boot);
  attempt("network", [&] { context_.network.flush(); });
  attempt("sweeping networks", [&] {
    const netns::SweepReport swept = context_.network.sweep();
    for (const std::string& what : swept.removed) log_info("swept " + what);
    for (const std::string& error : swept.errors) log_error("sweeping: " + error);
  });
  std::set<std::string> unreadable;
  for (const auto& row : snapshot.unreadable) unreadable.insert(row.key);
  attempt("sweeping control groups", [&] { sweep_cgroups(unreadable); });
  attempt("sweeping folders", [&] { set_strangers_aside(unreadable); });
  // Nobody waits for the servers of mounted volumes.
  for (const auto& [name, volume] : volumes_.by_name()) volumes_.mounts().sweep(volume);
  std::vector<model::Container> running = running_rows();
  for (const model::Container& container : running) {
    const model::ContainerSpec& spec = container.spec;
    if (spec.api_scope == model::ApiScope::all) continue;
    attempt("a container's socket", [&] { context_.scoped_sockets.open(spec.api_scope, spec.project); });
  }
  auto work = [this, running = std::move(running)] {
    for (const model::Container& container : running) {
      try {
        renew_engine_socket(container, context_.options);
      } catch (const std::exception& error) {
        log_error("the engine's socket in container " + container.spec.name + ": " + error.what());
      }
    }
    sweep_folders();
    context_.volumes.sweep();
    context_.images.sweep();
  };
  co_await context_.workers.run(std::move(work));
}

boost::asio::awaitable<void> Engine::remove_volume(std::string name, std::string by) {
  if (!volumes_.by_name().contains(name)) throw Error(ErrorKind::not_found, "get " + name + ": no such volume");
  std::string ids, users;
  for (const model::Container* user : containers_.users_of(name)) {
    ids += (ids.empty() ? "" : ", ") + user->id;
    users += (users.empty() ? "" : ", ") + user->spec.name +
             (user->spec.project.empty() ? "" : " of project " + user->spec.project);
  }
  if (!users.empty()) {
    throw Error(ErrorKind::conflict, "remove " + name + ": volume is in use - [" + ids + "]")
        .remedy("remove what uses it first: " + users);
  }
  if (const auto holder = context_.claims.holder_of(Claims::Kind::volume, name, by)) {
    throw Error(ErrorKind::conflict, "remove " + name + ": volume is in use - [" + *holder + "]")
        .remedy("wait until that has ended");
  }
  co_await volumes_.remove(std::move(name));
}

void Engine::remove_network(const std::string& id, const std::string& name, const std::string& by) {
  if (const auto holder = context_.claims.holder_of(Claims::Kind::network, name, by)) {
    throw Error(ErrorKind::conflict, "remove " + name + ": network is in use - [" + *holder + "]")
        .remedy("wait until that has ended");
  }
  networks_.remove(id);
}

void Engine::ensure_network_of(const model::ContainerSpec& spec) {
  for (const model::Attachment& attachment : spec.networks) {
    if (attachment.network == "bridge") ensure_default_network();
  }
}

void Engine::ensure_default_network() {
  if (networks_.find("bridge") == nullptr) networks_.create({.name = "bridge", .driver = "bridge"});
}

boost::asio::awaitable<void> Engine::stop() {
  containers_.abandon();
  context_.tasks.cancel();
  co_await context_.tasks.join();
  co_await volumes_.mounts().stop();
}

bool Engine::idle() const {
  for (const auto& [id, container] : containers_.by_id()) {
    if (is_alive(container->row().state)) return false;
  }
  return true;
}

// A killed engine leaves folders of containers whose rows it had not stored yet, and sockets of shims that were killed too.
void Engine::set_strangers_aside(const std::set<std::string>& unreadable) {
  std::error_code ignored;
  std::set<std::string> sockets;
  for (const auto& [id, container] : containers_.by_id()) sockets.insert(context_.options.shim_socket(id).filename());
  for (const std::string& id : unreadable) sockets.insert(context_.options.shim_socket(id).filename());
  for (const fs::directory_entry& entry : fs::directory_iterator{context_.options.containers(), ignored}) {
    const std::string id = entry.path().filename();
    if (containers_.by_id().contains(id) || unreadable.contains(id)) continue;
    std::error_code failed;
    fs::rename(entry.path(), context_.options.removed() / id, failed);
    if (failed) log_warning("setting " + entry.path().string() + " aside: " + failed.message());
  }
  for (const fs::directory_entry& entry : fs::directory_iterator{context_.options.shims(), ignored}) {
    std::error_code failed;
    if (!sockets.contains(entry.path().filename())) fs::remove(entry.path(), failed);
    if (failed) log_warning("removing " + entry.path().string() + ": " + failed.message());
  }
}

// A killed engine leaves folders of containers that it was removing.
void Engine::sweep_folders() {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator{context_.options.removed(), ignored}) {
    std::error_code failed;
    fs::remove_all(entry.path(), failed);
    if (failed) log_warning("removing " + entry.path().string() + ": " + failed.message());
  }
}

void Engine::sweep_cgroups(const std::set<std::string>& unreadable) {
  const cgroup::Layout& layout = context_.facts.cgroups;
  for (const std::string& folder : layout.folders(context_.options.cgroup())) {
    std::error_code ignored;
    std::vector<std::string> dead;
    for (const fs::directory_entry& entry : fs::directory_iterator{folder, ignored}) {
      const std::string id = entry.path().filename().string();
      const auto found = containers_.by_id().find(id);
      const bool alive = found != containers_.by_id().end() && is_alive(found->second->row().state);
      if (entry.is_directory(ignored) && !alive && !unreadable.contains(id)) dead.push_back(id);
    }
    for (const std::string& id : dead) {
      for (const std::string& why : cgroup::remove_tree(layout, context_.options.cgroup() + "/" + id)) log_warning(why);
    }
  }
}

}  // namespace stack::core
