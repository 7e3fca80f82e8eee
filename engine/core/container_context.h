// What containers work with: the seams to the world and what they share, alive as long as the engine. References only; owns nothing.
// Loop thread.
#pragma once

#include "base/async/task_group.h"
#include "base/async/timekeeper.h"
#include "base/ids.h"
#include "engine/core/container_ports.h"
#include "engine/core/shims.h"

namespace stack::netns {
class NetworkStack;
}

namespace stack::core {

class Claims;
class EventBus;
class ProbeSlots;
class StateWriter;

struct ContainerContext {
  boost::asio::io_context& loop;
  async::Timekeeper& time;
  const RandomSource& random;
  StateWriter& state;
  async::TaskGroup& tasks;  // what containers begin and do not wait for
  EventBus& events;
  Claims& claims;
  netns::NetworkStack& network;
  Shims& shims;
  ControlGroups& groups;
  ContainerFiles& files;
  LaunchPlanner& planner;
  ContainerVolumes& volumes;
  ProbeSlots& probe_slots;
};

}  // namespace stack::core
