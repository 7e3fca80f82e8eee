// Starts that failed, in dockerd's words and with its status.
#include "engine/service/start_failure.h"

#include <gtest/gtest.h>

namespace stack::service {
namespace {

struct Case {
  ErrorKind kind;
  const char* ours;
  ErrorKind told;
  const char* dockers;
};

TEST(StartFailure, HasDockersWordsAndStatus) {
  using enum ErrorKind;
  const Case cases[] = {
      {conflict, "port is already allocated: 0.0.0.0:80/tcp is taken by web", internal,
       "failed to set up container networking: driver failed programming external connectivity on endpoint c (1): Bind "
       "for 0.0.0.0:80 failed: port is already allocated, it is taken by web"},
      {invalid, "reserving port 192.0.2.7:80/tcp: Cannot assign requested address", internal,
       "failed to set up container networking: driver failed programming external connectivity on endpoint c (1): "
       "failed "
       "to bind host port for 192.0.2.7:80/tcp: Cannot assign requested address"},
      {not_found, "network n not found", not_found, "failed to set up container networking: network n not found"},
      {not_permitted, "Address already in use: 10.0.0.9 of the network n", not_permitted,
       "failed to set up container networking: Address already in use: 10.0.0.9 of the network n"},
      {conflict, "network_mode: container x is exited", conflict,
       "cannot join network namespace of a non running container: container x is exited"},
      {not_found, "network_mode: no such container: x", internal,
       "joining network namespace of container: No such container: x"},
      {conflict, "pid: container x is not running", internal,
       "failed to join PID namespace: container x is not running"},
      {not_found, "pid: no such container: x", internal, "failed to join PID namespace: No such container: x"},
      {conflict, "ipc: container x is not running", conflict,
       "failed to join IPC namespace: container x is not running"},
      {not_found, "ipc: no such container: x", invalid, "failed to join IPC namespace: No such container: x"},
      {conflict, "ipc: container x does not share its own", invalid,
       "failed to join IPC namespace: non-shareable IPC: container x does not share its own"},
      {not_found, "could not select device driver \"\" with capabilities: [[gpu]]", internal,
       "could not select device driver \"\" with capabilities: [[gpu]]"},
      {conflict, "Cannot link to a non running container: /a AS /b/c", internal,
       "Cannot link to a non running container: /a AS /b/c"},
      {unavailable, "the engine is leaving", unavailable, "the engine is leaving"}};
  for (const Case& each : cases) {
    const Error told =
        docker_start_failure(Error(each.kind, std::string{"starting container c: "} + each.ours), "c", "1");
    EXPECT_EQ(told.message(), each.dockers);
    EXPECT_EQ(told.kind(), each.told) << each.ours;
  }
}

}  // namespace
}  // namespace stack::service
