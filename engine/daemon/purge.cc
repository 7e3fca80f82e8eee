#include <filesystem>

#include <boost/asio/io_context.hpp>
#include <signal.h>

#include "base/engine_tree.h"
#include "base/error.h"
#include "engine/cgroup/cgroup_tree.h"
#include "engine/daemon/daemon.h"
#include "engine/daemon/run_lock.h"
#include "engine/state/state_store.h"
#include "engine/volume/mounts.h"
#include "netns/network.h"

namespace stack::daemon {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds kEndWait{10};  // what a container has by default

// A running engine would start again what is taken away here.
struct Locks {
  sys::EngineLock run, root;
};
Locks lock_stopped_engine(const Arguments& arguments) {
  std::error_code failed;
  fs::create_directories(arguments.run, failed);
  return {lock_run_folder(arguments.run, Holder::stays),
          lock_root_folder(arguments.root, arguments.run, Holder::stays)};
}

// What the store says of what the engine has in the kernel.
struct Known {
  std::string tag;
  std::vector<model::Network> networks;
};
Known known_of(const fs::path& root) {
  if (!fs::exists(root / "state.db")) return {};  // it was killed before it had anything in the kernel
  state::Store store{root / "state.db"};
  state::Snapshot snapshot = store.load();
  Known known{.tag = {}, .networks = std::move(snapshot.networks)};
  for (const auto& [key, value] : snapshot.meta) {
    if (key == "tag") known.tag = value;
  }
  return known;
}

// Removes control groups with the processes in them, interfaces and packet filters; what would not go is a line each.
std::string leave_kernel(const Known& known) {
  std::string errors;
  // Ending the control group ends every process of every container; the shims follow them.
  for (const std::string& why : cgroup::remove_tree(cgroup::detect_layout(), "stack-" + known.tag))
    errors += "\n" + why;
  boost::asio::io_context loop;
  const auto network = netns::NetworkStack::open(loop, {.tag = known.tag});
  for (const model::Network& each : known.networks) {
    try {
      network->note_network(each);
    } catch (const Error& error) {
      errors += "\nnetwork " + each.spec.name + ": " + error.message();
    }
  }
  for (const std::string& why : network->remove_all().errors) errors += "\n" + why;
  return errors;
}

// A folder that is a mount point itself stays, empty.
void remove_folder(const fs::path& folder, std::string& errors) {
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator{folder, failed}) {
    fs::remove_all(entry.path(), failed);
    if (failed) errors += "\nremoving " + entry.path().string() + ": " + failed.message();
  }
  fs::remove(folder, failed);
  if (failed && failed != std::errc::device_or_resource_busy)
    errors += "\nremoving " + folder.string() + ": " + failed.message();
}

}  // namespace

void stop_containers(const Arguments& arguments) {
  if (!fs::exists(arguments.root / "state.db")) return;
  const Locks locks = lock_stopped_engine(arguments);
  const Known known = known_of(arguments.root);
  if (known.tag.empty()) return;
  cgroup::ask_to_end(cgroup::detect_layout(), "stack-" + known.tag, kEndWait);
  std::string errors = leave_kernel(known);
  errors += volume::unmount_all((arguments.root / "volumes").string());
  if (!errors.empty()) throw Error("not everything could be stopped:" + errors);
}

void purge(const Arguments& arguments) {
  if (!tree::is_root(arguments.root)) {
    throw Error(ErrorKind::not_found, "there is no engine at " + arguments.root.string());
  }
  const Locks locks = lock_stopped_engine(arguments);
  const Known known = known_of(arguments.root);
  std::string errors = known.tag.empty() ? "" : leave_kernel(known);
  const std::string mounted = volume::unmount_all((arguments.root / "volumes").string());
  if (!mounted.empty()) throw Error("the volumes' file systems have to be unmounted first:" + mounted);
  for (const fs::path& folder : {arguments.run, arguments.root}) remove_folder(folder, errors);
  if (!errors.empty()) throw Error("not everything could be removed:" + errors);
}

}  // namespace stack::daemon
