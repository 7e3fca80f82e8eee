// What every part of the core works with: the seams to the world and the stores, built once by the daemon's main and alive as
// long as the engine. References only; owns nothing. Loop thread.
#pragma once

#include "base/async/task_group.h"
#include "base/async/thread_pool.h"
#include "base/async/timekeeper.h"
#include "base/ids.h"
#include "base/unique_fd.h"
#include "engine/core/options.h"
#include "engine/sandbox/host_facts.h"

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
class ScopedSockets;
class StateWriter;

struct Context {
  boost::asio::io_context& loop;
  const Options& options;
  async::Timekeeper& time;
  const RandomSource& random;
  StateWriter& state;
  async::ThreadPool& workers;
  async::TaskGroup& tasks;  // of the containers: starts after a pause, what is removed, the store's writer
  EventBus& events;
  Claims& claims;
  image::Store& images;
  volume::Store& volumes;
  netns::NetworkStack& network;
  const sandbox::HostFacts& facts;
  BorrowedFd shim_program;  // sealed
  ScopedSockets& scoped_sockets;
};

}  // namespace stack::core
