#include "cli/commands/system.h"

#include <iostream>

#include "cli/view/age.h"
#include "cli/view/table.h"
#include "engine/api/stack_json.h"
#include "engine/base/bytes.h"

namespace stack::cli {

int system_info(Session& session, const std::string& format) {
  const api::SystemInfo info = session.engine().info();
  if (format == "json") {
    std::cout << api::info_json(info) << "\n";
    return 0;
  }
  if (!format.empty() && format != "pretty") {
    throw Error(ErrorKind::invalid, "unsupported --format \"" + format + "\"").remedy("use pretty or json");
  }
  std::cout << "Engine version:   " << info.version << "\n"
            << "Process:          " << info.pid << ", up " << human_duration(SystemClock{}.wall() - info.started)
            << "\n"
            << "Root:             " << info.root << "\n"
            << "Run folder:       " << info.run << "\n"
            << "Tag:              " << info.tag << "\n"
            << "Containers:       " << info.containers << " (" << info.running << " running)\n"
            << "Images:           " << info.images << "\n"
            << "Networks:         " << info.networks << "\n"
            << "Volumes:          " << info.volumes << "\n"
            << "Storage driver:   overlayfs\n"
            << "Control groups:   version " << info.cgroup_version << "\n"
            << "Kernel:           " << info.kernel << "\n"
            << "Operating system: " << info.operating_system << "\n"
            << "Architecture:     " << info.architecture << "\n"
            << "Processors:       " << info.processors << "\n"
            << "Memory:           " << human_bytes(static_cast<std::uint64_t>(info.memory_bytes)) << "\n";
  return 0;
}

int system_shutdown(Session& session) {
  if (!client::EngineClient::answers(session.socket_path())) return 0;
  session.engine(false).shutdown();
  return 0;
}

int system_df(Session& session) {
  const api::ImageUsage usage = session.engine().image_usage();
  const api::SystemInfo info = session.engine().info();
  const auto share = [](std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? std::string{} : " (" + std::to_string(part * 100 / whole) + "%)";
  };
  const auto number = [](auto value) { return std::to_string(value); };
  std::cout << table(
      {"TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"},
      {{"Images", number(usage.images), number(usage.used_images), human_bytes(usage.layer_bytes),
        human_bytes(usage.unused_layer_bytes) + share(usage.unused_layer_bytes, usage.layer_bytes)},
       {"Image blobs", number(usage.images), number(usage.used_images), human_bytes(usage.blob_bytes), ""},
       {"Containers", number(info.containers), number(info.running), "", ""},
       {"Local Volumes", number(info.volumes), "", "", ""}});
  return 0;
}

}  // namespace stack::cli
