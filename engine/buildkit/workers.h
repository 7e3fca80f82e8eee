// The one worker that clients see: this engine on this machine. Pure but for uname(2).
#pragma once

namespace stack::buildkit {

namespace wire {
class WorkerRecord;
class BuildkitVersion;
class PongResponse;
}  // namespace wire

void describe_worker(wire::WorkerRecord& worker);
void describe_version(wire::BuildkitVersion& version);
// What the client's part of a build may ask for.
void describe_abilities(wire::PongResponse& pong);

}  // namespace stack::buildkit
