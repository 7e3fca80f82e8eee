#include <nlohmann/json.hpp>

#include "cli/view/info_view.h"
#include "cli/view/time_text.h"

namespace stack::cli {

std::string info_line(const api::SystemInfo& info) {
  const nlohmann::ordered_json line{{"ID", info.tag},
                                    {"Containers", info.containers},
                                    {"ContainersRunning", info.running},
                                    {"ContainersStopped", info.containers - info.running},
                                    {"Images", info.images},
                                    {"Driver", "overlayfs"},
                                    {"CgroupVersion", info.cgroup_version.substr(0, info.cgroup_version.find(' '))},
                                    {"KernelVersion", info.kernel},
                                    {"OperatingSystem", info.operating_system},
                                    {"OSType", "linux"},
                                    {"Architecture", info.architecture},
                                    {"NCPU", info.processors},
                                    {"MemTotal", info.memory_bytes},
                                    {"DockerRootDir", info.root},
                                    {"ServerVersion", info.version},
                                    {"Tag", info.tag},
                                    {"RunDir", info.run},
                                    {"Pid", info.pid},
                                    {"StartedAt", precise_time(info.started)},
                                    {"Networks", info.networks},
                                    {"Volumes", info.volumes}};
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace stack::cli
