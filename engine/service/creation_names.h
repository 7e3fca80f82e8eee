// What the names in a container's creation stand for. They are judged when the request comes (engine/scope/creation_limits.h); while the
// engine waits for the disk, another container, network or volume could get one of them. Pure.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/model/container_spec.h"

namespace stack::service {

// Each gives what no other thing ever has, of the one that a name stands for; empty: none has the name.
struct Identities {
  std::function<std::string(const std::string&)> container, network, volume;
};

class CreationNames {
 public:
  CreationNames(const model::ContainerSpec& spec, const Identities& identities);

  // Throws conflict for a name that stands for something else in `now`. What did not exist may have been made meanwhile.
  void check(const CreationNames& now) const;

 private:
  std::map<std::string, std::string> meanings_;  // "container db": its identity
};

}  // namespace stack::service
