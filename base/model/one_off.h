// A container that runs one command with the settings of a service, beside the service's replicas. A value.
#pragma once

#include <cstdint>
#include <string>

namespace stack::model {

struct OneOff {
  std::string service;
  std::string name;  // of the container
  std::string slug;  // random, for its label
  bool auto_remove = false;
  bool use_aliases = false;  // it answers by the service's names on the networks
  bool attach_stdin = false, attach_output = false;
  std::uint16_t terminal_rows = 0, terminal_columns = 0;  // of who looks at it, when known
  bool operator==(const OneOff&) const = default;
};

}  // namespace stack::model
