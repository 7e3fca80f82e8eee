#include <filesystem>

#include <boost/asio/io_context.hpp>
#include <signal.h>

#include "engine/base/error.h"
#include "engine/cgroup/tree.h"
#include "engine/daemon/daemon_runner.h"
#include "engine/state/store.h"
#include "netns/network.h"

namespace stack::daemon {

namespace fs = std::filesystem;

void purge(const Arguments& arguments) {
  if (!fs::exists(arguments.root / "state.db")) {
    throw Error(ErrorKind::not_found, "there is no engine at " + arguments.root.string());
  }
  // A running engine would start again what is taken away here.
  std::error_code failed_to_make;
  fs::create_directories(arguments.run, failed_to_make);
  const UniqueFd lock = lock_run_folder(arguments.run);
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
  for (const fs::path& folder : {arguments.run, arguments.root}) {
    std::error_code failed;
    fs::remove_all(folder, failed);
    if (failed) errors += "\nremoving " + folder.string() + ": " + failed.message();
  }
  if (!errors.empty()) throw Error("not everything could be removed:" + errors);
}

}  // namespace stack::daemon
