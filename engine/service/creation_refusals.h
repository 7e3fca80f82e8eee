// What is refused of a container before it is created, in dockerd's words and at its moment: what only the other containers, the image and
// the kernel's names can tell.
//
// Pure but for reading `containers` and `networks`; loop thread. All throw invalid.
#pragma once

#include <string>
#include <vector>

#include "base/model/container_spec.h"
#include "base/model/image_config.h"
#include "engine/core/containers.h"
#include "engine/core/networks.h"

namespace stack::service {

// Those whose volumes, namespaces and links it shares. Never not_found: that would send Docker's client to a registry for the image, which
// is here.
void check_partners(const core::Containers& containers, const model::ContainerSpec& spec);
// On networks that exist; one that does not is the start's to refuse.
void check_endpoints(const core::Networks& networks, const model::ContainerSpec& spec);
// `member` is "CapAdd" or "CapDrop".
void check_capabilities(const char* member, const std::vector<std::string>& names);
// Neither it nor its image says what to run. An entrypoint of its own puts the image's command away.
void check_command(const model::ContainerSpec& spec, const model::ImageConfig& config);

}  // namespace stack::service
