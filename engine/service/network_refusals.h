// What is refused of a network that is created, and of an endpoint that is put on one, in dockerd's words and at its moment.
//
// Pure; any thread. All throw invalid, with every fault that there is.
#pragma once

#include "base/model/container_spec.h"
#include "base/model/network_spec.h"

namespace stack::service {

// Subnets, ranges, gateways and auxiliary addresses: "invalid network config:\n...".
void check_pools(const model::NetworkSpec& spec);
// Addresses and aliases of one that is to be connected: "invalid endpoint settings:\n...".
void check_endpoint(const model::NetworkSpec& network, const model::Attachment& attachment);

}  // namespace stack::service
