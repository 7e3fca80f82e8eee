// The files of /proc and /sys that a container does not see, or cannot write, unless it is privileged: Docker's, in its order.
#pragma once

#include <array>

namespace stack::model {

inline constexpr std::array<const char*, 12> kMaskedPaths = {
    "/proc/asound",      "/proc/acpi",          "/proc/interrupts", "/proc/kcore",
    "/proc/keys",        "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
    "/proc/sched_debug", "/proc/scsi",          "/sys/firmware",    "/sys/devices/virtual/powercap"};
inline constexpr std::array<const char*, 5> kReadOnlyPaths = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                                              "/proc/sysrq-trigger"};

}  // namespace stack::model
