// The limits of setrlimit(2) by the names that files give them. No heap: the child names the one that fails.
#pragma once

#include <string_view>

#include <sys/resource.h>

namespace stack::sandbox {

struct RlimitName {
  const char* name;
  int resource;
};

inline constexpr RlimitName kRlimitNames[] = {
    {"as", RLIMIT_AS},           {"core", RLIMIT_CORE},
    {"cpu", RLIMIT_CPU},         {"data", RLIMIT_DATA},
    {"fsize", RLIMIT_FSIZE},     {"locks", RLIMIT_LOCKS},
    {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE},
    {"nice", RLIMIT_NICE},       {"nofile", RLIMIT_NOFILE},
    {"nproc", RLIMIT_NPROC},     {"rss", RLIMIT_RSS},
    {"rtprio", RLIMIT_RTPRIO},   {"rttime", RLIMIT_RTTIME},
    {"stack", RLIMIT_STACK},     {"sigpending", RLIMIT_SIGPENDING},
};

}  // namespace stack::sandbox
