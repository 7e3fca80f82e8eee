#include <filesystem>

#include <boost/asio/io_context.hpp>
#include <signal.h>

#include "engine/base/error.h"
#include "engine/cgroup/tree.h"
#include "engine/daemon/daemon_runner.h"
#include "engine/daemon/run_lock.h"
#include "engine/state/store.h"
#include "engine/volume/mounts.h"
#include "netns/network.h"

namespace stack::daemon {

namespace fs = std::filesystem;

namespace {

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

void purge(const Arguments& arguments) {
  if (!fs::exists(arguments.root / "state.db")) {
    throw Error(ErrorKind::not_found, "there is no engine at " + arguments.root.string());
  }
  // A running engine would start again what is taken away here.
  std::error_code failed_to_make;
  fs::create_directories(arguments.run, failed_to_make);
  const UniqueFd lock = lock_run_folder(arguments.run, Holder::stays);
  std::string tag;
  {
    state::Store store{arguments.root / "state.db"};
    for (const auto& [key, value] : store.load().meta) {
      if (key == "tag") tag = value;
    }
  }
  std::string errors;
  if (!tag.empty()) {
    // Ending the control group ends every process of every container; the shims follow them.
    for (const std::string& why : cgroup::remove_tree(cgroup::detect_layout(), "stack-" + tag)) errors += "\n" + why;
    boost::asio::io_context loop;
    for (const std::string& why : netns::NetworkStack::open(loop, {.tag = tag})->remove_all().errors)
      errors += "\n" + why;
  }
  const std::string mounted = volume::unmount_all((arguments.root / "volumes").string());
  if (!mounted.empty()) throw Error("what is mounted below the root has to be unmounted first:" + mounted);
  for (const fs::path& folder : {arguments.run, arguments.root}) remove_folder(folder, errors);
  if (!errors.empty()) throw Error("not everything could be removed:" + errors);
}

}  // namespace stack::daemon
