// The words of the model's enums (base/enum_words.h), as files, the store, the API and people write them. A test compares them with
// the enums.
#pragma once

#include <array>

#include "base/enum_words.h"
#include "base/model/container_state.h"

namespace stack::model {

constexpr auto words_of(MountKind) {
  return std::array{Word{MountKind::bind, "bind"}, Word{MountKind::volume, "volume"}, Word{MountKind::tmpfs, "tmpfs"},
                    Word{MountKind::image, "image"}};
}
constexpr auto words_of(SubMounts) {
  return std::array{Word{SubMounts::follow, "follow"}, Word{SubMounts::writable, "writable"},
                    Word{SubMounts::none, "none"}};
}
constexpr auto words_of(ApiScope) {
  return std::array{Word{ApiScope::all, "all"}, Word{ApiScope::read_only, "read-only"},
                    Word{ApiScope::project, "project"}};
}
constexpr auto words_of(Protocol) {
  return std::array{Word{Protocol::tcp, "tcp"}, Word{Protocol::udp, "udp"}, Word{Protocol::sctp, "sctp"}};
}
constexpr auto words_of(RestartKind) {
  return std::array{Word{RestartKind::no, "no"}, Word{RestartKind::always, "always"},
                    Word{RestartKind::on_failure, "on-failure"}, Word{RestartKind::unless_stopped, "unless-stopped"}};
}
constexpr auto words_of(Status) {
  return std::array{Word{Status::created, "created"},   Word{Status::running, "running"},
                    Word{Status::paused, "paused"},     Word{Status::restarting, "restarting"},
                    Word{Status::removing, "removing"}, Word{Status::exited, "exited"},
                    Word{Status::dead, "dead"}};
}
constexpr auto words_of(Health) {
  return std::array{Word{Health::none, "none"}, Word{Health::starting, "starting"}, Word{Health::healthy, "healthy"},
                    Word{Health::unhealthy, "unhealthy"}};
}

}  // namespace stack::model
