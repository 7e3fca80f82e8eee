// What every part of the core works with: the seams to the world and the stores, built once by the daemon's main and alive as
// long as the engine. References only; owns nothing. Loop thread.
#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "base/unique_fd.h"
#include "engine/core/options.h"
#include "engine/sandbox/host_facts.h"

namespace boost::asio {
class io_context;
}
namespace stack::image {
class Store;
}
namespace stack::volume {
class Store;
}
namespace stack::netns {
class NetworkStack;
}

namespace stack::core {

class Claims;
class EventBus;
class StateWriter;
class Workers;

struct Context {
  boost::asio::io_context& loop;
  const Options& options;
  const Clock& clock;
  const RandomSource& random;
  StateWriter& state;
  Workers& workers;
  EventBus& events;
  Claims& claims;
  image::Store& images;
  volume::Store& volumes;
  netns::NetworkStack& network;
  const sandbox::HostFacts& facts;
  BorrowedFd shim_program;  // sealed
};

}  // namespace stack::core
