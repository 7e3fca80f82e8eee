#include "cli/view/info_view.h"

#include <sstream>

#include "base/bytes.h"
#include "cli/view/time_text.h"

namespace stack::cli {

std::string info_text(const api::SystemInfo& info, Wall now) {
  std::ostringstream out;
  out << "Engine version:   " << info.version << "\n"
      << "Process:          " << info.pid << ", up " << human_duration(now - info.started) << "\n"
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
  return std::move(out).str();
}

}  // namespace stack::cli
