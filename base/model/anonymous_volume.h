// A volume that a container has by a place alone. Its name is the engine's: an id, given when the container is made. Pure.
#pragma once

#include "base/model/container_spec.h"

namespace stack::model {

inline bool is_anonymous(const Mount& mount) {
  constexpr std::size_t kIdDigits = 64;
  return mount.kind == MountKind::volume &&
         (mount.source.empty() || (mount.source.size() == kIdDigits &&
                                   mount.source.find_first_not_of("0123456789abcdef") == std::string::npos));
}

}  // namespace stack::model
