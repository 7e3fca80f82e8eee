// Plays a LaunchNetwork as the shim and its child do, for tests: every message is sent and every answer looked at.
#pragma once

#include "base/model/launch_network.h"
#include "base/unique_fd.h"
#include "tests/support/namespaces.h"

namespace stack::test {

struct DnsSockets {
  UniqueFd udp, tcp;
};

// Throws stack::Error with the message's number when the kernel refuses one. The caller is in the host's namespace.
DnsSockets play(const model::LaunchNetwork& launch, const NetNamespace& container);
// Raises the loopback interface of the namespace that the thread is in.
void raise_loopback();

}  // namespace stack::test
