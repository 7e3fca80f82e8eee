#include "cli/commands/system.h"

#include <iostream>

#include "cli/view/age.h"
#include "cli/view/format_json.h"
#include "cli/view/usage_view.h"
#include "engine/api/stack_json.h"
#include "engine/base/bytes.h"

namespace stack::cli {

int system_info(Session& session, const SystemInfoFlags& flags) {
  const api::SystemInfo info = session.engine().info();
  if (flags.format == "json") {
    std::cout << api::info_json(info) << "\n";
    return 0;
  }
  if (!flags.format.empty() && flags.format != "pretty") {
    throw Error(ErrorKind::invalid, "unsupported --format \"" + flags.format + "\"").remedy("use pretty or json");
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

int system_df(Session& session, const SystemDfFlags& flags) {
  if (flags.verbose && flags.format != "table")
    throw Error(ErrorKind::invalid, "--verbose cannot be combined with --format");
  const api::DiskUsage usage = session.engine().disk_usage();
  std::cout << (flags.verbose             ? disk_usage_lists(usage, session.engine().images(), SystemClock{}.wall())
                : flags.format == "table" ? disk_usage_table(usage)
                                          : format_rows(flags.format, disk_usage_lines(usage), disk_usage_titles()));
  return 0;
}

}  // namespace stack::cli
