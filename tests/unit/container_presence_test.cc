// container presence: the events of networks and volumes at the start and the end of a container.
#include "engine/core/container_presence.h"

#include <gtest/gtest.h>

#include "engine/core/predefined_networks.h"

namespace stack::core {
namespace {

std::string text_of(const std::vector<model::Event>& events) {
  std::string text;
  for (const model::Event& event : events) {
    text += event.type + " " + event.action + " " + event.id;
    for (const auto& [name, value] : event.attributes) text += " " + name + "=" + value;
    text += "\n";
  }
  return text;
}

model::Container container() {
  model::Container made;
  made.id = "c1";
  made.spec.mounts = {{.kind = model::MountKind::volume, .source = "data", .target = "/data", .read_only = true},
                      {.kind = model::MountKind::bind, .source = "/tmp", .target = "/t"}};
  made.state.endpoints = {{.network = "front", .network_id = "n1"},
                          {.network = "lan", .network_id = "n2", .driver = "macvlan"}};
  return made;
}

TEST(ContainerPresence, VolumesComeBeforeNetworksAndGoAfterThem) {
  EXPECT_EQ(text_of(arrivals(container())),
            "volume mount data container=c1 destination=/data driver=local propagation= read/write=false\n"
            "network connect n1 container=c1 name=front type=bridge\n"
            "network connect n2 container=c1 name=lan type=macvlan\n");
  EXPECT_EQ(text_of(departures(container())),
            "network disconnect n1 container=c1 name=front type=bridge\n"
            "network disconnect n2 container=c1 name=lan type=macvlan\n"
            "volume unmount data container=c1 driver=local\n");
}

TEST(ContainerPresence, TheNetworksWithoutARecordHaveEventsAsWell) {
  model::Container on = container();
  on.spec.mounts.clear();
  on.state.endpoints.clear();
  on.spec.network_mode = "none";
  EXPECT_EQ(text_of(arrivals(on)),
            "network connect " + predefined_network("none").id + " container=c1 name=none type=null\n");
  on.spec.network_mode = "container:x";
  EXPECT_EQ(text_of(arrivals(on)), "");
}

TEST(ContainerPresence, ARunIsToldInWholeSeconds) {
  model::ContainerState state;
  EXPECT_EQ(seconds_run(state), 0);
  state.started = Wall{std::chrono::milliseconds{1500}};
  state.finished = Wall{std::chrono::milliseconds{4400}};
  EXPECT_EQ(seconds_run(state), 2);
}

}  // namespace
}  // namespace stack::core
