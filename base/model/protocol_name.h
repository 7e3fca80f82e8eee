// A protocol as people and files write it.
#pragma once

#include <string_view>

#include "base/model/container_spec.h"

namespace stack::model {

constexpr std::string_view protocol_name(Protocol protocol) {
  switch (protocol) {
    case Protocol::udp:
      return "udp";
    case Protocol::sctp:
      return "sctp";
    case Protocol::tcp:
      break;
  }
  return "tcp";
}

}  // namespace stack::model
