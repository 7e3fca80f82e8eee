#include "engine/buildkit/workers.h"

#include <sys/utsname.h>

#include "engine/api/system_json.h"
#include "engine/buildkit/messages/gateway.pb.h"

namespace stack::buildkit {

void describe_worker(wire::WorkerRecord& worker) {
  utsname machine{};
  ::uname(&machine);
  worker.set_id("stack");
  wire::Platform* platform = worker.add_platforms();
  platform->set_os("linux");
  platform->set_architecture(api::go_architecture(machine.machine));
  if (platform->architecture() == "arm") platform->set_variant("v7");
  // Docker's clients ask for archives of images, and for caches in registries, where there is a snapshotter.
  (*worker.mutable_labels())["org.mobyproject.buildkit.worker.snapshotter"] = "overlayfs";
  describe_version(*worker.mutable_version());
}

void describe_version(wire::BuildkitVersion& version) {
  version.set_package("stack");
  version.set_version("v" STACK_VERSION);
}

void describe_abilities(wire::PongResponse& pong) {
  for (const char* id : {"solve.base", "return", "returnmap", "proto.refarray", "frontend.caps", "frontend.inputs",
                         "importcaches", "gateway.solve.metadata", "gateway.solve.evaluate", "gateway.warnings"}) {
    wire::Capability* ability = pong.add_frontend();
    ability->set_id(id);
    ability->set_enabled(true);
  }
  describe_worker(*pong.add_workers());
}

}  // namespace stack::buildkit
